// A cluster whose nodes learn of a change late: revocations that reach a node too early, and creates whose outcome nobody has read. What
// is promised: a revoked token is dead everywhere after twice the lag and one retry; an orphan does not outlive its expiry and a sweep.

import { describe, expect, test } from 'vitest';
import type { InfluxEmulator } from '../emulator/influxdb.ts';
import { createWorld, POLICY, type World, type WorldOptions } from '../world.ts';

const LAG_MS = 10_000;
/** A quarter of the lag: how often a deletion is repeated. */
const RETRY_MS = 2_500;
const CLUSTER = POLICY.replace('INFLUXDB3_ADMIN_TOKEN }', 'INFLUXDB3_ADMIN_TOKEN, sync_interval: 10s }');

const revoke = (world: World, name: string, credential: string) =>
  world.request(`/v1/tokens/${name}`, { method: 'DELETE', headers: { authorization: `Bearer ${credential}` } });

/** The node that the service's requests go to, which a test changes. */
async function openCluster(options: WorldOptions = {}) {
  const route = { node: 0 };
  const world = await createWorld({
    policy: CLUSTER,
    influx: { nodes: 2, syncIntervalMs: LAG_MS },
    upstream: (request, influx) => influx.fetch(request, route.node),
    ...options,
  });
  return { world, route };
}

async function writeOn({ influx }: World, node: number, token: string): Promise<number> {
  const init = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: 'm v=1' };
  return (await influx.fetch(new Request('https://influxdb/api/v3/write_lp?db=ci_metrics', init), node)).status;
}

/** Lets the clock run, and repeats what waits as often as the service would. */
async function pass(world: World, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += RETRY_MS) {
    world.clock.advance(RETRY_MS);
    await world.stores.attempt();
  }
}

async function sweepUntilDone(world: World): Promise<void> {
  for (let run = 0; run < 10; run++) {
    const result = await world.service.sweep({ id: 'sweep', receivedAt: world.clock.now });
    if (result.ok && result.value.left === 0 && !result.value.more) return;
  }
  throw new Error('a backlog is left');
}

describe('a fresh token', () => {
  test('is known to every node at the time that the answer names, and not a moment sooner', async () => {
    const { world } = await openCluster();
    const { body } = await world.vend(await world.ciToken());
    expect(body.usable_after).toBe('2026-11-23T12:00:10.000Z');
    expect([await writeOn(world, 0, body.token), await writeOn(world, 1, body.token)]).toEqual([204, 401]);
    world.clock.now = Date.parse(body.usable_after) - 1;
    expect(await writeOn(world, 1, body.token)).toBe(401);
    world.clock.now = Date.parse(body.usable_after);
    expect(await writeOn(world, 1, body.token)).toBe(204);
  });
});

describe('a token vended on one node and revoked at once through another', () => {
  test('is dead everywhere after twice the lag and one retry', async () => {
    const { world, route } = await openCluster();
    const { body } = await world.vend(await world.ciToken());
    route.node = 1;
    const reply = await revoke(world, body.name, body.lease);
    expect([reply.status, reply.text]).toEqual([202, '']);
    expect(world.influx.tokens()).toHaveLength(1);
    await pass(world, 2 * LAG_MS + RETRY_MS);
    expect([await writeOn(world, 0, body.token), await writeOn(world, 1, body.token)]).toEqual([401, 401]);
    expect([world.influx.tokens(), world.stores.waiting]).toEqual([[], []]);
  });

  test('whose deletion no node answers for a minute is dead soon after', async () => {
    const { world, route } = await openCluster();
    const { body } = await world.vend(await world.ciToken());
    route.node = 1;
    world.influx.faults.always('delete', { kind: 'status', status: 503 });
    expect((await revoke(world, body.name, body.lease)).body.reason).toBe('upstream_unreachable');
    await pass(world, 60_000);
    world.influx.faults.clear();
    await pass(world, RETRY_MS + LAG_MS);
    expect([await writeOn(world, 0, body.token), await writeOn(world, 1, body.token)]).toEqual([401, 401]);
  });

  test('is answered 202 until a 404 is final, then 204', async () => {
    const { world, route } = await openCluster();
    const { body } = await world.vend(await world.ciToken());
    expect((await revoke(world, body.name, body.lease)).status).toBe(204);
    route.node = 1;
    expect((await revoke(world, body.name, body.lease)).status).toBe(202);
    world.clock.now = Date.parse('2026-11-23T12:00:39.999Z');
    expect((await revoke(world, body.name, body.lease)).status).toBe(202);
    world.clock.advance(1);
    expect((await revoke(world, body.name, body.lease)).status).toBe(204);
  });

  test('is refused when the repetition cannot be kept: 202 would promise too much', async () => {
    const { world, route } = await openCluster({
      stores: (memory) => ({
        ...memory,
        deletions: { schedule: () => Promise.reject(new Error('the store is down')) },
      }),
    });
    const { body } = await world.vend(await world.ciToken());
    route.node = 1;
    const reply = await revoke(world, body.name, body.lease);
    expect([reply.status, reply.body.reason, reply.body.retryable]).toEqual([503, 'state_unavailable', true]);
    expect(world.alarms).toEqual([{ name: 'deletion_not_kept', facts: { instance: 'main', token_name: body.name } }]);
  });
});

