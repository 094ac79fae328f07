// `GET /readyz`: anyone learns whether the service could vend, an operator why not, and nobody makes InfluxDB work for the asking.

import { describe, expect, test } from 'vitest';
import type { Gate } from '../../src/admission/gate/gate.ts';
import { createWorld, expectNoSecrets, GITHUB, POLICY, type World, type WorldOptions } from '../world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const WITH_OPERATORS = `${POLICY}
  - name: operators
    issuer: backend
    when: { role: dba }
    roles: [operator]
`;
const TWO_INSTANCES = WITH_OPERATORS.replace(
  'rules:',
  '  spare: { url: "https://spare.example.com", admin_token: INFLUXDB3_SPARE_TOKEN }\nrules:',
).replaceAll(/^( {4}allow:)/gm, '    instance: main\n$1');

const open = (options: WorldOptions = {}) => createWorld({ policy: WITH_OPERATORS, ...options });
const operatorToken = (world: World) => world.backendToken({ sub: 'dba-1', role: 'dba' });
const ask = (world: World, credential?: string) =>
  world.request('/readyz', credential === undefined ? {} : { headers: { authorization: `Bearer ${credential}` } });
const asOperator = async (world: World) => ask(world, await operatorToken(world));
const queries = (world: World) => world.influx.requests.filter(({ operation }) => operation === 'list').length;

const READY = { ready: true, warnings: [] };
const MAIN = { name: 'instance main', admin_token: 'preset-admin', ...READY };
const ISSUERS = [
  { name: 'issuer github', ...READY },
  { name: 'issuer backend', ...READY },
];
const GATES = { name: 'gates', ...READY };

/** A token of an admin, made by InfluxDB itself. */
async function adminToken(world: World, path: string, body: unknown): Promise<string> {
  const headers = { authorization: `Bearer ${world.influx.adminToken}`, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await world.influx.fetch(new Request(`https://influxdb.example.com${path}`, init));
  return ((await answer.json()) as { token: string }).token;
}
const namedAdmin = (world: World, milliseconds: number) =>
  adminToken(world, '/api/v3/configure/token/named_admin', { token_name: 'sts', expiry_secs: milliseconds / 1_000 });

describe('a service that could vend', () => {
  test('is ready, and says no more than that to anyone', async () => {
    const world = await open();
    const reply = await ask(world);
    expect([reply.status, reply.body]).toEqual([200, { status: 'ready' }]);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(reply.headers.get('x-request-id')).toMatch(/^[0-9A-Z]{26}$/);
    expect([world.events, world.alarms]).toEqual([[], []]);
  });

  test('shows an operator the policy and each check', async () => {
    const world = await open();
    const reply = await asOperator(world);
    expect([reply.status, reply.body]).toEqual([
      200,
      { status: 'ready', policy: world.policy.digest, checks: [MAIN, ...ISSUERS, GATES] },
    ]);
    expectNoSecrets(world, reply.text, [await operatorToken(world)]);
  });

  test('answers GET alone', async () => {
    const world = await open();
    const reply = await world.request('/readyz', { method: 'POST' });
    expect([reply.status, reply.body.reason, reply.headers.get('allow')]).toEqual([405, 'method_not_allowed', 'GET']);
    expect(world.calls).toEqual([]);
  });
});

