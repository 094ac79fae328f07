// `GET /v1/tokens?ended=true`: a caller's own tokens that have ended within a day, and why.

import { describe, expect, test } from 'vitest';
import { OPERATORS } from '../http/provoke.ts';
import { createWorld, expectNoSecrets, type World, type WorldOptions } from '../world.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const FOUR_DAYS = OPERATORS.replace('ttl: { default: 15m, max: 1h }', 'ttl: { default: 15m, max: 4d }').replace(
  'issuers:',
  'max_ttl: 4d\nissuers:',
);

const open = (options: WorldOptions = {}) => createWorld({ policy: OPERATORS, ...options });
const bearer = (credential: string) => ({ headers: { authorization: `Bearer ${credential}` } });
const tenant = (world: World, sub = 't') => world.backendToken({ sub, tenant: 'a' });
const operator = (world: World) => world.backendToken({ sub: 'dba-1', role: 'dba' });
const vend = async (world: World, sub?: string, body?: object) =>
  (await world.vend(await tenant(world, sub), body)).body;
const revoke = (world: World, name: string, credential: string) =>
  world.request(`/v1/tokens/${name}`, { method: 'DELETE', ...bearer(credential) });

async function ended(world: World, sub?: string, query = '') {
  await world.settle();
  return world.request(`/v1/tokens?ended=true${query}`, bearer(await tenant(world, sub)));
}
const iso = (world: World) => new Date(world.clock.now).toISOString();

describe('a token that has ended', () => {
  test('by its time is listed with its end, which is its expiry', async () => {
    const world = await open();
    const { name, expires_at: expiresAt } = await vend(world);
    const made = iso(world);
    expect((await ended(world)).body.tokens).toEqual([]);
    world.clock.advance(15 * MINUTE_MS);
    const { body, text } = await ended(world);
    expect(body).toEqual({
      tokens: [
        {
          name,
          rule: 'tenant-self',
          instance: 'main',
          permissions: ['db:tenant_a:read'],
          created_at: made,
          expires_at: new Date(expiresAt).toISOString(),
          shared: false,
          ended_at: new Date(expiresAt).toISOString(),
          end: 'expired',
        },
      ],
      incomplete: [],
      cursor: null,
    });
    expectNoSecrets(world, text);
  });

  test.each([
    ['owner', async (world: World) => tenant(world)],
    ['operator', operator],
    ['lease', async (_: World, lease: string) => lease],
  ] as const)('because its %s revoked it says so', async (by, credential) => {
    const world = await open();
    const { name, lease } = await vend(world);
    world.clock.advance(MINUTE_MS);
    await revoke(world, name, await credential(world, lease));
    const { body } = await ended(world);
    expect(body.tokens).toMatchObject([{ name, end: 'revoked', revoked_by: by, ended_at: iso(world) }]);
    world.clock.advance(20 * MINUTE_MS);
    expect((await ended(world)).body.tokens).toMatchObject([{ name, end: 'revoked' }]);
  });

  test('before it was revoked has expired', async () => {
    const world = await open();
    const { name, lease } = await vend(world);
    world.clock.advance(20 * MINUTE_MS);
    await revoke(world, name, lease);
    expect((await ended(world)).body.tokens).toMatchObject([{ name, end: 'expired' }]);
  });

  test('because nobody was there to receive it says so', async () => {
    const world = await open();
    let gone = false;
    await world.service.exchange(
      {
        id: '01JDCM6W0000000000000000AA',
        receivedAt: world.clock.now,
        isGone: () => {
          const answer = gone;
          gone = true;
          return answer;
        },
      },
      { ok: true, value: { subjectToken: await tenant(world), request: {} } },
    );
    expect((await ended(world)).body.tokens).toMatchObject([{ end: 'undelivered' }]);
  });

  test('is listed for a day from its end, however long it had lived', async () => {
    const world = await open({ policy: FOUR_DAYS });
    const { name } = await vend(world, 't', { ttl: '3d' });
    world.clock.advance(4 * DAY_MS - 1);
    expect((await ended(world)).body.tokens).toMatchObject([{ name, end: 'expired' }]);
    world.clock.advance(1);
    expect((await ended(world)).body.tokens).toEqual([]);
  });

  test('is listed for its owner alone', async () => {
    const world = await open();
    await vend(world, 't');
    const { name } = await vend(world, 'u');
    world.clock.advance(20 * MINUTE_MS);
    expect((await ended(world, 'u')).body.tokens.map((token: { name: string }) => token.name)).toEqual([name]);
    expect((await ended(world, 'v')).body.tokens).toEqual([]);
  });

  test('is listed when the key of the service was rotated since', async () => {
    const world = await open();
    const { name } = await vend(world);
    world.clock.advance(20 * MINUTE_MS);
    const rotated = world.restart({ STS_KEY: btoa('n'.repeat(32)), STS_KEY_PREVIOUS: btoa('k'.repeat(32)) });
    expect((await ended(rotated)).body.tokens).toMatchObject([{ name }]);
  });
});

test('what was never made is no token', async () => {
  const world = await open();
  world.influx.faults.next('create', { kind: 'status', status: 400, body: 'no' });
  expect((await world.vend(await tenant(world))).status).toBe(502);
  world.clock.advance(60 * MINUTE_MS);
  expect((await ended(world)).body.tokens).toEqual([]);
});

test('those that ended last come first, at most a hundred', async () => {
  const world = await open();
  const names: string[] = [];
  for (let at = 0; at < 103; at++) {
    names.push((await vend(world)).name);
    world.clock.advance(1_000);
  }
  world.clock.advance(20 * MINUTE_MS);
  const { body } = await ended(world);
  expect(body.tokens.map(({ name }: { name: string }) => name)).toEqual(names.reverse().slice(0, 100));
});

test('can be narrowed to a rule and to an instance', async () => {
  const world = await open();
  await vend(world);
  world.clock.advance(20 * MINUTE_MS);
  const count = async (query: string) => (await ended(world, 't', query)).body.tokens.length;
  expect([await count('&rule=tenant-self'), await count('&rule=dashboards'), await count('&instance=main')]).toEqual([
    1, 0, 1,
  ]);
});

test('asks no InfluxDB, and names the gates that do not answer', async () => {
  const world = await open({
    stores: (memory) => ({
      ...memory,
      gates: (digit) =>
        digit === 'b'
          ? { ...memory.gates(digit), search: () => Promise.reject(new Error('down')) }
          : memory.gates(digit),
    }),
  });
  await vend(world);
  const before = world.influx.requests.length;
  expect((await ended(world)).body.incomplete).toEqual(['gate b']);
  expect(world.influx.requests.length).toBe(before);
});

test('of everybody is refused, and leads to the trail', async () => {
  const world = await open();
  const reply = await world.request('/v1/tokens?ended=true&all=true', bearer(await operator(world)));
  expect([reply.status, reply.body.reason]).toEqual([400, 'request_malformed']);
  expect(reply.body.detail).toContain('/v1/audit/events');
});