describe('a create whose answer was lost', () => {
  test('is deleted at once by the node that made it', async () => {
    const { world } = await openCluster();
    world.influx.faults.next('create', { kind: 'lost' });
    expect((await world.vend(await world.ciToken())).body.reason).toBe('upstream_unreachable');
    await world.settle();
    expect([world.influx.tokens(), world.stores.waiting]).toEqual([[], []]);
  });

  test('is deleted later when the deletion reaches a node that has not heard of it', async () => {
    const { world, route } = await openCluster({
      upstream: (request, influx) => influx.fetch(request, request.method === 'DELETE' ? route.node : 0),
    });
    route.node = 1;
    world.influx.faults.next('create', { kind: 'lost' });
    await world.vend(await world.ciToken());
    await world.settle();
    expect(world.influx.tokens()).toHaveLength(1);
    await pass(world, LAG_MS);
    expect([world.influx.tokens(), world.stores.waiting]).toEqual([[], []]);
  });
});

describe('a create that commits after we have given up on it', () => {
  /** Breaks the connection of every create and keeps the request, for the test to commit when it likes. */
  async function openLate(policy = POLICY) {
    const late: (() => Promise<Response>)[] = [];
    const upstream = async (request: Request, influx: InfluxEmulator) => {
      if (request.method !== 'POST' || request.url.endsWith('/query_sql')) return influx.fetch(request);
      const held = request.clone();
      late.push(() => influx.fetch(new Request(held, { signal: null })));
      throw new TypeError('connection reset');
    };
    return { world: await createWorld({ policy, upstream }), late };
  }

  test.each([
    ['a single node', POLICY, 7_500],
    ['a cluster', CLUSTER, 27_500],
  ])('in the time that a create may take is deleted by the repetition, on %s', async (_, policy, commitAfter) => {
    const { world, late } = await openLate(policy);
    await world.vend(await world.ciToken());
    await world.settle();
    expect(world.stores.waiting).toHaveLength(1);
    await pass(world, commitAfter);
    expect((await late[0]!()).status).toBe(201);
    expect(world.influx.tokens()).toHaveLength(1);
    await pass(world, RETRY_MS);
    expect([world.influx.tokens(), world.stores.waiting]).toEqual([[], []]);
  });

  test('and later still is listed to its owner, who can revoke it, or falls to the sweep when it expires', async () => {
    const { world, late } = await openLate();
    await world.vend(await world.ciToken());
    await world.vend(await world.ciToken());
    await world.settle();
    await pass(world, 60_000);
    expect(world.stores.waiting).toEqual([]);
    for (const commit of late) await commit();
    const authorization = `Bearer ${await world.ciToken()}`;
    const { body } = await world.request('/v1/tokens', { headers: { authorization } });
    expect(body.tokens).toHaveLength(2);
    expect((await revoke(world, body.tokens[0].name, await world.ciToken())).status).toBe(204);
    await sweepUntilDone(world);
    expect(world.influx.tokens()).toHaveLength(1);
    world.clock.advance(900_000);
    await sweepUntilDone(world);
    expect(world.influx.tokens()).toEqual([]);
  });
});

test('a sweep through the other node loses nothing and leaves nothing', async () => {
  const { world, route } = await openCluster();
  const { body } = await world.vend(await world.ciToken());
  world.clock.advance(900_000);
  route.node = 1;
  await sweepUntilDone(world);
  expect(world.influx.tokens()).toEqual([]);
  expect(await writeOn(world, 0, body.token)).toBe(401);
});
