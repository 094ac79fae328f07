// What callers are told of switches that cover them, by `whoami` and `explain`: their own, and never those of others.

import { describe, expect, test } from 'vitest';
import type { Switch, Target } from '../../src/admission/switch.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { createWorld, POLICY, type World } from '../world.ts';

const set = (world: World, target: Target, more: Partial<Switch> = {}) =>
  world.stores.board.set(
    { id: JSON.stringify(target), target, level: 'operator', why: 'a leak', until: null, set_at: 0, ...more },
    null,
  );
const bearer = (token: string) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' });
const whoami = async (world: World, token: string) =>
  (await world.request('/v1/whoami', { headers: bearer(token) })).body;
const explain = async (world: World, token: string, body = {}) =>
  (await world.request('/v1/explain', { method: 'POST', headers: bearer(token), body: JSON.stringify(body) })).body;

describe('switched_off', () => {
  test.each<[string, Target, boolean]>([
    ['everything', { kind: 'everything' }, true],
    ['their rule', { kind: 'rule', name: 'ci-metrics' }, true],
    ['their issuer', { kind: 'issuer', name: 'github' }, true],
    ['their instance', { kind: 'instance', name: 'main' }, true],
    ['them, by a pin', { kind: 'identity', issuer: 'github', claims: { repository_owner_id: '77' } }, true],
    ['another rule', { kind: 'rule', name: 'dashboards' }, false],
    ['another issuer', { kind: 'issuer', name: 'backend' }, false],
    ['somebody else', { kind: 'identity', issuer: 'github', claims: { repository_id: '9' } }, false],
  ])('names a switch on %s if a vend would meet it', async (_, target, covered) => {
    const world = await createWorld();
    await set(world, target, { until: world.clock.now + 60_000, note: 'for operators' });
    const told = covered ? [{ target, why: 'a leak', until: '2026-11-23T12:01:00.000Z' }] : [];
    expect((await whoami(world, await world.ciToken())).switched_off).toEqual(told);
    expect((await explain(world, await world.ciToken())).switched_off).toEqual(told);
    expect((await world.vend(await world.ciToken())).status).toBe(covered ? 403 : 201);
    world.clock.advance(60_000);
    expect((await whoami(world, await world.ciToken())).switched_off).toEqual([]);
  });

  test('tells a stranger nothing, and asks nobody for them', async () => {
    let asked = 0;
    const stores = (memory: MemoryStores) => {
      const current = () => {
        asked++;
        return memory.board.current();
      };
      return { ...memory, board: { ...memory.board, current } };
    };
    const world = await createWorld({ stores });
    await set(world, { kind: 'everything' });
    const stranger = await world.ciToken({ repository_id: '9', repository_owner_id: '9' });
    expect((await whoami(world, stranger)).switched_off).toEqual([]);
    expect(asked).toBe(0);
    await world.vend(await world.ciToken());
    expect(asked).toBe(0);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('down'))],
    ['never answers', () => new Promise<never>(() => {})],
  ])('is null when the switchboard %s, and the rest is told all the same', async (_, current) => {
    const stores = (memory: MemoryStores) => ({ ...memory, board: { ...memory.board, current } });
    const world = await createWorld({ stores, hurry: 100 });
    const body = await whoami(world, await world.ciToken());
    expect(body).toMatchObject({ switched_off: null, grants: [{ rule: 'ci-metrics' }] });
    expect((await explain(world, await world.ciToken())).switched_off).toBeNull();
    expect(world.alarms.map(({ name }) => name)).toContain('switchboard_unavailable');
  });

  test('covers a caller by a claim that is a number, by one of a list, and by one that is too long to be kept whole', async () => {
    const policy = POLICY.replace(
      'backend: { issuer: https://login.example.com/ }',
      'backend: { issuer: https://login.example.com/, pins: [team, groups, tenant] }',
    );
    const long = 'x'.repeat(300);
    for (const [claim, value] of [
      ['team', '7'],
      ['groups', 'b'],
      ['sub', long],
    ] as const) {
      const world = await createWorld({ policy });
      const token = () => world.backendToken({ sub: long, team: 7, groups: ['a', 'b'], tenant: 'a' });
      expect((await world.vend(await token())).status).toBe(201);
      const kept = value === long ? `${long.slice(0, 256)}\u2026` : value;
      await set(world, { kind: 'identity', issuer: 'backend', claims: { [claim]: kept } });
      expect((await world.vend(await token())).body.reason).toBe('switched_off');
      expect((await whoami(world, await token())).switched_off).toHaveLength(1);
    }
  });
});

test('whoami names the rules that the caller owns, and no others', async () => {
  const policy = POLICY.replace('ttl: 15m\n', 'ttl: 15m\n    owners: { issuer: backend, when: { team: ci } }\n');
  const world = await createWorld({ policy });
  expect((await whoami(world, await world.backendToken({ team: 'ci' }))).owns).toEqual(['ci-metrics']);
  expect((await whoami(world, await world.backendToken({ team: 'x' }))).owns).toEqual([]);
});
