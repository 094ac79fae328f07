// Sharing: callers whose decision is the same hold the same token, and InfluxDB's catalogue grows by one token a window, not by one a
// caller. In this process, with a clock that tests move; what only the real objects can show is in `objects.test.ts`.

import { describe, expect, test } from 'vitest';
import { rounds } from '../rounds.ts';
import { createWorld, expectNoSecrets, expectRefusal, POLICY, type World } from '../world.ts';

const TTL_SECONDS = 1_800;
const WINDOW_MS = 900_000;
const SYNC_SECONDS = 30;

/** A rule that shares, another that would give the same, and one with another life. */
const SHARED = `${POLICY.replace('ttl: 30m', 'ttl: 30m\n    share: true')}
  - { name: boards, issuer: backend, when: { client_id: boards }, allow: ["db:tenant_*:read"], ttl: 30m, share: true }
  - { name: short, issuer: backend, when: { client_id: short }, allow: ["db:tenant_*:read"], ttl: 10m, share: true }
`;
const CLUSTER = SHARED.replace('INFLUXDB3_ADMIN_TOKEN }', `INFLUXDB3_ADMIN_TOKEN, sync_interval: ${SYNC_SECONDS}s }`);

const TENANT_A = { permissions: ['db:tenant_a:read'] };
const TENANT_B = { permissions: ['db:tenant_b:read'] };

/** A caller whose subject token lasts as long as the tests do. */
function caller(world: World, claims: Record<string, unknown> = {}): Promise<string> {
  const now = world.clock.now / 1000;
  return world.backendToken({ client_id: 'dashboards', exp: now + 20 * 3_600, ...claims });
}

describe('callers with the same grant', () => {
  test('hold one token, which nobody of them owns, and each is told how long it lasts from now', async () => {
    const world = await createWorld({ policy: SHARED });
    const first = await world.vend(await caller(world, { sub: 'one' }), TENANT_A);
    world.clock.advance(60_000);
    const second = await world.vend(await caller(world, { sub: 'two' }), TENANT_A);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.body).toMatchObject({ shared: true, lease: null, expires_in: TTL_SECONDS, usable_after: null });
    expect(second.body).toEqual({ ...first.body, expires_in: TTL_SECONDS - 60 });
    expect(first.body.name).toMatch(/^sts\.main\.dashboards\.s[a-z2-7]{26}\./);
    expect(world.influx.creates()).toBe(1);
    expect(world.events.map(({ outcome, token_name: name }) => [outcome, name])).toEqual(
      Array(2).fill(['allowed', first.body.name]),
    );
    expectNoSecrets(world, '');
  });

  test('are 500 at once, cold, and InfluxDB is asked once', async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    const replies = await Promise.all(Array.from({ length: 500 }, () => world.vend(token, TENANT_A)));
    expect(new Set(replies.map(({ status, body }) => `${status} ${body.token}`)).size).toBe(1);
    expect(replies[0]!.status).toBe(201);
    expect(world.influx.creates()).toBe(1);
    expect(world.events).toHaveLength(500);
  });

  const IN_A_ROW = rounds(1_000, 10_000);

  test(`are ${IN_A_ROW} one after another over three windows, and InfluxDB is asked four times at most`, async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    const names = new Set<string>();
    const faults: string[] = [];
    for (let asked = 0; asked < IN_A_ROW; asked++) {
      const { status, body } = await world.vend(token, TENANT_A);
      if (status !== 201 || body.expires_in < TTL_SECONDS / 2) faults.push(`${asked}: ${status} ${body.expires_in}`);
      names.add(body.name);
      world.clock.advance((3 * WINDOW_MS) / IN_A_ROW);
    }
    await world.settle();
    expect(faults).toEqual([]);
    expect(names.size).toBeGreaterThan(2);
    expect(world.influx.creates()).toBeLessThanOrEqual(4);
  });

  test('are decided on one by one: a cached token is for nobody to whom it is not granted', async () => {
    const world = await createWorld({ policy: SHARED });
    expect((await world.vend(await caller(world), TENANT_A)).status).toBe(201);
    const outsider = await world.vend(await caller(world, { client_id: 'elsewhere' }), TENANT_A);
    expect([outsider.status, outsider.body.reason]).toEqual([403, 'no_rule']);
    const other = await world.vend(await caller(world), { permissions: ['db:prod:read'] });
    expect([other.status, other.body.reason]).toEqual([403, 'not_granted']);
  });
});

