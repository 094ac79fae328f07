// The page at its edges: odd methods, broken addresses and cookies, sizes, and sessions that end in the middle.

import { describe, expect, test } from 'vitest';
import { createApp } from '../../src/app.ts';
import { failure } from '../../src/foundation/failure.ts';
import type { Runtime } from '../../src/foundation/runtime.ts';
import { unconfigured } from '../../src/service/service.ts';
import { ACCESS, ANN, createPageWorld, ORIGIN, PAGE_POLICY, type PageWorld, type Visitor } from './visitor.ts';

const START = '/ui/sign-in?issuer=people';
const SESSION = '__Host-sts-session';
const RENEWAL = '__Host-sts-renewal';

async function signedIn(world: PageWorld): Promise<Visitor> {
  const ann = world.visit();
  await ann.signIn();
  return ann;
}

describe('every answer below /ui, whatever was asked,', () => {
  const asks: readonly [string, string, RequestInit][] = [
    ['HEAD', '/ui', { method: 'HEAD' }],
    ['HEAD of a form', '/ui/token', { method: 'HEAD' }],
    ['OPTIONS', '/ui', { method: 'OPTIONS' }],
    ['PUT', '/ui/token', { method: 'PUT', body: 'x' }],
    ['DELETE', '/ui', { method: 'DELETE' }],
    ['PROPFIND', '/ui/', { method: 'PROPFIND' }],
    ['a form that is too large', '/ui/token', { method: 'POST', body: new URLSearchParams({ x: 'x'.repeat(30_000) }) }],
    [
      'a form of another type',
      '/ui/token',
      { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } },
    ],
    ['an address that is no text', '/ui/%E0%A4%A', {}],
    ['an issuer that is no text', '/ui/callback/%E0%A4%A?code=%E0%A4%A', {}],
    ['a query that is no text', '/ui/sign-in?next=%E0%A4%A&issuer=%FF', {}],
    ['a cookie that is no text', '/ui', { headers: { cookie: `${SESSION}=%E0%A4%A; ${RENEWAL}=%; =; ;;` } }],
    ['a very long address', `/ui/${'x'.repeat(8_000)}`, {}],
    ['a departure', START, {}],
    ['an address with another slash', '/ui//', {}],
  ];
  test.each(asks)('%s: may be framed, kept and added to by nobody, and is no fault', async (_, path, init) => {
    const world = await createPageWorld();
    const { status, headers } = await world.request(ORIGIN + path, init);
    expect(status).toBeLessThan(500);
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    expect(Object.fromEntries(headers)).toMatchObject({ 'x-frame-options': 'DENY', 'cache-control': 'no-store' });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(world.alarms).toEqual([]);
  });

  test('also while the service is not configured, and when it has a fault', async () => {
    const world = await createPageWorld();
    const refused = failure('misconfigured', 'This service is not configured completely.').failure;
    const offer = () => Promise.reject(new RangeError('secret sauce'));
    const ann = await signedIn(world);
    const cookie = [...ann.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const alarms: unknown[] = [];
    const runtime: Runtime = {
      fetch: () => Promise.reject(new TypeError('nothing is fetched here')),
      now: () => world.clock.now,
      random: (size) => new Uint8Array(size),
      waitUntil: () => undefined,
      after: () => () => undefined,
      alarm: (name) => alarms.push(name),
    };
    for (const [service, path, expected] of [
      [unconfigured(refused, () => undefined, runtime), '/ui', 503],
      [unconfigured(refused, () => undefined, runtime), '/ui/sign-in', 503],
      [{ ...world.service, offer }, '/ui', 500],
    ] as const) {
      const { status, headers } = await createApp(service, runtime).request(ORIGIN + path, {
        headers: { cookie },
      });
      expect([path, status, headers.get('cache-control')]).toEqual([path, expected, 'no-store']);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
    expect(alarms).toEqual(['internal_error']);
  });
});

describe('an address that people come to by hand', () => {
  test.each(['/ui/token', '/ui/revoke'])('%s, which is only for a form, leads to the first page', async (path) => {
    const ann = await signedIn(await createPageWorld());
    const reply = await ann.get(path);
    expect([reply.status, reply.headers.get('location')]).toEqual([302, '/ui']);
  });

  test('with an escape in it is no place to go on to, because routers read it in another way than we do', async () => {
    for (const next of [
      '/ui/%73ign-in',
      '/ui/%72enew?next=/ui',
      '/ui/%2e%2e/v1/tokens',
      '/ui/%5cevil',
      '/ui/%252e%252e/x',
    ]) {
      const ann = (await createPageWorld()).visit();
      const back = await ann.get(await ann.atIssuer(await ann.get(`${START}&next=${encodeURIComponent(next)}`)));
      expect([next, back.headers.get('location')]).toEqual([next, '/ui']);
    }
  });

  test('that grows by its escapes never outgrows the cookie of the sign-in', async () => {
    const ann = (await createPageWorld()).visit();
    const next = `/ui?q=${'€'.repeat(900)}`;
    const departed = await ann.get(`${START}&next=${encodeURIComponent(next)}`);
    expect([...ann.cookies.keys()]).toEqual(['__Host-sts-sign-in']);
    expect((await ann.get(await ann.atIssuer(departed))).status).toBe(303);
  });
});

describe('what the browser keeps', () => {
  test('stays below what servers take of headers, however long a subject is: then it is not renewed', async () => {
    const world = await createPageWorld();
    const sub = 's'.repeat(3_000);
    world.signIn.faults = { claims: { sub } };
    const ann = await signedIn(world);
    expect([...ann.cookies.keys()].filter((name) => name.startsWith(RENEWAL))).toEqual([]);
    expect((await ann.get('/ui')).status).toBe(200);
  });

  test('of two people does not mix: a part of one in the place of another is nobody', async () => {
    const world = await createPageWorld();
    const large = (sub: string) => ({ claims: { sub, email: `${sub}@acme.example`, groups: 'g'.repeat(5_000) } });
    world.signIn.faults = large('ann');
    const ann = await signedIn(world);
    world.signIn.faults = large('ben');
    const ben = await signedIn(world);
    ann.cookies.delete(RENEWAL);
    ann.cookies.set(`${SESSION}-2`, ben.cookies.get(`${SESSION}-2`)!);
    expect((await ann.get('/ui')).text).not.toMatch(/ann@|ben@/);
    // A part that was left out, too.
    for (const name of [SESSION, `${SESSION}-3`]) {
      const cut = world.visit();
      for (const [key, value] of ben.cookies) if (key !== name && key !== RENEWAL) cut.cookies.set(key, value);
      expect((await cut.get('/ui')).text).not.toContain('ben@');
    }
  });

  test('of a renewal outlives an answer that nobody has asked for', async () => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    expect((await ann.get('/ui/callback/people?code=x&state=y')).status).toBe(400);
    expect([...ann.cookies.keys()]).toEqual([SESSION, RENEWAL]);
    expect((await ann.get('/ui')).text).toContain(ANN.email);
  });
});

