// Sharing when something is against it: an operator who withdraws the token, InfluxDB or the store failing, a policy that cannot share.
// And what it costs while nothing is.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { formatFinding } from '../../src/policy/build/report.ts';
import type { Stores } from '../../src/service/service.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { createWorld, expectRefusal, POLICY, type Reply, type World } from '../world.ts';

const TTL_SECONDS = 1_800;
const WINDOW_MS = 900_000;

/** A rule that shares, and an operator. */
const SHARED = `${POLICY.replace('ttl: 30m', 'ttl: 30m\n    share: true')}
  - { name: operators, issuer: backend, when: { client_id: ops }, roles: [operator] }
`;

const TENANT_A = { permissions: ['db:tenant_a:read'] };

/** A caller whose subject token lasts as long as the tests do. */
function caller(world: World, claims: Record<string, unknown> = {}): Promise<string> {
  const now = world.clock.now / 1000;
  return world.backendToken({ client_id: 'dashboards', exp: now + 20 * 3_600, ...claims });
}

const operator = (world: World) => caller(world, { client_id: 'ops', sub: 'operator' });

async function remove(world: World, name: string, subjectToken: string): Promise<Reply> {
  return world.request(`/v1/tokens/${name}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${subjectToken}` },
  });
}

describe('revoking a shared token', () => {
  test('is not for those who hold it: to them it is not there', async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    const { body } = await world.vend(token, TENANT_A);
    const before = world.influx.requests.length;
    const reply = await remove(world, body.name, token);
    expect([reply.status, reply.body.reason]).toEqual([404, 'not_found']);
    expect(world.influx.requests).toHaveLength(before);
    expect((await world.vend(token, TENANT_A)).body.name).toBe(body.name);
  });

  test('by an operator withdraws it before it is deleted, and a request right afterwards gets a new one', async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    const { body } = await world.vend(token, TENANT_A);
    const order: string[] = [];
    const { sharedStorage } = world.stores;
    world.influx.faults.next('delete', {
      kind: 'rewrite',
      response: (response) => {
        order.push(`deleted with ${sharedStorage.size} stored`);
        return response;
      },
    });
    expect((await remove(world, body.name, await operator(world))).status).toBe(204);
    expect(order).toEqual(['deleted with 0 stored']);
    expect(world.influx.tokens()).toEqual([]);
    const after = await world.vend(token, TENANT_A);
    expect(after.body).toMatchObject({ shared: true, expires_in: TTL_SECONDS });
    expect(world.influx.tokens().map(({ name }) => name)).toEqual([after.body.name]);
  });

  test('withdraws it also when InfluxDB cannot be reached', async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    const { body } = await world.vend(token, TENANT_A);
    world.influx.faults.next('delete', { kind: 'reset' });
    expect((await remove(world, body.name, await operator(world))).status).toBe(503);
    expect((await world.vend(token, TENANT_A)).body.name).not.toBe(body.name);
    await world.stores.attempt();
    expect(world.influx.tokens().map(({ name }) => name)).not.toContain(body.name);
  });

  test('the one minted ahead works as well', async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    const first = await world.vend(token, TENANT_A);
    world.clock.advance(WINDOW_MS);
    await world.vend(token, TENANT_A);
    await world.settle();
    const ahead = world.influx.tokens().find(({ name }) => name !== first.body.name)!;
    expect((await remove(world, ahead.name, await operator(world))).status).toBe(204);
    world.clock.advance(1);
    const { body } = await world.vend(token, TENANT_A);
    expect([first.body.name, ahead.name]).not.toContain(body.name);
  });
});

describe('faults', () => {
  test('of InfluxDB reach all who wait, and the next request tries again', async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    world.influx.faults.next('create', { kind: 'lost' });
    const replies = await Promise.all(Array.from({ length: 50 }, () => world.vend(token, TENANT_A)));
    expect(new Set(replies.map(({ status, body }) => `${status} ${body.reason}`))).toEqual(
      new Set(['503 upstream_unreachable']),
    );
    expect(world.influx.creates()).toBe(1);
    await world.settle();
    expect(world.influx.tokens()).toEqual([]);
    const after = await world.vend(token, TENANT_A);
    expect(after.status).toBe(201);
    expect(world.influx.tokens().map(({ name }) => name)).toEqual([after.body.name]);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('unreachable'))],
    ['never answers', () => new Promise<never>(() => undefined)],
  ])('of the store are 503 when it %s, and name no token', async (_, fails) => {
    const stores = (memory: MemoryStores): Stores => ({
      ...memory,
      sharedTokens: () => ({ obtain: fails, evict: fails }),
    });
    const world = await createWorld({ policy: SHARED, stores, hurry: 200 });
    const token = await caller(world);
    const reply = await world.vend(token, TENANT_A);
    expectRefusal(world, reply, 503, 'state_unavailable', [token]);
    expect(reply.body.retryable).toBe(true);
    expect(world.events[0]).not.toHaveProperty('token_name');
    expect(world.alarms.map(({ name }) => name)).toEqual(['shared_token_unavailable']);
  });

  test('of the store keep an operator from revoking, and the token alive', async () => {
    const stores = (memory: MemoryStores): Stores => ({
      ...memory,
      sharedTokens: (owner) => ({
        obtain: memory.sharedTokens(owner).obtain,
        evict: () => Promise.reject(new Error('unreachable')),
      }),
    });
    const world = await createWorld({ policy: SHARED, stores });
    const { body } = await world.vend(await caller(world), TENANT_A);
    const reply = await remove(world, body.name, await operator(world));
    expect([reply.status, reply.body.reason]).toEqual([503, 'state_unavailable']);
    expect(world.influx.tokens()).toHaveLength(1);
  });

  test('of a shared mint give back the jti of a subject token for single use', async () => {
    const policy = SHARED.replace('ttl: 15m\n', 'ttl: 15m\n    share: true\n');
    const world = await createWorld({ policy });
    const token = await world.ciToken();
    world.influx.faults.next('create', { kind: 'status', status: 400, body: 'no' });
    expect((await world.vend(token)).body.reason).toBe('upstream_refused');
    expect((await world.vend(token)).body).toMatchObject({ shared: true, rule: 'ci-metrics' });
    expect((await world.vend(token)).body.reason).toBe('token_replayed');
  });
});

test.each([
  ['a range of lives', 'ttl: { default: 15m, max: 1h }', /a shared token has one fixed life.*write one duration/s],
  [
    'the end of the subject token',
    'ttl: 15m, within_subject_token: true',
    /a shared token outlives each subject token/,
  ],
])('a policy cannot share a token with %s', async (_, life, wanted) => {
  const rule = `{ name: wrong, issuer: backend, when: { client_id: x }, allow: ["db:a:read"], share: true, ${life} }`;
  const { policy, findings } = await compilePolicy(`${POLICY}\n  - ${rule}\n`, { development: false });
  expect(policy).toBeNull();
  expect(findings.map((finding) => formatFinding('policy', finding)).join('\n')).toMatch(wanted);
});
