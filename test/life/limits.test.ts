// The limit of a rule: never exceeded, whatever runs at the same time, and given again when tokens end, are revoked, were never made, or were
// deleted by InfluxDB's admin.

import { describe, expect, test } from 'vitest';
import { createLimit, LIMIT_FORMAT, type SlotRequest } from '../../src/admission/limit/limit.ts';
import type { Limit } from '../../src/policy/language/compiled.ts';
import type { Stores } from '../../src/service/service.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { createSqliteStorage } from '../sqlite-storage.ts';
import { createWorld, expectNoSecrets, POLICY, type Reply, type World, type WorldOptions } from '../world.ts';

const limited = (limit: string, more = '') =>
  `${POLICY.replace('ttl: 15m\n', `ttl: 15m\n    limit: ${limit}${more}\n`)}
  - { name: operators, issuer: backend, when: { client_id: ops }, roles: [operator] }
`;
const worldOf = (limit: string, options: WorldOptions = {}) => createWorld({ policy: limited(limit), ...options });

/** From now, so that it is good however long the test's clock has run. */
const token = (world: World, claims: Record<string, unknown> = {}) => world.ciToken(claims);
const ask = async (world: World, claims: Record<string, unknown> = {}) => world.vend(await token(world, claims));
const outcome = ({ status, body }: Reply) => (status === 201 ? 'made' : body.reason);

async function askTimes(world: World, times: number, claims: Record<string, unknown> = {}): Promise<string[]> {
  const outcomes: string[] = [];
  for (let at = 0; at < times; at++) {
    outcomes.push(outcome(await ask(world, claims)));
    await world.settle();
  }
  return outcomes;
}

const minutes = (world: World, count: number) => world.clock.advance(count * 60_000);

const deleteAsAdmin = (world: World, name: string) =>
  world.influx.fetch(
    new Request(`https://influx/api/v3/configure/token?token_name=${name}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${world.influx.adminToken}` },
    }),
  );

describe('is exact', () => {
  test.each([
    ['{ live: 10 }', 200],
    ['{ vends: 10, per: 1h }', 200],
    ['{ vends: 10, per: 1h, live: 50, of: caller }', 20],
  ])('%s for %s requests at once: ten tokens', async (limit, requests) => {
    // Of an issuer whose tokens may be used again, because signing 200 takes longer than the test.
    const world = await createWorld({ policy: POLICY.replace('ttl: 30m\n', `ttl: 30m\n    limit: ${limit}\n`) });
    const one = await world.backendToken({ sub: 'x', client_id: 'dashboards' });
    const ask = () => world.vend(one, { permissions: ['db:tenant_a:read'] });
    const replies = await Promise.all(Array.from({ length: requests }, ask));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(10);
    expect(replies.filter(({ body }) => body.reason === 'limit_reached')).toHaveLength(requests - 10);
    expect(world.influx.tokens()).toHaveLength(10);
    expect(world.influx.creates()).toBe(10);
    await world.settle();
    expect(world.stores.memoryGates.open()).toBe(0);
  });

  test('for a sliding window: the next token comes when the oldest has left it', async () => {
    const world = await worldOf('{ vends: 2, per: 10m }');
    expect(outcome(await ask(world))).toBe('made');
    await world.settle();
    minutes(world, 6);
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
    world.clock.advance(4 * 60_000 - 1);
    expect(await askTimes(world, 1)).toEqual(['limit_reached']);
    world.clock.advance(1);
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
  });

  test('over the time at which tokens are made, and not only that at which they were asked for', async () => {
    const delays = [9_000];
    const world = await worldOf('{ vends: 1, per: 10s }', {
      upstream: async (request, influx) => {
        const response = await influx.fetch(request);
        // Only the first takes long, so that the next one is closer to it than their requests are.
        if (request.method === 'POST') world.clock.advance(delays.shift() ?? 0);
        return response;
      },
    });
    const times: number[] = [];
    for (let second = 0; second < 60; second++) {
      if (outcome(await ask(world)) === 'made') times.push(world.clock.now);
      await world.settle();
      world.clock.advance(1_000);
    }
    const gaps = times.slice(1).map((time, at) => time - times[at]!);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
  });

  test('for each caller by themselves, where it is of the caller', async () => {
    const world = await worldOf('{ live: 1, of: caller }');
    const other = { sub: 'repo:acme/app:environment:other' };
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
    expect(await askTimes(world, 2, other)).toEqual(['made', 'limit_reached']);
  });

  test('for all callers together, where it is not', async () => {
    const world = await worldOf('{ live: 1 }');
    expect(await askTimes(world, 1)).toEqual(['made']);
    expect(await askTimes(world, 1, { sub: 'repo:acme/app:environment:other' })).toEqual(['limit_reached']);
  });

  test('for hand-outs of a shared token: each counts', async () => {
    const world = await createWorld({ policy: limited('{ vends: 3, per: 1h }', '\n    share: true') });
    expect(await askTimes(world, 5)).toEqual(['made', 'made', 'made', 'limit_reached', 'limit_reached']);
    expect(world.influx.creates()).toBe(1);
  });

  test('after a policy with other numbers, in both directions', async () => {
    const world = await worldOf('{ live: 3 }');
    expect(await askTimes(world, 4)).toEqual(['made', 'made', 'made', 'limit_reached']);
    const counter = world.stores.limits('ci-metrics');
    const request = (live: number, id: string): SlotRequest => ({
      ...{ id, who: 'w', instance: 'main', life: 900_000, finalAt: world.clock.now, madeBy: world.clock.now },
      limit: { vends: null, live, of: 'rule' },
    });
    expect(await counter.take(LIMIT_FORMAT, request(2, 'a'))).toMatchObject({ taken: false, liveLeft: 0 });
    expect(await counter.take(LIMIT_FORMAT, request(5, 'b'))).toMatchObject({ taken: true, liveLeft: 1 });
  });
});