describe('nobody but an operator sees the checks', () => {
  test.each<[string, (world: World) => Promise<string>, string]>([
    ['a caller with grants', (world) => world.ciToken(), 'operator_required'],
    ['a stranger', (world) => world.backendToken({ sub: 'x' }), 'operator_required'],
    [
      'an operator whose token has expired',
      async (world) => world.backendToken({ role: 'dba', exp: 1 }),
      'token_expired',
    ],
    [
      'an operator of another issuer',
      (world) => world.github.sign({ iss: 'https://evil.example', role: 'dba' }),
      'issuer_untrusted',
    ],
    ['somebody with a guess', async () => 'guess', 'token_malformed'],
  ])('not %s', async (_, credential, reason) => {
    const world = await open();
    const shown = await credential(world);
    const reply = await ask(world, shown);
    expect([reply.status, reply.body]).toEqual([200, { status: 'ready' }]);
    expect(world.events).toMatchObject([{ kind: 'ready', outcome: 'refused', reason }]);
    expectNoSecrets(world, reply.text, [shown]);
  });

  test('and each credential that is shown leaves one audit event', async () => {
    const world = await open();
    const { headers } = await asOperator(world);
    expect(world.events).toMatchObject([{ kind: 'ready', id: headers.get('x-request-id'), outcome: 'allowed' }]);
    await asOperator(world);
    expect(world.events).toHaveLength(2);
    await ask(world);
    expect(world.events).toHaveLength(2);
  });
});

const refused = new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) });

describe('a service that could not vend is not ready', () => {
  test.each<[string, WorldOptions, string, readonly string[]]>([
    [
      'because its instance is down',
      { upstream: () => Promise.reject(refused) },
      'https://influxdb.example.com:8181: connection refused (ECONNREFUSED)',
      ['upstream_unreachable'],
    ],
    [
      'because its instance is in error',
      { upstream: async () => new Response(null, { status: 503 }) },
      'https://influxdb.example.com:8181: status 503',
      ['upstream_unreachable'],
    ],
    [
      "because a gateway's sign-in page stands before it",
      { upstream: async () => new Response('<html>', { status: 401, headers: { 'content-type': 'text/html' } }) },
      'https://influxdb.example.com:8181: status 401 with an HTML page that InfluxDB has not (6 characters); a gateway in front of it wants credentials',
      ['upstream_unreadable'],
    ],
    [
      'because its certificate has expired',
      { upstream: async () => new Response('error code: 526', { status: 526 }) },
      "https://influxdb.example.com:8181: status 526: the server's certificate is not valid",
      ['upstream_unreachable'],
    ],
    [
      'because InfluxDB refuses its admin token',
      { env: { INFLUXDB3_ADMIN_TOKEN: 'apiv3_unknown' } },
      'https://influxdb.example.com:8181: InfluxDB does not accept the admin token',
      ['admin_token_refused'],
    ],
    [
      'because its admin token is missing',
      { env: { INFLUXDB3_ADMIN_TOKEN: undefined } },
      'INFLUXDB3_ADMIN_TOKEN: the secret is missing, or has not the form that it must have',
      ['misconfigured'],
    ],
  ])('%s', async (_, options, reason, alarms) => {
    const world = await open(options);
    const reply = await asOperator(world);
    expect([reply.status, reply.body.status]).toEqual([503, 'not_ready']);
    expect(reply.body.checks).toEqual([
      { name: 'instance main', ready: false, reason, warnings: [] },
      ...ISSUERS,
      GATES,
    ]);
    expect(world.alarms.map(({ name }) => name)).toEqual(alarms);
    expectNoSecrets(world, reply.text);
    const other = await ask(world);
    expect([other.status, other.body]).toEqual([503, { status: 'not_ready' }]);
  });

  test('because one instance of two is down, and an operator sees which', async () => {
    const world = await open({ policy: TWO_INSTANCES, env: { INFLUXDB3_SPARE_TOKEN: 'apiv3_spare' } });
    const reply = await asOperator(world);
    expect([reply.status, reply.body.checks]).toEqual([
      503,
      [
        MAIN,
        { name: 'instance spare', ready: false, reason: 'https://spare.example.com: the network failed', warnings: [] },
        ...ISSUERS,
        GATES,
      ],
    ]);
  });

  test('because an issuer publishes no keys, and an operator sees which', async () => {
    const world = await open();
    world.github.answer.jwks = () => Response.json({ keys: [] });
    const reply = await asOperator(world);
    expect([reply.status, reply.body.checks]).toEqual([
      503,
      [
        MAIN,
        {
          name: 'issuer github',
          ready: false,
          reason: `${GITHUB}/.well-known/jwks holds no usable key: its list is empty`,
          warnings: [],
        },
        { name: 'issuer backend', ...READY },
        GATES,
      ],
    ]);
  });

  const withGate =
    (change: Partial<Gate>, digit = '3'): WorldOptions['stores'] =>
    (memory) => ({
      ...memory,
      gates: (one) => (one === digit ? { ...memory.gates(one), ...change } : memory.gates(one)),
    });
  test.each<[string, Partial<Gate>, string]>([
    ['does not answer', { state: () => Promise.reject(new Error('down')) }, 'gate 3 does not answer'],
    ['never answers', { state: () => new Promise(() => {}) }, 'gate 3 does not answer'],
    ['is full', { state: async () => 'full' }, 'gate 3 is full and admits nothing'],
    ['is older than the Worker', { state: async () => 'format' }, 'gate 3 is of another version than the Worker'],
  ])('because a gate %s, and an operator sees which', async (_, change, reason) => {
    const world = await open({ stores: withGate(change)!, hurry: 100 });
    const reply = await asOperator(world);
    expect([reply.status, reply.body.checks.at(-1)]).toEqual([
      503,
      { name: 'gates', ready: false, reason, warnings: [] },
    ]);
    expect((await ask(world)).body).toEqual({ status: 'not_ready' });
  });

  test('but a gate that is half full is a warning, and the service is ready', async () => {
    const world = await open({ stores: withGate({ state: async () => 'filling' })! });
    const reply = await asOperator(world);
    const warnings = ['half full, so that only vends and revocations are kept: 3'];
    expect([reply.status, reply.body.checks.at(-1)]).toEqual([200, { name: 'gates', ready: true, warnings }]);
  });

  test('within a prober’s patience when InfluxDB never answers', async () => {
    const world = await open({ upstream: () => new Promise(() => {}), hurry: 1_000 });
    expect((await ask(world)).status).toBe(503);
  });
});