describe('a shared token', () => {
  test('is handed out while half of its life is left, and never with less', async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    const first = await world.vend(token, TENANT_A);
    world.clock.advance(WINDOW_MS);
    const last = await world.vend(token, TENANT_A);
    expect(last.body).toEqual({ ...first.body, expires_in: TTL_SECONDS / 2 });
    await world.settle();
    world.clock.advance(1);
    const fresh = await world.vend(token, TENANT_A);
    expect(fresh.body.name).not.toBe(first.body.name);
    expect(fresh.body.expires_in).toBeGreaterThanOrEqual(TTL_SECONDS - 1);
  });

  test('is minted anew after a time in which nobody asked', async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    const first = await world.vend(token, TENANT_A);
    world.clock.advance(3 * WINDOW_MS);
    const second = await world.vend(token, TENANT_A);
    expect(second.body).toMatchObject({ shared: true, expires_in: TTL_SECONDS });
    expect(second.body.name).not.toBe(first.body.name);
    await world.settle();
    expect(world.influx.creates()).toBe(2);
  });

  test('is another for other permissions, another rule or another life', async () => {
    const world = await createWorld({ policy: SHARED });
    const vends = [
      ['dashboards', TENANT_A],
      ['dashboards', TENANT_B],
      ['dashboards', { permissions: ['db:tenant_a:read', 'db:tenant_b:read'] }],
      ['boards', TENANT_A],
      ['short', TENANT_A],
    ] as const;
    const ask = async () => {
      const names: string[] = [];
      for (const [client, body] of vends) {
        names.push((await world.vend(await caller(world, { client_id: client }), body)).body.name);
      }
      return names;
    };
    const names = await ask();
    expect(new Set(names).size).toBe(vends.length);
    expect(await ask()).toEqual(names);
    expect(world.influx.creates()).toBe(vends.length);
  });

  test('is the same however its permissions are spelled', async () => {
    const world = await createWorld({ policy: SHARED });
    const token = await caller(world);
    const spellings = [
      ['db:tenant_a:read', 'db:tenant_b:read'],
      ['db:tenant_b:read', 'db:tenant_a:read', 'db:tenant_a:read'],
      ['db:tenant_b,tenant_a:read'],
    ];
    const names = new Set<string>();
    for (const permissions of spellings) names.add((await world.vend(token, { permissions })).body.name);
    expect([names.size, world.influx.creates()]).toEqual([1, 1]);
  });

  test('has the life of its rule and no other', async () => {
    for (const ttl of ['29m', '31m', 1]) {
      const world = await createWorld({ policy: SHARED });
      const reply = await world.vend(await caller(world), { ...TENANT_A, ttl });
      expectRefusal(world, reply, 400, 'ttl_refused');
    }
    const world = await createWorld({ policy: SHARED });
    expect((await world.vend(await caller(world), { ...TENANT_A, ttl: '30m' })).status).toBe(201);
    expect((await world.vend(await caller(world), { ...TENANT_A, ttl: TTL_SECONDS })).status).toBe(201);
    expect(world.influx.creates()).toBe(1);
  });

  test('rests in its store without its secret', async () => {
    const world = await createWorld({ policy: SHARED });
    const { body } = await world.vend(await caller(world), TENANT_A);
    const stored = [...world.stores.sharedStorage.values()];
    expect(stored.map(({ name }) => name)).toEqual([body.name]);
    const bytes = Buffer.concat(stored.map(({ sealed }) => Buffer.from(sealed.ciphertext)));
    expect(bytes.length).toBeGreaterThan(body.token.length);
    for (const form of [body.token, 'apiv3_']) expect(bytes.includes(form)).toBe(false);
  });
});

describe('in a cluster', () => {
  test('a token is usable everywhere from the second window on, while somebody keeps asking', async () => {
    const world = await createWorld({ policy: CLUSTER });
    const token = await caller(world);
    const first = await world.vend(token, TENANT_A);
    expect(first.body.usable_after).toBe(new Date(world.clock.now + SYNC_SECONDS * 1000).toISOString());
    const usable: unknown[] = [];
    const names = new Set<string>([first.body.name]);
    for (let at = SYNC_SECONDS * 1000; at < 5 * WINDOW_MS; at += 15_000) {
      world.clock.advance(at === SYNC_SECONDS * 1000 ? at : 15_000);
      const { body } = await world.vend(token, TENANT_A);
      await world.settle();
      usable.push(body.usable_after);
      names.add(body.name);
    }
    expect(names.size).toBeGreaterThan(4);
    expect(new Set(usable)).toEqual(new Set([null]));
  });

  test('a token says from when on it is usable as long as that lies ahead', async () => {
    const world = await createWorld({ policy: CLUSTER });
    const token = await caller(world);
    const first = await world.vend(token, TENANT_A);
    world.clock.advance(SYNC_SECONDS * 1000 - 1);
    expect((await world.vend(token, TENANT_A)).body.usable_after).toBe(first.body.usable_after);
    world.clock.advance(1);
    expect((await world.vend(token, TENANT_A)).body.usable_after).toBeNull();
  });
});
