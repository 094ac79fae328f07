// Threat class "Upstream": what InfluxDB, or whatever stands in front of it, may answer to a create. A definite answer is passed on, an
// unknown one is undone by name, and in neither case does a token or the admin token show.

import { describe, expect, test } from 'vitest';
import type { Reason } from '../../src/foundation/failure.ts';
import type { Fault } from '../emulator/influxdb.ts';
import { createWorld, expectNoSecrets, POLICY, type Reply, type World } from '../world.ts';

/** Deadlines of seconds become tenths of a second. */
const HURRY = 50;
/** Longer than the upstream deadline is then. */
const TOO_SLOW_MS = 5_000;

const status = (code: number, body?: string, contentType?: string): Fault => ({
  kind: 'status',
  status: code,
  ...(body === undefined ? {} : { body }),
  ...(contentType === undefined ? {} : { contentType }),
});

/** Committed, then answered with this body in place of the real one. */
const altered = (change: (created: Record<string, string>) => unknown): Fault => ({
  kind: 'rewrite',
  response: async (response) => {
    const body = change((await response.json()) as Record<string, string>);
    return new Response(typeof body === 'string' ? body : JSON.stringify(body), { status: 201 });
  },
});

/** Committed, then answered with the real body under another status or content type. */
const relabelled = (code: number, headers: Record<string, string>): Fault => ({
  kind: 'rewrite',
  response: async (response) => new Response(await response.text(), { status: code, headers }),
});

const replaced = (body: BodyInit | null, init: ResponseInit): Fault => ({
  kind: 'rewrite',
  response: () => new Response(body, init),
});

const after = (time: string | undefined, milliseconds: number) =>
  new Date(Date.parse(time!) + milliseconds).toISOString();

interface Refused {
  readonly status: number;
  readonly reason: Reason;
  readonly retryable: boolean;
}

async function vendDespite(fault: Fault, world: World): Promise<Reply> {
  world.influx.faults.next('create', fault);
  const reply = await world.vend(await world.ciToken());
  await world.settle();
  return reply;
}

function expectUpstreamRefusal(world: World, reply: Reply, expected: Refused): void {
  const { reason, retryable } = reply.body;
  expect({ status: reply.status, reason, retryable }).toEqual(expected);
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  expect(reply.headers.get('retry-after')).toBe(expected.status === 503 ? '10' : null);
  const { id, outcome, token_name: name, instance } = world.events[0]!;
  expect(world.events).toHaveLength(1);
  expect({ id, outcome, instance }).toEqual({ id: reply.body.request_id, outcome: 'refused', instance: 'main' });
  expect(world.events[0]!.reason).toBe(expected.reason);
  expect(name).toMatch(/^sts\.main\.ci-metrics\./);
  expectNoSecrets(world, reply.text);
}

/** The outcome is not known: the name is deleted, and asking again gives one token. */
async function expectUndone(world: World, reply: Reply, expected: Refused): Promise<void> {
  expectUpstreamRefusal(world, reply, expected);
  const name = encodeURIComponent(world.events[0]!.token_name!);
  expect(world.influx.requests.map(({ operation }) => operation)).toEqual(['create', 'delete']);
  expect(world.influx.requests[1]!.path).toBe(`/api/v3/configure/token?token_name=${name}`);
  expect(world.influx.tokens()).toEqual([]);

  const retry = await world.vend(await world.ciToken());
  expect(retry.status).toBe(201);
  expect(world.influx.tokens().map((token) => token.name)).toEqual([retry.body.name]);
}

const UNREACHABLE: Refused = { status: 503, reason: 'upstream_unreachable', retryable: true };
const UNREADABLE: Refused = { status: 502, reason: 'upstream_unreadable', retryable: true };
const REFUSED: Refused = { status: 502, reason: 'upstream_refused', retryable: false };
const MISCONFIGURED: Refused = { status: 503, reason: 'misconfigured', retryable: true };

describe('an answer that never comes is undone', () => {
  test.each<[string, Fault]>([
    ['the connection is reset before anything is created', { kind: 'reset' }],
    ['the answer is lost after the token is created', { kind: 'lost' }],
  ])('%s', async (_, fault) => {
    const world = await createWorld();
    await expectUndone(world, await vendDespite(fault, world), UNREACHABLE);
  });

  test.each<[string, Fault]>([
    ['InfluxDB hangs', { kind: 'hang' }],
    ['the token is created and the answer comes too late', { kind: 'slow', ms: TOO_SLOW_MS }],
    ['the token is created and the body trickles', { kind: 'slow-body', ms: TOO_SLOW_MS }],
  ])('%s', async (_, fault) => {
    const world = await createWorld({ hurry: HURRY });
    await expectUndone(world, await vendDespite(fault, world), UNREACHABLE);
  });

  test('keeps the deletion to repeat it when it fails too', async () => {
    const world = await createWorld();
    world.influx.faults.always('delete', { kind: 'reset' });
    const reply = await vendDespite({ kind: 'lost' }, world);
    expectUpstreamRefusal(world, reply, UNREACHABLE);
    const [left] = world.influx.tokens();
    await world.settle();
    expect(world.stores.waiting.map(({ name }) => name)).toEqual([left!.name]);
    expect(left!.expiry).toBe(world.clock.now + 900_000);
  });

  test('answers before the deletion has ended', async () => {
    const world = await createWorld({ hurry: HURRY });
    world.influx.faults.always('delete', { kind: 'hang' });
    world.influx.faults.next('create', { kind: 'lost' });
    expect((await world.vend(await world.ciToken())).status).toBe(503);
    await expect.poll(() => world.influx.requests.length).toBe(2);
    expect(world.influx.requests.map(({ operation, status: answered }) => [operation, answered])).toEqual([
      ['create', null],
      ['delete', null],
    ]);
  });
});