describe('gives again', () => {
  const full = async (limit = '{ live: 2 }', options: WorldOptions = {}) => {
    const world = await worldOf(limit, options);
    const replies = [await ask(world), await ask(world)];
    await world.settle();
    expect(replies.map(outcome)).toEqual(['made', 'made']);
    expect(outcome(await ask(world))).toBe('limit_reached');
    return { world, bodies: replies.map(({ body }) => body) };
  };
  const revoke = (world: World, name: string, credential: string) =>
    world.request(`/v1/tokens/${name}`, { method: 'DELETE', headers: { authorization: `Bearer ${credential}` } });

  test('when tokens have expired, and not before', async () => {
    const { world } = await full();
    world.clock.advance(900_000 - 1);
    expect(outcome(await ask(world))).toBe('limit_reached');
    world.clock.advance(1);
    expect(await askTimes(world, 3)).toEqual(['made', 'made', 'limit_reached']);
  });

  test('when a token is revoked by its lease', async () => {
    const { world, bodies } = await full();
    expect((await revoke(world, bodies[0].name, bodies[0].lease)).status).toBe(204);
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
  });

  test('when a token is revoked by an operator, or through the OAuth door by itself', async () => {
    const { world, bodies } = await full();
    const operator = await world.backendToken({ client_id: 'ops', sub: 'o' });
    expect((await revoke(world, bodies[0].name, operator)).status).toBe(204);
    const form = { method: 'POST', body: new URLSearchParams({ token: bodies[1].token }) };
    expect((await world.request('/oauth/revoke', form)).status).toBe(200);
    expect(await askTimes(world, 3)).toEqual(['made', 'made', 'limit_reached']);
  });

  test('no vend when a token is revoked: it was made all the same', async () => {
    const { world, bodies } = await full('{ vends: 2, per: 1h, live: 2 }');
    await revoke(world, bodies[0].name, bodies[0].lease);
    const reply = await ask(world);
    expect(reply.body).toMatchObject({ reason: 'limit_reached', left: { vends: 0, live: 1 } });
  });

  test('when InfluxDB has definitely made nothing, at once and of both kinds', async () => {
    const world = await worldOf('{ vends: 1, per: 1h, live: 1 }');
    world.influx.faults.next('create', { kind: 'status', status: 400, body: 'no' });
    expect(outcome(await ask(world))).toBe('upstream_refused');
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
  });

  test('not while it is unknown whether a token was made', async () => {
    const world = await worldOf('{ live: 1 }');
    world.influx.faults.next('create', { kind: 'lost' });
    world.influx.faults.next('delete', { kind: 'reset' });
    expect(outcome(await ask(world))).toBe('upstream_unreachable');
    await world.settle();
    expect(world.influx.tokens()).toHaveLength(1);
    expect(outcome(await ask(world))).toBe('limit_reached');
    await world.stores.attempt();
    minutes(world, 1);
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
  });

  test('when the token of an unknown outcome has been deleted for certain', async () => {
    const world = await worldOf('{ live: 1 }');
    world.influx.faults.next('create', { kind: 'lost' });
    expect(outcome(await ask(world))).toBe('upstream_unreachable');
    await world.settle();
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
  });

  test('when an admin of InfluxDB has deleted a token, once its absence is final', async () => {
    const { world, bodies } = await full();
    expect((await deleteAsAdmin(world, bodies[0].name)).status).toBe(200);
    expect(outcome(await ask(world))).toBe('limit_reached');
    minutes(world, 1);
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
  });

  test('nothing when InfluxDB cannot be asked, and asks it once in five seconds at most', async () => {
    let down = false;
    const { world } = await full('{ live: 2 }', {
      upstream: (request, influx) => {
        const query = request.url.includes('query_sql');
        return down && query ? Promise.reject(new TypeError('down')) : influx.fetch(request);
      },
    });
    minutes(world, 1);
    down = true;
    const before = world.calls.length;
    const replies = await Promise.all(Array.from({ length: 30 }, () => ask(world)));
    expect(new Set(replies.map(outcome))).toEqual(new Set(['limit_reached']));
    expect(world.calls.length - before).toBeLessThan(6);
  });

  test('what the sweep has deleted', async () => {
    const { world } = await full();
    world.clock.advance(900_000);
    // By the counter's clock they still live.
    world.stores.limitStorage.get('ci-metrics')!.run('UPDATE slots SET ends = ends + 3600000, final = ends + 3600000');
    expect(outcome(await ask(world))).toBe('limit_reached');
    await world.service.sweep({ id: 'sweep', receivedAt: world.clock.now });
    expect(await askTimes(world, 1)).toEqual(['made']);
  });

  test('what a mass revocation has deleted', async () => {
    const { world } = await full();
    const operator = { authorization: `Bearer ${await world.backendToken({ client_id: 'ops', sub: 'o' })}` };
    const body = { target: { kind: 'rule', name: 'ci-metrics' }, why: 'a test', revoke: true };
    const headers = { ...operator, 'content-type': 'application/json' };
    const set = await world.request('/v1/switches', { method: 'POST', headers, body: JSON.stringify(body) });
    expect(set.status).toBeLessThan(300);
    for (let step = 0; step < 10; step++) {
      minutes(world, 0.05);
      await world.stores.memoryGates.ring();
      await world.settle();
    }
    expect(world.influx.tokens()).toEqual([]);
    const lifted = await world.request(`/v1/switches/${set.body.switch.id}`, { method: 'DELETE', headers: operator });
    expect(lifted.status).toBeLessThan(300);
    expect(await askTimes(world, 3)).toEqual(['made', 'made', 'limit_reached']);
  });

  test('when a caller went away before the answer', async () => {
    const world = await worldOf('{ live: 1 }');
    let gone = false;
    world.influx.faults.next('create', {
      kind: 'rewrite',
      response: (response) => {
        gone = true;
        return response;
      },
    });
    const receipt = { id: '01M844DZG0DXCB588VHZR3EM68', receivedAt: world.clock.now, isGone: () => gone };
    await world.service.exchange(receipt, { ok: true, value: { subjectToken: await token(world), request: {} } });
    await world.settle();
    expect(world.influx.tokens()).toEqual([]);
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
  });
});

