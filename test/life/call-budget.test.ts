// What a vend may cost its caller: how many objects it calls and how many requests it sends before the answer. A change that adds one must
// change this file, and say why it is worth it.

import { expect, test } from 'vitest';
import type { Stores } from '../../src/service/service.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { createWorld, POLICY, type World } from '../world.ts';

const SHARED = `${POLICY}
  - { name: shared, issuer: backend, when: { client_id: app }, allow: ["db:tenant_*:read"], ttl: 30m, share: true }
`;
const TENANT_A = { permissions: ['db:tenant_a:read'] };
/** They count requests beside the objects, and are bindings of another kind. */
const RATE_LIMITS = ['revocations', 'sources', 'identities'];

/** The stores, and the calls that reach them in their order, by the names of the store and the call. */
function counted(memory: MemoryStores, calls: string[]): Stores {
  const watch = <T extends object>(object: T, store: string): T =>
    new Proxy(object, {
      get: (target, key) => {
        const found = Reflect.get(target, key) as unknown;
        if (typeof found !== 'function' || typeof key !== 'string') return found;
        return (...given: unknown[]) => {
          calls.push(`${store}.${key}`);
          return Reflect.apply(found, target, given) as unknown;
        };
      },
    });
  const entries = Object.entries(memory).map(([name, store]) => {
    if (RATE_LIMITS.includes(name) || store === null) return [name, store];
    if (typeof store === 'function') {
      return [name, (...given: unknown[]) => watch((store as (...all: unknown[]) => object)(...given), name)];
    }
    return [name, typeof store === 'object' ? watch(store, name) : store];
  });
  return Object.fromEntries(entries) as Stores;
}

async function open() {
  const calls: string[] = [];
  const world = await createWorld({ policy: SHARED, stores: (memory) => counted(memory, calls) });
  /** The calls and upstream requests of one vend: before its answer, and after it. */
  const costOf = async (subjectToken: string, body?: unknown) => {
    calls.length = 0;
    world.influx.requests.length = 0;
    expect((await world.vend(subjectToken, body)).status).toBe(201);
    const before = { objects: [...calls], requests: world.influx.requests.map(({ operation }) => operation) };
    await world.settle();
    return { ...before, after: calls.slice(before.objects.length).filter((call) => !before.objects.includes(call)) };
  };
  return { world, costOf };
}
const app = (world: World) => world.backendToken({ client_id: 'app' });

test('a vend calls one object and sends one request before its answer, whether its subject token is for single use or not', async () => {
  const { world, costOf } = await open();
  for (const token of [world.ciToken(), world.ciToken(), world.backendToken({ tenant: 'a' })]) {
    const { objects, requests } = await costOf(await token);
    expect(objects.filter((call) => call !== 'gates.settle')).toEqual(['gates.admit']);
    expect(requests).toEqual(['create']);
  }
});

test('a shared vend calls two objects before its answer, and InfluxDB only where its token is made', async () => {
  const { world, costOf } = await open();
  const cold = await costOf(await app(world), TENANT_A);
  expect(cold.objects.slice(0, 2)).toEqual(['gates.admit', 'sharedTokens.obtain']);
  expect(cold.requests).toEqual(['create']);
  const warm = await costOf(await app(world), TENANT_A);
  expect(warm.objects.filter((call) => call !== 'gates.settle')).toEqual(['gates.admit', 'sharedTokens.obtain']);
  expect(warm.requests).toEqual([]);
});

test('a vend by a rule with a limit calls one object more, the counter of that rule, and tells it afterwards', async () => {
  const calls: string[] = [];
  const policy = POLICY.replace('ttl: 15m\n', 'ttl: 15m\n    limit: { live: 10 }\n');
  const world = await createWorld({ policy, stores: (memory) => counted(memory, calls) });
  expect((await world.vend(await world.ciToken())).status).toBe(201);
  expect(calls.slice(0, 2)).toEqual(['gates.admit', 'limits.take']);
  await world.settle();
  expect(calls.slice(2).sort()).toEqual(['gates.settle', 'limits.made']);
});

test('a refusal of a stranger calls nothing, and one of a known caller nothing before its answer but a gate, beside it', async () => {
  const { world } = await open();
  const calls: string[] = [];
  const strangers = await createWorld({ policy: SHARED, stores: (memory) => counted(memory, calls) });
  await strangers.vend(await strangers.ciToken({ repository_id: '9', repository_owner_id: '9' }));
  await strangers.settle();
  expect([calls, strangers.influx.requests]).toEqual([[], []]);
  expect((await world.vend(await world.ciToken(), { permissions: ['db:prod:write'] })).status).toBe(403);
  expect(world.influx.requests).toEqual([]);
});