const PAGE = '<!doctype html><title>Sign in</title>';
const HTML = 'text/html; charset=utf-8';

describe('an answer that nobody can trust is undone', () => {
  test.each<[string, Fault]>([
    ['HTML with status 200', status(200, PAGE, HTML)],
    ['HTML with status 201', replaced(PAGE, { status: 201, headers: { 'content-type': HTML } })],
    ['HTML with status 400', status(400, PAGE, HTML)],
    ['HTML with status 401', status(401, PAGE, HTML)],
    ['HTML with status 403', status(403, PAGE, HTML)],
    ['HTML with status 404', status(404, PAGE, HTML)],
    ['HTML with status 500', status(500, PAGE, HTML)],
    ['HTML without a content type', status(404, `\n ${PAGE}`)],
    ['a page whose media type is in capitals', status(404, 'Sign in', 'TEXT/HTML')],
    ['a 201 that says it is HTML', relabelled(201, { 'content-type': HTML })],
    ['a 200 in place of a 201', relabelled(200, { 'content-type': 'json' })],
    ['an empty 204', status(204)],
    ['an empty 201', replaced(null, { status: 201 })],
    ['a redirect', replaced(null, { status: 307, headers: { location: 'https://elsewhere.example/' } })],
    ['a redirect to itself', replaced(null, { status: 302, headers: { location: '/api/v3/configure/token' } })],
    ['a conflict over a fresh name', status(409, 'token name already exists, sts')],
    ['an undocumented status', status(418)],
    ['an oversized answer', altered((created) => ({ ...created, padding: 'x'.repeat(16 * 1024) }))],
    [
      'an oversized answer that declares its size',
      replaced('x', { status: 201, headers: { 'content-length': '99999' } }),
    ],
    ['an answer that is not UTF-8', replaced(new Uint8Array([0x22, 0xff, 0x22]), { status: 201 })],
  ])('%s', async (_, fault) => {
    const world = await createWorld();
    await expectUndone(world, await vendDespite(fault, world), UNREADABLE);
    expect(world.calls).not.toContain('elsewhere.example');
  });

  test.each<[string, (created: Record<string, string>) => unknown]>([
    ['truncated JSON', (created) => JSON.stringify(created).slice(0, -2)],
    ['a list', (created) => [created]],
    ['null', () => 'null'],
    ['a key that appears twice', (created) => JSON.stringify(created).replace('{', '{"name":"x",')],
    ['the name of another token', (created) => ({ ...created, name: `${created.name}x` })],
    ['no token', ({ token: _token, ...rest }) => rest],
    ['a token that is not text', (created) => ({ ...created, token: 92 })],
    ['a token cut short', (created) => ({ ...created, token: created.token!.slice(0, -1) })],
    ['a token with a line end', (created) => ({ ...created, token: `${created.token}\n` })],
    ['a token of another kind', (created) => ({ ...created, token: created.token!.replace('apiv3_', 'apiv1_') })],
    ['no expiry', (created) => ({ ...created, expiry: null })],
    ['an expiry at its creation', (created) => ({ ...created, expiry: created.created_at })],
    ['a later expiry', (created) => ({ ...created, expiry: after(created.expiry, 1000) })],
    ['an earlier expiry', (created) => ({ ...created, expiry: after(created.expiry, -1) })],
    ['an expiry that is no time', (created) => ({ ...created, expiry: 'in a quarter of an hour' })],
    ['an expiry without its zone', (created) => ({ ...created, expiry: created.expiry!.replace('Z', '') })],
    ['no creation time', ({ created_at: _created, ...rest }) => rest],
  ])('a 201 with %s', async (_, change) => {
    const world = await createWorld();
    await expectUndone(world, await vendDespite(altered(change), world), UNREADABLE);
  });
});

describe("a 201 whose token is the service's own admin token is undone, and handed to nobody", () => {
  const NEXT = `apiv3_${'n'.repeat(85)}A`;
  const policy = POLICY.replace('admin_token:', 'admin_token_next: INFLUXDB3_ADMIN_TOKEN_NEXT, admin_token:');

  test.each<[string, (world: World) => string]>([
    ['the one in use', (world) => world.influx.adminToken],
    ['the one of a rotation', () => NEXT],
  ])('%s', async (_, adminToken) => {
    const world = await createWorld({ policy, env: { INFLUXDB3_ADMIN_TOKEN_NEXT: NEXT } });
    const fault = altered((created) => ({ ...created, token: adminToken(world) }));
    await expectUndone(world, await vendDespite(fault, world), UNREADABLE);
  });
});

