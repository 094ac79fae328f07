// Threat class "Upstream", seen from a vend that may succeed: databases that are missing, instances and admin tokens of which one is
// unusable, the cost of a vend upstream, and what the answer says of time.

import { describe, expect, test } from 'vitest';
import { createInfluxEmulator, type Fault } from '../emulator/influxdb.ts';
import { createWorld, expectNoSecrets, POLICY, type World } from '../world.ts';

const CLUSTER = POLICY.replace('INFLUXDB3_ADMIN_TOKEN }', 'INFLUXDB3_ADMIN_TOKEN, sync_interval: 10s }');
const ROTATION = POLICY.replace(
  'INFLUXDB3_ADMIN_TOKEN }',
  'INFLUXDB3_ADMIN_TOKEN, admin_token_next: INFLUXDB3_ADMIN_TOKEN_NEXT }',
);
const SPARE_HOST = 'spare.example.com:8181';
const TWO_INSTANCES = POLICY.replace(
  'rules:',
  `  spare: { url: "https://${SPARE_HOST}", admin_token: INFLUXDB3_SPARE_TOKEN }
rules:
  - name: spare-metrics
    issuer: backend
    instance: spare
    when: { client_id: spare }
    allow: ["db:spare:write"]`,
).replace(/(name: (?:ci-metrics|tenant-self|dashboards)\n)/g, '$1    instance: main\n');

/** Of the right form, and not what InfluxDB knows. */
const STALE_TOKEN = `apiv3_${'s'.repeat(85)}A`;

const operations = (world: World) => world.influx.requests.map(({ operation, status }) => [operation, status]);

describe('a database that InfluxDB does not have', () => {
  test('is named to the caller, who need not ask again', async () => {
    const world = await createWorld();
    const reply = await world.vend(await world.backendToken({ tenant: 'nowhere' }));
    expect(reply.status).toBe(422);
    expect(reply.body).toMatchObject({ reason: 'database_unknown', database: 'tenant_nowhere', retryable: false });
    expect(world.events).toMatchObject([{ outcome: 'refused', reason: 'database_unknown', rule: 'tenant-self' }]);
    expect(operations(world)).toEqual([['create', 500]]);
    expect(world.alarms).toEqual([]);
  });

  test.each([400, 404, 500])('is recognised under status %i', async (status) => {
    const world = await createWorld();
    const body = 'cannot parse token permission, invalid resource name ci_metrics';
    world.influx.faults.next('create', { kind: 'status', status, body });
    const reply = await world.vend(await world.ciToken());
    expect([reply.status, reply.body.reason]).toEqual([422, 'database_unknown']);
  });

  test('may be asked for again in a cluster, where the next node may know it', async () => {
    const world = await createWorld({ policy: CLUSTER });
    const reply = await world.vend(await world.backendToken({ tenant: 'nowhere' }));
    expect([reply.status, reply.body.retryable]).toEqual([422, true]);
  });

  test('is not blamed for a system resource that InfluxDB does not know', async () => {
    const world = await createWorld();
    const body = 'cannot parse token permission, invalid resource name metrics';
    world.influx.faults.next('create', { kind: 'status', status: 500, body });
    const reply = await world.vend(await world.backendToken({ client_id: 'dashboards' }), {
      permissions: ['system:metrics:read', 'db:tenant_a:read'],
    });
    expect([reply.status, reply.body.reason]).toEqual([502, 'upstream_refused']);
  });

  test('can be vended for as soon as it is created again', async () => {
    const world = await createWorld();
    world.influx.dropDatabase('ci_metrics');
    expect((await world.vend(await world.ciToken())).status).toBe(422);
    world.influx.createDatabase('ci_metrics');
    expect((await world.vend(await world.ciToken())).status).toBe(201);
  });
});

describe('one instance of two', () => {
  const spare = () => createInfluxEmulator({ databases: ['spare'] });
  const ask = async (world: World) => [
    await world.vend(await world.ciToken()),
    await world.vend(await world.backendToken({ client_id: 'spare' })),
  ];

  test('fails alone while its admin token is missing, without a request to it', async () => {
    const other = spare();
    const world = await createWorld({ policy: TWO_INSTANCES, elsewhere: other.fetch });
    const [main, refused] = await ask(world);
    expect(main!.status).toBe(201);
    expect([refused!.status, refused!.body.reason]).toEqual([503, 'misconfigured']);
    expect(other.requests).toEqual([]);
    expect(world.alarms).toEqual([{ name: 'misconfigured', facts: { setting: 'INFLUXDB3_SPARE_TOKEN' } }]);
    expect(world.events.map(({ instance, outcome }) => [instance, outcome])).toEqual([
      ['main', 'allowed'],
      ['spare', 'refused'],
    ]);
  });

  test('fails alone while InfluxDB refuses its admin token', async () => {
    const env = { INFLUXDB3_SPARE_TOKEN: STALE_TOKEN };
    const world = await createWorld({ policy: TWO_INSTANCES, elsewhere: spare().fetch, env });
    const [main, refused] = await ask(world);
    expect(main!.status).toBe(201);
    expect([refused!.status, refused!.body.reason]).toEqual([503, 'misconfigured']);
    expect(world.alarms).toEqual([{ name: 'admin_token_refused', facts: { instance: 'spare', status: 401 } }]);
    expectNoSecrets(world, refused!.text);
  });

  test('fails alone while it cannot be reached', async () => {
    const env = { INFLUXDB3_SPARE_TOKEN: STALE_TOKEN };
    const world = await createWorld({ policy: TWO_INSTANCES, env });
    const [main, refused] = await ask(world);
    expect(main!.status).toBe(201);
    expect([refused!.status, refused!.body.reason]).toEqual([503, 'upstream_unreachable']);
  });

  test('is sent its own admin token and no other', async () => {
    const other = spare();
    const env = { INFLUXDB3_SPARE_TOKEN: other.adminToken };
    const world = await createWorld({ policy: TWO_INSTANCES, elsewhere: other.fetch, env });
    expect((await ask(world)).map(({ status, body }) => [status, body.url])).toEqual([
      [201, 'https://influxdb.example.com:8181'],
      [201, `https://${SPARE_HOST}`],
    ]);
    expect([world.influx.tokens().length, other.tokens().length]).toEqual([1, 1]);
  });
});

