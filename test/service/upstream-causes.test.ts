// A fault between the service and InfluxDB that waiting does not change is told alike to anyone who can act on it: the operator by a log
// line and by /readyz, the caller by the refusal. No place quotes what the other side wrote.

import { describe, expect, test } from 'vitest';
import { createWorld, expectNoSecrets, POLICY } from '../world.ts';

const OPERATED = `${POLICY}
  - { name: operators, issuer: backend, when: { role: dba }, roles: [operator] }
`;
const coded = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) });
const page = (status: number, text: string) => () =>
  Promise.resolve(
    new Response(`<html>${text} apiv3_echo</html>`, { status, headers: { 'content-type': 'text/html' } }),
  );
const plain = (status: number, text: string) => () => Promise.resolve(new Response(text, { status }));

const LASTING: readonly (readonly [string, () => Promise<Response>, string])[] = [
  ['an expired certificate', () => Promise.reject(coded('CERT_HAS_EXPIRED')), 'its certificate is not accepted'],
  ['no TLS', () => Promise.reject(coded('EPROTO')), 'no TLS connection comes about'],
  ['a certificate that Cloudflare refuses', plain(526, 'error code: 526'), "the server's certificate is not valid"],
  ['a bare IP address', plain(403, 'error code: 1003'), 'a bare IP address'],
  ['a name that is not there', plain(530, 'error code: 1016'), 'the name of the server cannot be looked up'],
  ['a rule of the zone', page(403, 'error code: 1020'), 'a rule of the zone'],
  ['an Access page', page(403, 'Cloudflare Access'), 'Cloudflare Access answers (status 403)'],
  ['a sign-in page', page(401, 'Sign in'), 'a gateway in front of it wants credentials'],
  ['a server of another kind', page(200, 'It works!'), 'an HTML page that InfluxDB has not'],
  ['a method that nobody takes', plain(405, 'apiv3_echo'), 'does not take this method'],
  [
    'a redirect to a sign-in',
    () =>
      Promise.resolve(
        new Response(null, { status: 302, headers: { location: 'https://acme.cloudflareaccess.com/x' } }),
      ),
    'a redirect (status 302) to acme.cloudflareaccess.com',
  ],
];

describe('a lasting fault before InfluxDB', () => {
  test.each(LASTING)('%s', async (_, upstream, cause) => {
    const world = await createWorld({ policy: OPERATED, upstream });
    const { status, body, text } = await world.vend(await world.ciToken());
    expect(status).toBeGreaterThanOrEqual(502);
    expect(body.detail).toContain(cause);
    expect(body.detail).not.toMatch(/ask again|try again/i);
    const [line] = world.alarms;
    expect(line!.name).toMatch(/^upstream_un/);
    expect(line!.facts).toMatchObject({ instance: 'main', cause: expect.stringContaining(cause) });
    expect(String(line!.facts.address)).toContain('https://influxdb.example.com:8181/');
    const operator = { authorization: `Bearer ${await world.backendToken({ sub: 'ops', role: 'dba' })}` };
    const ready = await world.request('/readyz', { headers: operator });
    const check = ready.body.checks.find(({ name }: { name: string }) => name === 'instance main');
    expect(check.reason).toContain(cause);
    expectNoSecrets(world, text + ready.text);
  });

  test('a missing secret is named to operators, and to callers that it is one', async () => {
    const world = await createWorld({ policy: OPERATED, env: { INFLUXDB3_ADMIN_TOKEN: undefined } });
    const { body } = await world.vend(await world.ciToken());
    expect(body).toMatchObject({
      reason: 'misconfigured',
      detail: expect.stringContaining('a secret of it is missing'),
    });
    expect(body.detail).not.toContain('INFLUXDB3_ADMIN_TOKEN');
    expect(world.alarms).toEqual([{ name: 'misconfigured', facts: { setting: 'INFLUXDB3_ADMIN_TOKEN' } }]);
  });
});

test('a fault that passes is one to ask again after', async () => {
  const world = await createWorld({ upstream: plain(503, '') });
  const { body } = await world.vend(await world.ciToken());
  expect(body.detail).toBe('InfluxDB instance "main" did not answer: status 503. Nothing is lost: ask again.');
});

test('a server behind a gateway is asked with the headers of its instance, and no answer, event or line holds them', async () => {
  const policy = POLICY.replace(
    'INFLUXDB3_ADMIN_TOKEN }',
    'INFLUXDB3_ADMIN_TOKEN, headers: { CF-Access-Client-Id: ACCESS_ID, CF-Access-Client-Secret: ACCESS_SECRET } }',
  );
  const seen: (string | null)[] = [];
  const world = await createWorld({
    policy,
    env: { ACCESS_ID: 'id.access', ACCESS_SECRET: 'hush-hush' },
    upstream: async (request, influx) => {
      seen.push(request.headers.get('cf-access-client-secret'));
      if (request.headers.get('cf-access-client-id') !== 'id.access') return page(403, 'Cloudflare Access')();
      return influx.fetch(request);
    },
  });
  const vended = await world.vend(await world.ciToken());
  expect(vended.status).toBe(201);
  const form = { method: 'POST', body: new URLSearchParams({ token: vended.body.token }) };
  expect((await world.request('/oauth/revoke', form)).status).toBe(200);
  expect(world.influx.tokens()).toEqual([]);
  expect(new Set(seen)).toEqual(new Set(['hush-hush']));
  expect(JSON.stringify([world.events, world.alarms, world.policy])).not.toContain('hush-hush');
});