test.each<[string, (other: string) => string]>([
  ["another instance's admin token", (other) => other],
  ["another instance's admin token in capitals", (other) => other.toUpperCase().replace('APIV3_', 'apiv3_')],
])('a 201 whose token is %s is undone, and handed to nobody', async (_what, written) => {
  const other = `apiv3_${'o'.repeat(85)}A`;
  const policy = POLICY.replace(
    'rules:',
    '  spare: { url: "https://spare.example.com", admin_token: INFLUXDB3_SPARE_TOKEN }\nrules:',
  ).replaceAll('    allow:', '    instance: main\n    allow:');
  const world = await createWorld({ policy, env: { INFLUXDB3_SPARE_TOKEN: other } });
  const fault = altered((created) => ({ ...created, token: written(other) }));
  await expectUndone(world, await vendDespite(fault, world), UNREADABLE);
});

describe('a fault of the server is undone', () => {
  test.each<[string, Fault]>([
    ['a 500 that may pass', status(500, 'object store error: connection closed')],
    ['a 500 without a word', status(500)],
    ['a 500 that only mentions a permission', status(500, 'proxy: cannot parse token permission, gone')],
    ['a 502', status(502, 'bad gateway', 'text/plain')],
    ['a 503', status(503, 'this service is overloaded')],
    ['a 504', status(504)],
    ['a 429', status(429, 'this service is overloaded, please try again later')],
  ])('%s', async (_, fault) => {
    const world = await createWorld();
    await expectUndone(world, await vendDespite(fault, world), UNREACHABLE);
  });
});

describe('a definite refusal is passed on without a deletion', () => {
  test.each<[string, Fault, Refused, string]>([
    ['400', status(400, 'serde json error: missing field'), REFUSED, 'create_refused'],
    ['404, as on an edition without resource tokens', status(404, 'Not found'), REFUSED, 'create_refused'],
    ['413', status(413, 'max request size (10485760 bytes) exceeded'), REFUSED, 'create_refused'],
    ['415', status(415, 'unacceptable content-type'), REFUSED, 'create_refused'],
    [
      '500 for a permission it cannot parse',
      status(500, 'cannot parse token permission, mixed wildcard (*) and resource name'),
      REFUSED,
      'create_refused',
    ],
    [
      '500 for a database that was not asked for',
      status(500, 'cannot parse token permission, invalid resource name ghost'),
      REFUSED,
      'create_refused',
    ],
    ['401', status(401, '{"error": "the request was not authenticated"}'), MISCONFIGURED, 'admin_token_refused'],
    ['403 with a body', status(403, '{"error": "unauthorized"}'), MISCONFIGURED, 'admin_token_refused'],
    ['403 without a body', status(403), MISCONFIGURED, 'admin_token_refused'],
  ])('%s', async (_, fault, expected, alarm) => {
    const world = await createWorld();
    expectUpstreamRefusal(world, await vendDespite(fault, world), expected);
    expect(world.alarms.map(({ name }) => name)).toEqual([alarm]);
    expect(world.influx.requests.map(({ operation }) => operation)).toEqual(['create']);
  });

  const json = 'serde json error: invalid type: string ';
  const name = 'cannot parse token permission, invalid resource name ';
  test.each<[string, number, string, (adminToken: string) => string]>([
    ['as it is', 400, 'bad request header: authorization: Bearer ', (token) => token],
    ['cut short', 400, 'bad header: ', (token) => token.slice(0, 60)],
    ['without its beginning', 415, 'bad header: ', (token) => token.slice(6)],
    ['in base64', 404, '', btoa],
    ['in base64 within JSON', 400, '{"error": ', (token) => JSON.stringify(btoa(`Bearer ${token}`))],
    ['in percent signs', 413, '', (token) => [...token].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')],
    ['in hexadecimal', 400, '', (token) => Buffer.from(token).toString('hex')],
    ['behind a phrase of InfluxDB', 400, json, (token) => JSON.stringify(token.slice(6, 50))],
    ['as the name of a resource', 500, name, (token) => token.slice(6)],
  ])('keeps the admin token out of alarm, event and answer when a gateway echoes it %s', async (_, code, before, echo) => {
    const world = await createWorld();
    const echoed = echo(world.influx.adminToken);
    const reply = await vendDespite(status(code, before + echoed), world);
    expectUpstreamRefusal(world, reply, REFUSED);
    expect(world.alarms.map(({ name, facts }) => [name, facts.status, facts.length])).toEqual([
      ['create_refused', code, before.length + echoed.length],
    ]);
    const seen = JSON.stringify([world.alarms, world.events, reply.text]);
    for (let at = 0; at + 12 <= echoed.length; at += 12) expect(seen).not.toContain(echoed.slice(at, at + 12));
  });
});