describe('while an admin token is rotated', () => {
  test('the next one is used once InfluxDB refuses the first, at the cost of one request', async () => {
    const influx = { adminToken: `apiv3_${'n'.repeat(85)}A` };
    const env = { INFLUXDB3_ADMIN_TOKEN: STALE_TOKEN, INFLUXDB3_ADMIN_TOKEN_NEXT: influx.adminToken };
    const world = await createWorld({ policy: ROTATION, influx, env });
    expect((await world.vend(await world.ciToken())).status).toBe(201);
    expect((await world.vend(await world.ciToken())).status).toBe(201);
    expect(operations(world)).toEqual([
      ['create', 401],
      ['create', 201],
      ['create', 201],
    ]);
    expect(world.alarms).toEqual([]);
  });

  test('the first one alone is used while InfluxDB accepts it', async () => {
    const world = await createWorld({ policy: ROTATION, env: { INFLUXDB3_ADMIN_TOKEN_NEXT: STALE_TOKEN } });
    expect((await world.vend(await world.ciToken())).status).toBe(201);
    expect(operations(world)).toEqual([['create', 201]]);
  });

  test('the next one serves alone when the first is missing', async () => {
    const influx = { adminToken: `apiv3_${'n'.repeat(85)}A` };
    const env = { INFLUXDB3_ADMIN_TOKEN: undefined, INFLUXDB3_ADMIN_TOKEN_NEXT: influx.adminToken };
    const world = await createWorld({ policy: ROTATION, influx, env });
    expect((await world.vend(await world.ciToken())).status).toBe(201);
    expect(world.alarms).toEqual([{ name: 'misconfigured', facts: { setting: 'INFLUXDB3_ADMIN_TOKEN' } }]);
  });

  test('InfluxDB refusing both is one alarm and 503', async () => {
    const env = { INFLUXDB3_ADMIN_TOKEN: STALE_TOKEN, INFLUXDB3_ADMIN_TOKEN_NEXT: STALE_TOKEN };
    const world = await createWorld({ policy: ROTATION, env });
    const reply = await world.vend(await world.ciToken());
    expect([reply.status, reply.body.reason]).toEqual([503, 'misconfigured']);
    expect(world.alarms.map(({ name }) => name)).toEqual(['admin_token_refused']);
    expect(operations(world)).toEqual([
      ['create', 401],
      ['create', 401],
    ]);
  });

  test('an outcome that is not known is not repeated with the other token', async () => {
    const world = await createWorld({ policy: ROTATION, env: { INFLUXDB3_ADMIN_TOKEN_NEXT: STALE_TOKEN } });
    world.influx.faults.next('create', { kind: 'lost' });
    expect((await world.vend(await world.ciToken())).status).toBe(503);
    await world.settle();
    expect(operations(world)).toEqual([
      ['create', null],
      ['delete', 200],
    ]);
  });
});

describe('a vend', () => {
  test('costs exactly one upstream request when warm, and none to the issuer', async () => {
    const world = await createWorld();
    await world.vend(await world.ciToken());
    const before = [world.influx.requests.length, world.github.requests.length];
    expect((await world.vend(await world.ciToken())).status).toBe(201);
    await world.settle();
    expect([world.influx.requests.length, world.github.requests.length]).toEqual([before[0]! + 1, before[1]]);
  });

  test.each(['json', 'text/plain', null])('reads a 201 whose content type is %s by its shape', async (contentType) => {
    const world = await createWorld();
    const headers: Record<string, string> = contentType === null ? {} : { 'content-type': contentType };
    const response: Extract<Fault, { kind: 'rewrite' }>['response'] = async (original) =>
      new Response(new Uint8Array(await original.arrayBuffer()), { status: 201, headers });
    world.influx.faults.next('create', { kind: 'rewrite', response });
    expect((await world.vend(await world.ciToken())).status).toBe(201);
  });

  test('counts the time that the create took against the life that is left', async () => {
    const world = await createWorld();
    const response = (original: Response) => {
      world.clock.advance(2_300);
      return original;
    };
    world.influx.faults.next('create', { kind: 'rewrite', response });
    const { body } = await world.vend(await world.ciToken());
    expect({ in: body.expires_in, at: body.expires_at }).toEqual({ in: 897, at: '2026-11-23T12:15:00Z' });
  });

  test("tells the life that is left by its own clock, and the expiry by InfluxDB's", async () => {
    const skewed = { now: () => Date.parse('2026-11-23T15:00:00.125Z') };
    const world = await createWorld({ influx: skewed });
    const { body } = await world.vend(await world.ciToken());
    expect({ in: body.expires_in, at: body.expires_at }).toEqual({ in: 900, at: '2026-11-23T15:15:00.125Z' });
  });

  test('says from when on every node of a cluster knows the token', async () => {
    const single = await createWorld();
    expect((await single.vend(await single.ciToken())).body.usable_after).toBeNull();
    const cluster = await createWorld({ policy: CLUSTER });
    expect((await cluster.vend(await cluster.ciToken())).body.usable_after).toBe('2026-11-23T12:00:10.000Z');
  });
});