describe('a subject token for single use', () => {
  test('that was used before holds no slot, however often it is shown', async () => {
    const world = await worldOf('{ live: 2 }');
    const used = await token(world);
    expect(outcome(await world.vend(used))).toBe('made');
    const replays = await Promise.all(Array.from({ length: 50 }, () => world.vend(used)));
    expect(new Set(replays.map(outcome))).toEqual(new Set(['token_replayed']));
    await world.settle();
    expect(await askTimes(world, 2)).toEqual(['made', 'limit_reached']);
  });

  test('is as good as before when the limit refuses it', async () => {
    const world = await worldOf('{ live: 1 }');
    const { body } = await ask(world);
    const later = await token(world);
    expect(outcome(await world.vend(later))).toBe('limit_reached');
    await world.request(`/v1/tokens/${body.name}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${body.lease}` },
    });
    expect(outcome(await world.vend(later))).toBe('made');
  });
});

describe('the answer', () => {
  test('of a vend says what is left, through each door, and nothing where there is no limit', async () => {
    const world = await worldOf('{ vends: 5, per: 1h, live: 3 }');
    expect((await ask(world)).body.limit).toEqual({ vends: { left: 4, per: 3_600 }, live: { left: 2 } });
    const form = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await token(world),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    });
    const oauth = await world.request('/oauth/token', { method: 'POST', body: form });
    expect(oauth.body.limit).toEqual({ vends: { left: 3, per: 3_600 }, live: { left: 1 } });
    const free = await world.vend(await world.backendToken({ sub: 'x', tenant: 'a' }));
    expect(free.body).not.toHaveProperty('limit');
  });

  test('of a refusal says the limit, what is left of it, and when the next is free', async () => {
    const world = await worldOf('{ vends: 1, per: 30m, live: 5, of: caller }');
    await askTimes(world, 1);
    minutes(world, 10);
    const subjectToken = await token(world);
    const reply = await world.vend(subjectToken);
    expect(reply.status).toBe(429);
    expect(reply.headers.get('retry-after')).toBe(String(20 * 60));
    expect(reply.body).toMatchObject({
      reason: 'limit_reached',
      retryable: true,
      limit: { vends: 1, per: 1_800, live: 5 },
      left: { vends: 0, live: 4 },
      of: 'caller',
      retry_after: 20 * 60,
    });
    expect(reply.body.detail).toBe(
      'The rule "ci-metrics" gives at most 1 token in 30m to each caller, and that is reached. The next one is free in 20m at the latest.',
    );
    expectNoSecrets(world, reply.text, [subjectToken]);
    expect(world.events.at(-1)).toMatchObject({ kind: 'vend', outcome: 'refused', reason: 'limit_reached' });
    // InfluxDB was never asked for it.
    expect(world.events.at(-1)).not.toHaveProperty('token_name');
    const entries = await world.stores.memoryGates.entries();
    expect(entries.at(-1)).toMatchObject({ outcome: 'failed', reason: 'limit_reached', rule: 'ci-metrics' });
  });
});