describe('the admin token', () => {
  test.each([
    [14 * DAY_MS - HOUR_MS, ['the admin token expires in 13 days']],
    [2 * DAY_MS, ['the admin token expires in 2 days']],
    [2 * DAY_MS - 1_000, ['the admin token expires in less than two days']],
    [14 * DAY_MS, []],
    [90 * DAY_MS, []],
  ])('that lives another %d ms gives the warnings %j, in the answer and as alarms', async (milliseconds, warnings) => {
    const first = await open();
    const world = first.restart({ INFLUXDB3_ADMIN_TOKEN: await namedAdmin(first, milliseconds) });
    const reply = await asOperator(world);
    expect([reply.status, reply.body.checks[0]]).toEqual([
      200,
      { name: 'instance main', ready: true, admin_token: 'sts', warnings },
    ]);
    expect(world.alarms).toEqual(
      warnings.map((warning) => ({ name: 'admin_token_warning', facts: { instance: 'main', warning } })),
    );
    expect((await ask(world)).body).toEqual({ status: 'ready' });
  });

  test('that is the operator token gives a warning', async () => {
    const first = await open();
    const operator = await adminToken(first, '/api/v3/configure/token/admin', {});
    const world = first.restart({ INFLUXDB3_ADMIN_TOKEN: operator });
    const { body, text } = await asOperator(world);
    const warning = 'the admin token is the operator token; use a named one that expires (influx-sts admin rotate)';
    expect(body.checks[0]).toEqual({ name: 'instance main', ready: true, admin_token: '_admin', warnings: [warning] });
    expect(world.alarms).toEqual([{ name: 'admin_token_warning', facts: { instance: 'main', warning } }]);
    expectNoSecrets(world, text);
  });

  test('that is warned of is the one in use, once the first is no longer accepted', async () => {
    const policy = WITH_OPERATORS.replace(
      'admin_token: INFLUXDB3_ADMIN_TOKEN',
      'admin_token: INFLUXDB3_ADMIN_TOKEN, admin_token_next: INFLUXDB3_ADMIN_TOKEN_NEXT',
    );
    const first = await open({ policy, env: { INFLUXDB3_ADMIN_TOKEN_NEXT: 'apiv3_unknown' } });
    const next = await namedAdmin(first, DAY_MS);
    const both = first.restart({ INFLUXDB3_ADMIN_TOKEN_NEXT: next });
    expect((await asOperator(both)).body.checks[0]).toEqual(MAIN);
    const gone = first.restart({ INFLUXDB3_ADMIN_TOKEN: 'apiv3_gone', INFLUXDB3_ADMIN_TOKEN_NEXT: next });
    expect((await asOperator(gone)).body.checks[0]).toEqual({
      name: 'instance main',
      ready: true,
      admin_token: 'sts',
      warnings: ['the admin token expires in less than two days'],
    });
  });
});

