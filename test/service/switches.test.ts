// Switches over HTTP, in this process: who may set and lift them, what they cover, and what callers are told.

import { describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/foundation/keyring.ts';
import { createName } from '../../src/influx/name.ts';
import type { Reply, World } from '../world.ts';
import { createWorld, expectRefusal, POLICY } from '../world.ts';

const PEOPLE = `${POLICY.replace('ttl: 15m\n', 'ttl: 15m\n    owners: { issuer: backend, when: { team: ci } }\n')}
  - { name: shared, issuer: backend, when: { client_id: app }, allow: ["db:tenant_*:read"], ttl: 30m, share: true }
  - { name: operators, issuer: backend, when: { role: dba }, roles: [operator] }
`;

const RULE = { kind: 'rule', name: 'ci-metrics' };
const operator = (world: World) => world.backendToken({ sub: 'root', role: 'dba' });
const owner = (world: World) => world.backendToken({ sub: 'lead', team: 'ci' });
const tenant = (world: World) => world.backendToken({ sub: 'tenant', tenant: 'a' });

async function send(world: World, who: Promise<string>, method: string, path = '', body?: unknown): Promise<Reply> {
  return world.request(`/v1/switches${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await who}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
const off = (world: World, who: Promise<string>, target: unknown, more = {}) =>
  send(world, who, 'POST', '', { target, why: 'a leak', ...more });

const open = () => createWorld({ policy: PEOPLE });
const ciVend = async (world: World, overrides = {}) => world.vend(await world.ciToken(overrides));

describe('a switch that is set', () => {
  test.each([
    ['its rule', RULE],
    ['its issuer', { kind: 'issuer', name: 'github' }],
    ['its instance', { kind: 'instance', name: 'main' }],
    ['everything', { kind: 'everything' }],
    [
      'the identity, by one of its subject claims',
      { kind: 'identity', issuer: 'github', claims: { repository_id: '123456' } },
    ],
    ['the identity, by a pin', { kind: 'identity', issuer: 'github', claims: { repository_owner_id: '77' } }],
  ])('on %s refuses a vend with why and until when, and mints nothing', async (_, target) => {
    const world = await open();
    const set = await off(world, operator(world), target, { for: '2h', note: 'ticket 7' });
    expect([set.status, set.body.switch.in_force, set.body.missing]).toEqual([200, true, null]);
    world.events.length = 0;
    const reply = await ciVend(world);
    expectRefusal(world, reply, 403, 'switched_off');
    expect(reply.body).toMatchObject({
      retryable: false,
      switched_off: { target, why: 'a leak', until: '2026-11-23T14:00:00.000Z' },
    });
    expect(reply.text).not.toContain('ticket 7');
  });

  test.each([
    ['another rule', { kind: 'rule', name: 'dashboards' }],
    ['another issuer', { kind: 'issuer', name: 'backend' }],
    ['another identity', { kind: 'identity', issuer: 'github', claims: { repository_id: '9' } }],
    [
      'an identity that fits in one claim of two',
      { kind: 'identity', issuer: 'github', claims: { repository_id: '123456', repository_owner_id: '8' } },
    ],
  ])('on %s refuses nobody else', async (_, target) => {
    const world = await open();
    expect((await off(world, operator(world), target)).status).toBe(200);
    expect((await ciVend(world)).status).toBe(201);
  });

  test('covers the OAuth door and shared tokens too, those that are minted ahead included', async () => {
    const world = await open();
    await off(world, operator(world), { kind: 'rule', name: 'shared' });
    const reply = await world.vend(await world.backendToken({ client_id: 'app' }), {
      permissions: ['db:tenant_a:read'],
    });
    expect([reply.status, reply.body.reason]).toEqual([403, 'switched_off']);
    expect(world.influx.creates()).toBe(0);
  });

  test('leaves the subject token good for later', async () => {
    const world = await open();
    const set = await off(world, operator(world), RULE);
    const token = await world.ciToken();
    expect((await world.vend(token)).body.reason).toBe('switched_off');
    expect((await send(world, operator(world), 'DELETE', `/${set.body.switch.id}`)).status).toBe(200);
    expect((await world.vend(token)).status).toBe(201);
  });

  test('ends by itself', async () => {
    const world = await open();
    await off(world, operator(world), RULE, { for: '10m' });
    world.clock.advance(10 * 60_000 - 1);
    expect((await ciVend(world)).status).toBe(403);
    world.clock.advance(1);
    expect((await ciVend(world)).status).toBe(201);
    expect((await send(world, operator(world), 'GET')).body.switches).toEqual([]);
  });

  test('never stops revoking, listing, switches or their lifting', async () => {
    const world = await open();
    const vended = await ciVend(world);
    const set = await off(world, operator(world), { kind: 'everything' });
    const lease = { authorization: `Bearer ${vended.body.lease}` };
    expect((await world.request(`/v1/tokens/${vended.body.name}`, { method: 'DELETE', headers: lease })).status).toBe(
      204,
    );
    const list = await world.request('/v1/tokens', { headers: { authorization: `Bearer ${await tenant(world)}` } });
    expect(list.status).toBe(200);
    expect((await send(world, operator(world), 'GET')).body.switches).toHaveLength(1);
    expect((await send(world, operator(world), 'DELETE', `/${set.body.switch.id}`)).status).toBe(200);
  });

  test('is told to nobody whom no rule knows', async () => {
    const world = await open();
    await off(world, operator(world), { kind: 'everything' });
    const stranger = await ciVend(world, { repository_id: '9', repository_owner_id: '9' });
    expect([stranger.status, stranger.body.reason]).toEqual([403, 'no_rule']);
    expect(stranger.text).not.toContain('leak');
  });

  test('takes the place of one with the same target', async () => {
    const world = await open();
    await off(world, operator(world), RULE, { why: 'first' });
    await off(world, operator(world), RULE, { why: 'second' });
    const { switches } = (await send(world, operator(world), 'GET')).body;
    expect(switches.map(({ why }: { why: string }) => why)).toEqual(['second']);
  });

  test('is on record with who set it and who lifted it', async () => {
    const world = await open();
    const set = await off(world, operator(world), RULE);
    await send(world, operator(world), 'DELETE', `/${set.body.switch.id}`);
    await world.settle();
    const kept = (await world.stores.memoryGates.entries()).filter(({ kind }) => kind === 'switch');
    expect(kept.map(({ subject, switch: one }) => [subject?.sub, one?.turned]).sort()).toEqual([
      ['root', 'off'],
      ['root', 'on'],
    ]);
  });
});

describe('who may use switches', () => {
  test('owners may switch the rule that they own, and lift that again', async () => {
    const world = await open();
    const set = await off(world, owner(world), RULE);
    expect([set.status, set.body.switch.level]).toEqual([200, 'owner']);
    expect((await ciVend(world)).body.reason).toBe('switched_off');
    expect((await send(world, owner(world), 'DELETE', `/${set.body.switch.id}`)).status).toBe(200);
    expect((await ciVend(world)).status).toBe(201);
  });

  test('owners may switch nothing else', async () => {
    const world = await open();
    for (const target of [
      { kind: 'rule', name: 'dashboards' },
      { kind: 'issuer', name: 'github' },
      { kind: 'everything' },
    ]) {
      expect((await off(world, owner(world), target)).body.reason).toBe('operator_required');
    }
    expect((await ciVend(world)).status).toBe(201);
  });

  test('owners do not lift what an operator has set', async () => {
    const world = await open();
    const set = await off(world, operator(world), RULE, { note: 'for operators' });
    const seen = await send(world, owner(world), 'GET');
    expect(seen.body.switches).toHaveLength(1);
    expect(seen.text).not.toContain('for operators');
    const reply = await send(world, owner(world), 'DELETE', `/${set.body.switch.id}`);
    expect([reply.status, reply.body.reason]).toEqual([403, 'operator_required']);
    // Their own beside it does not take its place.
    const own = await off(world, owner(world), RULE);
    await send(world, owner(world), 'DELETE', `/${own.body.switch.id}`);
    expect((await ciVend(world)).body.reason).toBe('switched_off');
  });

  test('a caller with grants and a stranger may not, and a stranger learns nothing', async () => {
    const world = await open();
    expect((await off(world, tenant(world), RULE)).body.reason).toBe('operator_required');
    const stranger = world.ciToken({ repository_id: '9', repository_owner_id: '9' });
    expect((await off(world, stranger, RULE)).body.reason).toBe('no_rule');
    expect((await send(world, stranger, 'GET')).body.reason).toBe('no_rule');
  });
});

test.each([
  ['a rule that is not there', { kind: 'rule', name: 'ci-metrcs' }, /Did you mean "ci-metrics"/],
  ['an issuer that is not there', { kind: 'issuer', name: 'gitlab' }, /no issuer "gitlab"/],
  ['an instance that is not there', { kind: 'instance', name: 'mian' }, /Did you mean "main"/],
  [
    'a claim that identifies nobody',
    { kind: 'identity', issuer: 'github', claims: { actor: 'x' } },
    /repository_id, sub/,
  ],
  ['no claim at all', { kind: 'identity', issuer: 'github', claims: {} }, /at least one claim/],
])('a switch on %s is refused, because nothing would be switched', async (_, target, wanted) => {
  const world = await open();
  const reply = await off(world, operator(world), target);
  expect([reply.status, reply.body.reason]).toEqual([400, 'request_malformed']);
  expect(reply.body.detail).toMatch(wanted);
});

describe('revoking what is covered', () => {
  /** Rings the switchboard until the revocation is over. */
  async function finish(world: World, id: string): Promise<Reply> {
    for (let step = 0; step < 40; step++) {
      await world.stores.memoryGates.ring();
      const state = await send(world, operator(world), 'GET', `/${id}`);
      if (state.body.revocation?.state === 'done') return state;
      world.clock.advance(1_000);
    }
    throw new Error('the revocation does not end');
  }

  test('a dry run says what would be hit, and changes nothing', async () => {
    const world = await open();
    await ciVend(world);
    const reply = await off(world, operator(world), RULE, { dry_run: true });
    expect(reply.body).toEqual({
      switch: null,
      missing: null,
      hits: { rules: ['ci-metrics'], live: 1, shared: 0, incomplete: [] },
    });
    expect((await ciVend(world)).status).toBe(201);
  });

  test('of a rule ends its live tokens and no others', async () => {
    const world = await open();
    await ciVend(world);
    await ciVend(world);
    const other = await world.vend(await tenant(world));
    const set = await off(world, operator(world), RULE, { revoke: true });
    const done = await finish(world, set.body.switch.id);
    expect(done.body.revocation).toMatchObject({ revoked: 2, left: 0, failed: 0, unreachable: [] });
    expect(world.influx.tokens().map(({ name }) => name)).toEqual([other.body.name]);
  });

  test('of an identity by one claim finds its tokens in the record, and evicts shared ones that it was handed', async () => {
    const world = await open();
    const policyless = { permissions: ['db:tenant_a:read'] };
    const shared = await world.vend(await world.backendToken({ sub: 'x', client_id: 'app' }), policyless);
    const own = await world.vend(await world.backendToken({ sub: 'x', tenant: 'b' }));
    const other = await world.vend(await world.backendToken({ sub: 'y', tenant: 'a' }));
    await world.settle();
    expect([shared.status, own.status, other.status]).toEqual([201, 201, 201]);
    const target = { kind: 'identity', issuer: 'backend', claims: { sub: 'x' } };
    expect((await off(world, operator(world), target, { dry_run: true })).body.hits).toMatchObject({
      live: 2,
      shared: 1,
    });
    const set = await off(world, operator(world), target, { revoke: true });
    await finish(world, set.body.switch.id);
    expect(world.influx.tokens().map(({ name }) => name)).toEqual([other.body.name]);
    const again = await world.vend(await world.backendToken({ sub: 'z', client_id: 'app' }), policyless);
    expect(again.body.name).not.toBe(shared.body.name);
  });

  test('goes on when InfluxDB comes back', async () => {
    const world = await open();
    await ciVend(world);
    world.influx.faults.always('delete', { kind: 'status', status: 503 });
    const set = await off(world, operator(world), RULE, { revoke: true });
    for (let step = 0; step < 3; step++) {
      await world.stores.memoryGates.ring();
      world.clock.advance(6_000);
    }
    const state = await send(world, operator(world), 'GET', `/${set.body.switch.id}`);
    expect(state.body.revocation).toMatchObject({ state: 'revoking', revoked: 0 });
    world.influx.faults.clear();
    await finish(world, set.body.switch.id);
    expect(world.influx.tokens()).toEqual([]);
  });

  test.each([
    { revoke: true },
    { dry_run: true },
  ])('of a rule that is not there, and has no live tokens, is a slip of the pen even with %j', async (more) => {
    const world = await open();
    await ciVend(world);
    const reply = await off(world, operator(world), { kind: 'rule', name: 'ci-metrcs' }, more);
    expect([reply.status, reply.body.reason]).toEqual([400, 'request_malformed']);
    expect(reply.body.detail).toContain('Did you mean "ci-metrics"?');
  });

  test('of a rule that is no longer in the policy ends the tokens that it gave', async () => {
    const world = await open();
    const parts = { instance: 'main', rule: 'gone', owner: `o${'a'.repeat(26)}` };
    const keyring = createKeyring(new Uint8Array(32).fill('k'.charCodeAt(0)));
    const name = await createName(parts, keyring, {
      now: () => world.clock.now,
      random: (size) => crypto.getRandomValues(new Uint8Array(size)),
    });
    world.influx.seed([{ name, createdAt: world.clock.now, expiry: world.clock.now + 900_000 }]);
    const set = await off(world, operator(world), { kind: 'rule', name: 'gone' }, { revoke: true });
    expect(set.status).toBe(200);
    await finish(world, set.body.switch.id);
    expect(world.influx.tokens()).toEqual([]);
  });

  test('is shown after the switch was lifted, as long as it goes on, and cannot be lifted twice', async () => {
    const world = await open();
    await ciVend(world);
    const set = await off(world, operator(world), RULE, { revoke: true });
    const { id } = set.body.switch;
    world.clock.advance(1);
    expect((await send(world, operator(world), 'DELETE', `/${id}`)).status).toBe(200);
    expect((await send(world, operator(world), 'GET')).body.switches).toMatchObject([{ id, on: false }]);
    expect((await send(world, operator(world), 'DELETE', `/${id}`)).status).toBe(404);
    world.clock.advance(1);
    const later = await ciVend(world);
    expect((await finish(world, id)).body).toMatchObject({ on: false, revocation: { revoked: 1 } });
    expect(world.influx.tokens().map(({ name }) => name)).toEqual([later.body.name]);
    expect((await send(world, operator(world), 'GET')).body.switches).toEqual([]);
  });

  test('of an identity goes on with what the other gates know when one does not answer, and says which', async () => {
    const world = await createWorld({ policy: PEOPLE, hurry: 100 });
    await ciVend(world);
    await world.settle();
    const { gates, storages } = world.stores.memoryGates;
    const silent = storages.has('0') ? '1' : '0';
    Object.assign(gates(silent), { coveredNames: () => new Promise(() => {}) });
    const target = { kind: 'identity', issuer: 'github', claims: { repository_id: '123456' } };
    const reply = await off(world, operator(world), target, { dry_run: true });
    expect(reply.body.hits).toMatchObject({ live: 1, incomplete: [`gate ${silent}`] });
  });
});

test('a vend that was admitted, and asked about again after the switch was set, does not hold the switch up', async () => {
  let set: Promise<Reply> | undefined;
  const world: World = await createWorld({
    policy: PEOPLE,
    stores: (memory) => ({
      ...memory,
      gates: (digit) => ({
        ...memory.gates(digit),
        admit: async (...call) => {
          const verdict = await memory.gates(digit).admit(...call);
          if (set !== undefined || verdict !== 'admitted') return verdict;
          set = off(world, operator(world), RULE);
          await expect.poll(() => memory.board.current()).toHaveLength(1);
          await expect.poll(() => memory.gates(digit).takeSwitches(1, 0, '[]')).toContain('"open":1');
          throw Object.assign(new Error('moved'), { retryable: true });
        },
      }),
    }),
  });
  const vended = await ciVend(world);
  expect([vended.status, vended.body.reason]).toEqual([403, 'switched_off']);
  expect((await set!).status).toBe(200);
  expect(world.influx.creates()).toBe(0);
});