test.each([
  ['rejects', () => Promise.reject(new Error('unreachable'))],
  ['never answers', () => new Promise<never>(() => undefined)],
  ['is of an older version', async () => 'format' as const],
])('a counter that %s is 503, nothing is made, and the subject token is as good as before', async (_, take) => {
  let broken = true;
  const stores = (memory: MemoryStores): Stores => ({
    ...memory,
    limits: (rule) => ({ ...memory.limits(rule), ...(broken ? { take } : {}) }),
  });
  const world = await worldOf('{ live: 1 }', { stores, hurry: 100 });
  const subjectToken = await token(world);
  const reply = await world.vend(subjectToken);
  expect([reply.status, outcome(reply), reply.body.retryable]).toEqual([503, 'state_unavailable', true]);
  expect(world.influx.creates()).toBe(0);
  expect(world.alarms.map(({ name }) => name)).toEqual(['limit_unavailable']);
  await world.settle();
  broken = false;
  expect(outcome(await world.vend(subjectToken))).toBe('made');
});

describe('a counter', () => {
  const LIVE_ONE: Limit = { vends: null, live: 1, of: 'rule' };
  const counterOf = (now = { at: 0 }, storage = createSqliteStorage()) => {
    const runtime = { now: () => now.at, after: () => () => undefined, alarm: () => undefined };
    const catalogue = { read: async () => null };
    return { storage, now, counter: createLimit({ rule: 'r', storage, catalogue, runtime }) };
  };
  const request = (id: string, limit = LIVE_ONE): SlotRequest => ({
    ...{ id, who: 'w', instance: 'main', life: 1_000, madeBy: 20_000, finalAt: 20_000, limit },
  });

  test('gives one slot to one token, however often it is asked, and writes at each yes', async () => {
    const { counter, storage } = counterOf();
    const first = await counter.take(LIMIT_FORMAT, request('a'));
    const before = storage.written();
    expect(await counter.take(LIMIT_FORMAT, request('a'))).toEqual(first);
    expect(storage.written()).toBeGreaterThan(before);
    expect(await counter.take(LIMIT_FORMAT, request('b'))).toMatchObject({ taken: false, wait: 21_000 });
  });

  test('remembers after a restart', async () => {
    const { counter, storage, now } = counterOf();
    await counter.take(LIMIT_FORMAT, request('a'));
    const again = counterOf(now, storage).counter;
    expect(await again.take(LIMIT_FORMAT, request('b'))).toMatchObject({ taken: false });
  });

  test('holds the slot of an outcome that nobody told it until the token must be dead', async () => {
    const { counter, now } = counterOf();
    await counter.take(LIMIT_FORMAT, request('a'));
    now.at = 20_999;
    expect(await counter.take(LIMIT_FORMAT, request('b'))).toMatchObject({ taken: false, wait: 1 });
    now.at = 21_000;
    expect(await counter.take(LIMIT_FORMAT, request('b'))).toMatchObject({ taken: true });
  });

  test('takes no slot for a request that was given up before it came', async () => {
    const { counter } = counterOf();
    await counter.giveBack(LIMIT_FORMAT, 'a');
    expect(await counter.take(LIMIT_FORMAT, request('a'))).toBe('returned');
    expect(await counter.take(LIMIT_FORMAT, request('b'))).toMatchObject({ taken: true });
  });

  test('forgets what no limit counts any more, and nothing else', async () => {
    const { counter, storage, now } = counterOf();
    const limit: Limit = { vends: { count: 9, per: 3_600 }, live: null, of: 'rule' };
    for (const id of ['a', 'b']) await counter.take(LIMIT_FORMAT, request(id, limit));
    await counter.giveBack(LIMIT_FORMAT, 'b');
    const rows = () => storage.run('SELECT id FROM slots UNION ALL SELECT id FROM returned').map(({ id }) => id);
    now.at = storage.alarmAt!;
    counter.alarm();
    expect(rows()).toEqual(['a']);
    now.at = 3_600_000 + 20_000;
    counter.alarm();
    expect(rows()).toEqual([]);
  });
});