test('the question makes all sixteen gates, and each fetches its list of switches', async () => {
  const world = await open();
  await ask(world);
  const { storages } = world.stores.memoryGates;
  expect([...storages.keys()].sort().join('')).toBe('0123456789abcdef');
  for (const storage of storages.values()) {
    expect(storage.run('SELECT epoch, switches FROM gate')).toEqual([{ epoch: 1, switches: '[]' }]);
  }
});

describe('an answer is remembered', () => {
  test('for ten seconds, no matter who asks or how often', async () => {
    const world = await open();
    await Promise.all(Array.from({ length: 50 }, () => ask(world)));
    expect(queries(world)).toBe(1);
    world.clock.advance(9_999);
    await ask(world);
    await asOperator(world);
    expect(queries(world)).toBe(1);
    world.clock.advance(1);
    await ask(world);
    expect(queries(world)).toBe(2);
  });

  test('also when it is that the service is not ready', async () => {
    const world = await open();
    world.influx.faults.always('list', { kind: 'reset' });
    expect((await ask(world)).status).toBe(503);
    world.influx.faults.clear();
    expect((await ask(world)).status).toBe(503);
    world.clock.advance(10_000);
    expect((await ask(world)).status).toBe(200);
  });
});

describe('an admin token that InfluxDB refuses is told as that, once it comes to', () => {
  const refused = { name: 'admin_token_refused', facts: { instance: 'main' } };
  const denying = (operation: 'delete' | 'list') => async () => {
    const world = await open();
    const { body } = await world.vend(await world.ciToken());
    const words = '{"error": "the request was not authenticated"}';
    world.influx.faults.always(operation, { kind: 'status', status: 401, body: words });
    return { world, body };
  };

  test('a revocation, which is kept to be repeated', async () => {
    const { world, body } = await denying('delete')();
    const init = { method: 'DELETE', headers: { authorization: `Bearer ${body.lease}` } };
    const reply = await world.request(`/v1/tokens/${body.name}`, init);
    expect([reply.status, reply.body.reason, reply.body.retryable]).toEqual([503, 'misconfigured', true]);
    expect(world.alarms).toEqual([refused]);
    world.influx.faults.clear();
    await world.stores.attempt();
    expect(world.influx.tokens()).toEqual([]);
  });

  test('a listing, which names the instance as incomplete', async () => {
    const { world } = await denying('list')();
    const headers = { authorization: `Bearer ${await world.ciToken()}` };
    const reply = await world.request('/v1/tokens', { headers });
    expect([reply.status, reply.body.incomplete]).toEqual([200, ['main']]);
    expect(world.alarms).toEqual([refused]);
  });

  test('a sweep, which has seen nothing of that instance', async () => {
    const { world } = await denying('list')();
    const result = await world.service.sweep({ id: 'sweep', receivedAt: world.clock.now });
    expect(result).toMatchObject({ ok: true, value: { deleted: 0, unreachable: ['main'] } });
    expect(world.alarms).toEqual([refused]);
  });
});