describe('a session that ends in the middle', () => {
  test.each([
    '/ui/token',
    '/ui/revoke',
    '/ui/decisions',
    '/ui/sign-out',
  ])('of %s does nothing, and leads to a sign-in', async (path) => {
    const world = await createPageWorld();
    const ann = await signedIn(world);
    const csrf = await ann.csrf();
    world.clock.advance(3_601_000);
    const fields = { csrf, rule: 'engineers', ttl: '60', permission: 'db:ci_metrics:read', step: 'vend' };
    const { status, text } = await ann.post(path, fields);
    expect([status, text]).toEqual([401, expect.stringContaining('href="/ui/sign-in"')]);
    expect(world.influx.creates()).toBe(0);
  });

  test('at Cloudflare Access leads there, which a form may follow', async () => {
    const world = await createPageWorld();
    const handed = { 'cf-access-jwt-assertion': await world.accessToken() };
    const { headers } = await world.visit().get('/ui', handed);
    // Access answers a form of a session that is over with a redirect, and browsers hold that to `form-action`.
    expect(headers.get('content-security-policy')).toContain(`; form-action 'self' ${ACCESS};`);
    const alone = await createPageWorld({
      policy: PAGE_POLICY.replace(/^ {2}access: .*\n/m, '').replace(/^ {2}- name: guests-of-access\n[\s\S]*$/m, ''),
    });
    expect((await alone.visit().get('/ui')).headers.get('content-security-policy')).toContain("; form-action 'self';");
  });
});

test('what Access hands over is nothing to any route of the API', async () => {
  const world = await createPageWorld();
  const ann = await signedIn(world);
  const headers = {
    cookie: [...ann.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    'cf-access-jwt-assertion': await world.accessToken(),
  };
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const [method, path, more] of [
    ['POST', '/v1/tokens', {}],
    ['DELETE', '/v1/tokens/sts.main.engineers.x', {}],
    ['POST', '/v1/explain', {}],
    ['GET', '/v1/audit/events', {}],
    ['GET', '/v1/switches', {}],
    ['POST', '/oauth/token', form],
  ] as const) {
    const reply = await world.request(ORIGIN + path, { method, headers: { ...headers, ...more } });
    expect([path, reply.status]).toEqual([
      path,
      expect.toSatisfy((status: number) => status === 400 || status === 401),
    ]);
  }
  expect(world.influx.creates()).toBe(0);
});
