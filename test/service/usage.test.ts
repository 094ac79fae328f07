// `GET /v1/audit/usage`: when each rule was last used, as all gates together have counted.

import { expect, test } from 'vitest';
import { mergeUsage } from '../../src/admission/gate/usage.ts';
import { createWorld, POLICY, type World } from '../world.ts';

const OPERATORS = `${POLICY}
  - { name: operators, issuer: backend, when: { client_id: ops }, roles: [operator] }
  - { name: boards, issuer: backend, when: { client_id: boards }, allow: ["db:tenant_a:read"], ttl: 30m, share: true }
`;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const usage = async (world: World) => {
  const token = await world.backendToken({ client_id: 'ops', sub: 'operator' });
  const { status, body } = await world.request('/v1/audit/usage', { headers: { authorization: `Bearer ${token}` } });
  expect(status).toBe(200);
  return body;
};
const vend = async (world: World, token: Promise<string>) => {
  const reply = await world.vend(await token);
  await world.settle();
  return reply.status;
};

test('tells the hour of the last use and how often, over all gates', async () => {
  const world = await createWorld({ policy: OPERATORS });
  for (let at = 0; at < 20; at++) expect(await vend(world, world.ciToken())).toBe(201);
  world.clock.advance(2 * HOUR_MS);
  expect(await vend(world, world.backendToken({ sub: 'u', client_id: 'boards' }))).toBe(201);
  expect(await usage(world)).toEqual({
    since: '2026-11-23T12:00:00.000Z',
    rules: [
      { rule: 'boards', last_used: '2026-11-23T14:00:00.000Z', admissions: 2 },
      { rule: 'ci-metrics', last_used: '2026-11-23T12:00:00.000Z', admissions: 20 },
    ],
  });
  expect(world.events.at(-1)).toMatchObject({ kind: 'usage', outcome: 'allowed', issuer: 'backend' });
});

test('takes a failed mint for a use, and a refusal for none', async () => {
  const world = await createWorld({ policy: OPERATORS });
  world.influx.faults.next('create', { kind: 'status', status: 400, body: 'no' });
  expect(await vend(world, world.ciToken())).toBe(502);
  expect(await vend(world, world.backendToken({ sub: 'u', client_id: 'nobody' }))).toBe(403);
  expect((await usage(world)).rules).toMatchObject([{ rule: 'ci-metrics', admissions: 1 }]);
});

test('tells the day once hours have been put together, and claims no more than what is kept', async () => {
  const world = await createWorld({ policy: OPERATORS });
  expect(await vend(world, world.ciToken())).toBe(201);
  const later = async (days: number) => {
    world.clock.advance(days * DAY_MS);
    for (const storage of world.stores.memoryGates.storages.values()) storage.alarmAt = 0;
    await world.stores.memoryGates.ring();
    return usage(world);
  };
  expect(await later(10)).toMatchObject({
    since: '2026-11-23T12:00:00.000Z',
    rules: [{ rule: 'ci-metrics', last_used: '2026-11-23T00:00:00.000Z' }],
  });
  const after = await later(110);
  expect(after.rules).toEqual([]);
  expect(Date.parse(after.since)).toBe(world.clock.now - 99 * DAY_MS);
});

test('believes no gate that has lost its storage about what was before', () => {
  const gate = (born: number, lost: boolean, lastUsed: number) =>
    JSON.stringify({ born, lost, rules: [{ rule: 'a', lastUsed, admissions: 1 }] });
  expect(mergeUsage([gate(5, false, 7), gate(90, false, 99), gate(50, true, 60)], 1_000)).toEqual({
    since: 50,
    rules: [{ rule: 'a', lastUsed: 99, admissions: 3 }],
  });
  expect(mergeUsage([gate(5, false, 7), gate(90, false, 99)], 1_000).since).toBe(5);
});
