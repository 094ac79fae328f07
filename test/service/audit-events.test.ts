// The trail as operators read it and as callers see their own part of it: what is kept of which request, and who may see it.

import { describe, expect, test } from 'vitest';
import type { Gate } from '../../src/admission/gate/gate.ts';
import { OPERATORS } from '../http/provoke.ts';
import { rounds } from '../rounds.ts';
import { createWorld, expectNoSecrets, expectRefusal, type Reply, type World, type WorldOptions } from '../world.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

const open = (options: WorldOptions = {}) => createWorld({ policy: OPERATORS, ...options });
const bearer = (credential: string) => ({ headers: { authorization: `Bearer ${credential}` } });
const operator = (world: World) => world.backendToken({ sub: 'dba-1', role: 'dba' });

/** As an operator, once everything that outlives an answer is done. */
async function read(world: World, query = ''): Promise<Reply> {
  await world.settle();
  return world.request(`/v1/audit/events${query}`, bearer(await operator(world)));
}
/** Kinds and outcomes, oldest first, without the service's own. */
const told = ({ body }: Reply) =>
  body.events
    .filter(({ actor }: { actor: string }) => actor !== 'service')
    .map(({ kind, outcome }: { kind: string; outcome: string }) => `${kind} ${outcome}`)
    .reverse();
const revoke = (world: World, name: string, credential: string) =>
  world.request(`/v1/tokens/${name}`, { method: 'DELETE', ...bearer(credential) });
const idOf = (reply: Reply) => reply.headers.get('x-request-id')!;
const never = () => new Promise<never>(() => undefined);

describe('GET /v1/audit/events', () => {
  test('shows an operator what was given, to whom and by which rule', async () => {
    const world = await open();
    const token = await world.ciToken();
    const vended = await world.vend(token);
    const reply = await read(world);
    expect(reply.status).toBe(200);
    expect(reply.body.events[0]).toMatchObject({
      kind: 'vend',
      actor: 'caller',
      outcome: 'made',
      request_id: idOf(vended),
      token_name: vended.body.name,
      expires_at: vended.body.expires_at,
      issuer: 'github',
      rule: 'ci-metrics',
      instance: 'main',
      policy: world.policy.digest,
      permissions: ['db:ci_metrics:write'],
      ttl: 900,
      subject: expect.objectContaining({ repository_id: '123456' }),
      run: expect.anything(),
      commitment: expect.stringMatching(/^[\w-]{43}$/),
      time: new Date(world.clock.now).toISOString(),
    });
    expect(reply.body).toMatchObject({ incomplete: [], cursor: null });
    expectNoSecrets(world, reply.text, [token]);
    const salts = [...world.stores.memoryGates.storages.values()].flatMap((storage) =>
      storage.run('SELECT salt FROM entries').map(({ salt }) => String(salt)),
    );
    expect(salts.length).toBeGreaterThan(0);
    for (const salt of salts) expect(reply.text).not.toContain(salt);
  });

  test.each([
    ['a caller with grants', (world: World) => world.ciToken(), 403, 'operator_required'],
    ['a stranger', (world: World) => world.ciToken({ repository_id: '9', repository_owner_id: '9' }), 403, 'no_rule'],
    ['nobody', async () => 'x', 401, 'token_malformed'],
  ] as const)('shows %s nothing', async (_, credential, status, reason) => {
    for (const path of ['/v1/audit/events', '/v1/audit/events/01JDCM6W0000000000000000AA']) {
      const world = await open();
      const reply = await world.request(path, bearer(await credential(world)));
      expectRefusal(world, reply, status, reason);
      expect(world.events.map(({ kind }) => kind)).toEqual(['read']);
      expect(world.stores.memoryGates.storages.size).toBe(0);
    }
  });

  test('is the last hour, unless the query says otherwise', async () => {
    const world = await open();
    const vended = await world.vend(await world.ciToken());
    await world.settle();
    const at = new Date(world.clock.now).toISOString();
    const name = vended.body.name;
    world.clock.advance(HOUR_MS + 1);
    expect(told(await read(world))).not.toContain('vend made');
    for (const query of [
      `?since=${at}`,
      `?since=${at}&until=${at}`,
      `?until=${at}`,
      `?request_id=${idOf(vended)}`,
      `?token_name=${name}`,
    ]) {
      expect(told(await read(world, query)), query).toContain('vend made');
    }
    world.clock.advance(24 * HOUR_MS);
    expect(told(await read(world, `?request_id=${idOf(vended)}`))).toEqual(['vend made']);
    expect(told(await read(world, `?until=${at}&since=2026-11-22T13:00:00%2B01:00`))).toContain('vend made');
  });

  test.each([
    ['since=2026-11-22T11:59:59Z', '24 hours'],
    ['since=2026-11-01T00:00:00Z&until=2026-11-02T00:00:01Z', '24 hours'],
    ['since=2026-11-23T12:00:00Z&until=2026-11-23T11:00:00Z', 'before'],
    ['since=2026-11-24T12:00:00Z', 'before'],
    ['since=yesterday', 'RFC 3339'],
    ['since=2026-11-23', 'RFC 3339'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['limit=1e1', 'limit'],
    ['request_id=abc', '26 characters'],
    ['token_name=apiv3_x', 'sts.'],
    ['cursor=x', 'cursor'],
    ['cursor=', 'cursor'],
    ['rules=x', 'did you mean "rule"'],
    ['rule=x&rule=y', ''],
  ])('with %s says what is wrong', async (query, words) => {
    const world = await open();
    const reply = await world.request(`/v1/audit/events?${query}`, bearer(await operator(world)));
    expect([reply.status, reply.body.reason]).toEqual([400, 'request_malformed']);
    expect(reply.body.detail).toContain(words);
  });

  test('filters by rule, issuer, outcome, request and name, and by several at once', async () => {
    const world = await open();
    const ci = await world.vend(await world.ciToken());
    await world.vend(await world.ciToken(), { permissions: ['db:other:write'] });
    const tenant = await world.vend(await world.backendToken({ sub: 't', tenant: 'a' }));
    await world.settle();
    world.clock.advance(2 * MINUTE_MS);
    await world.stores.memoryGates.ring();
    const names = async (query: string) => {
      const { body } = await read(world, `?${query}`);
      return body.events.flatMap(({ token_name: name, kind }: { token_name?: string; kind: string }) =>
        kind === 'read' || kind === 'policy' ? [] : [name ?? kind],
      );
    };
    expect(await names('rule=ci-metrics&outcome=made')).toEqual([ci.body.name]);
    expect(await names('issuer=backend')).toEqual([tenant.body.name]);
    expect(await names('outcome=refused')).toEqual(['refusal']);
    expect(await names(`request_id=${idOf(tenant)}`)).toEqual([tenant.body.name]);
    expect(await names(`request_id=${idOf(tenant)}&rule=ci-metrics`)).toEqual([]);
    expect(await names(`token_name=${ci.body.name}`)).toEqual([ci.body.name]);
    expect(await names('token_name=sts.main.tenant-self.')).toEqual([tenant.body.name]);
    expect(await names('rule=nobody')).toEqual([]);
  });

  test('leads through all pages by its cursor, and each entry is on one', async () => {
    const world = await open();
    for (let at = 0; at < 25; at++) await world.vend(await world.ciToken({ jti: `j${at}` }));
    const names: string[] = [];
    let cursor = '';
    do {
      const { body } = await read(world, `?limit=7&outcome=made${cursor}`);
      names.push(...body.events.map(({ token_name: name }: { token_name: string }) => name));
      cursor = body.cursor === null ? '' : `&cursor=${body.cursor}`;
    } while (cursor !== '');
    expect([names.length, new Set(names).size]).toEqual([25, 25]);
  });

  test('names a gate that does not answer', async () => {
    const world = await open({
      hurry: 100,
      stores: (memory) => ({
        ...memory,
        gates: (digit) => (digit === 'a' ? { ...memory.gates(digit), search: never } : memory.gates(digit)),
      }),
    });
    expect((await read(world)).body.incomplete).toEqual(['gate a']);
    expect(world.events.at(-1)).toMatchObject({ kind: 'read', outcome: 'allowed', incomplete: ['gate a'] });
  });

  test('is itself kept, one entry a minute for each operator and question', async () => {
    const world = await open();
    for (let at = 0; at < 10; at++) await read(world, '?rule=ci-metrics');
    await world.settle();
    world.clock.advance(2 * MINUTE_MS);
    await world.stores.memoryGates.ring();
    const { body } = await read(world);
    expect(body.events).toMatchObject([
      {
        kind: 'read',
        actor: 'operator',
        outcome: 'done',
        query: { rule: 'ci-metrics' },
        subject: { sub: 'dba-1' },
        issuer: 'backend',
      },
    ]);
    expect(body.events[0].count).toBeGreaterThanOrEqual(8);
  });
});

describe('GET /v1/audit/events/{request_id}', () => {
  test('shows a vend while it is open, closed as unknown, and found', async () => {
    const world = await open({
      stores: (memory) => ({
        ...memory,
        gates: (digit) => ({ ...memory.gates(digit), settle: () => Promise.reject(new Error('lost')) }),
      }),
    });
    const vended = await world.vend(await world.ciToken());
    const show = () => read(world, `/${idOf(vended)}`);
    const first = (await show()).body;
    expect(first.events.map(({ kind }: { kind: string }) => kind)).toEqual(['policy']);
    expect(first.open).toMatchObject([{ kind: 'vend', token_name: vended.body.name, rule: 'ci-metrics' }]);
    world.clock.advance(MINUTE_MS);
    await world.stores.memoryGates.ring();
    const reply = await show();
    expect(told(reply)).toEqual(['vend unknown', 'vend found']);
    expect(reply.body.open).toEqual([]);
    expectNoSecrets(world, reply.text);
  });

  test('shows a refusal in its minute, and its folded entry afterwards', async () => {
    const world = await open();
    const refused = await world.vend(await world.ciToken(), { permissions: ['db:other:write'] });
    const show = () => read(world, `/${idOf(refused)}`);
    expect((await show()).body.open).toMatchObject([{ kind: 'refusal', reason: 'not_granted', count: 1 }]);
    world.clock.advance(2 * MINUTE_MS);
    await world.stores.memoryGates.ring();
    const { body } = await show();
    expect(body.events).toMatchObject([{ kind: 'refusal', outcome: 'refused', reason: 'not_granted', count: 1 }]);
    expect(body.open).toEqual([]);
  });

  test.each([
    ['a list', (world: World, token: string) => world.request('/v1/tokens', bearer(token))],
    [
      'an explanation',
      (world: World, token: string) => world.request('/v1/explain', { method: 'POST', ...bearer(token) }),
    ],
    ['whoami', (world: World, token: string) => world.request('/v1/whoami', bearer(token))],
    ['a forged token', (world: World, token: string) => world.vend(`${token.slice(0, -8)}AAAAAAAA`)],
  ] as const)('of %s is not found, and says what the log alone has', async (_, ask) => {
    const world = await open();
    const asked = await ask(world, await world.ciToken());
    const reply = await read(world, `/${idOf(asked)}`);
    expect([reply.status, reply.body.reason]).toEqual([404, 'not_found']);
    expect(reply.body.detail).toContain('in the log alone');
  });

  test.each([
    'x',
    '01JDCM6W0000000000000000A',
    'apiv3_secret',
    '81JDCM6W0000000000000000AA',
  ])('of %s says what the id of a request looks like, and does not repeat it', async (id) => {
    const world = await open();
    const reply = await read(world, `/${id}`);
    expect([reply.status, reply.body.reason]).toEqual([404, 'not_found']);
    expect(reply.body.detail).toContain('26 characters');
    expect(reply.body.detail).not.toContain('secret');
  });

  test('is not denied to exist while a gate does not answer', async () => {
    const down: Partial<Gate> = { search: () => Promise.reject(new Error('down')) };
    const world = await open({
      stores: (memory) => ({
        ...memory,
        gates: (digit) => (digit === '0' ? { ...memory.gates(digit), ...down } : memory.gates(digit)),
      }),
    });
    const reply = await read(world, '/01JDCM6W0000000000000000AA');
    expect([reply.status, reply.body.reason, reply.body.retryable]).toEqual([503, 'state_unavailable', true]);
  });
});

describe('what is kept', () => {
  test('of a revocation: by whom it was, and who that is where it was verified', async () => {
    const world = await open();
    const vend = async (jti: string) => (await world.vend(await world.ciToken({ jti }))).body;
    const [own, leased, held, others] = [await vend('1'), await vend('2'), await vend('3'), await vend('4')];
    await revoke(world, own.name, await world.ciToken());
    await revoke(world, leased.name, leased.lease);
    await world.request('/oauth/revoke', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${held.token}`,
    });
    await revoke(world, others.name, await operator(world));
    const { body } = await read(world);
    const revocations = body.events
      .filter(({ kind }: { kind: string }) => kind === 'revoke')
      .map(({ token_name: name, actor, outcome, issuer, subject }: Record<string, unknown>) => [
        name,
        actor,
        outcome,
        issuer ?? null,
        subject === undefined ? null : Object.keys(subject as object)[0],
      ]);
    expect(revocations.sort()).toEqual(
      [
        [own.name, 'owner', 'done', 'github', 'repository_id'],
        [leased.name, 'lease', 'done', null, null],
        [held.name, 'holder', 'done', null, null],
        [others.name, 'operator', 'done', 'backend', 'sub'],
      ].sort(),
    );
  });

  test('of a revocation that is not done yet: that it is repeated', async () => {
    const world = await open();
    const { body } = await world.vend(await world.ciToken());
    world.influx.faults.next('delete', { kind: 'reset' });
    expect((await revoke(world, body.name, body.lease)).status).toBe(503);
    await revoke(world, body.name, body.lease);
    await revoke(world, body.name, body.lease);
    expect(told(await read(world))).toEqual(expect.arrayContaining(['vend made', 'revoke pending', 'revoke done']));
    expect(told(await read(world)).filter((one: string) => one.startsWith('revoke'))).toHaveLength(2);
  });

  test('of a sweep: what it has done, and nothing of one that had nothing to do', async () => {
    const world = await open();
    const sweep = () => world.service.sweep({ id: '01JDCM6W0000000000000000AA', receivedAt: world.clock.now });
    await sweep();
    await world.vend(await world.ciToken());
    world.clock.advance(20 * MINUTE_MS);
    await sweep();
    await sweep();
    const { body } = await read(world);
    const sweeps = body.events.filter(({ kind }: { kind: string }) => kind === 'sweep');
    expect(sweeps).toMatchObject([
      { actor: 'service', outcome: 'done', request_id: '01JDCM6W0000000000000000AA', sweep: { deleted: 1, left: 0 } },
    ]);
  });

  test('of the key: a fingerprint when it is first seen, and when it is rotated', async () => {
    const world = await open();
    const note = (one: World) =>
      one.service.noteKeys({ id: '01JDCM6W0000000000000000AA', receivedAt: world.clock.now });
    const sights = async () =>
      (await read(world)).body.events
        .filter(({ kind }: { kind: string }) => kind === 'key')
        .map(({ key, previous_key: previous }: Record<string, string>) => [key, previous ?? null]);
    await note(world);
    await note(world);
    const [[first]] = await sights();
    const rotated = world.restart({ STS_KEY: btoa('n'.repeat(32)), STS_KEY_PREVIOUS: btoa('k'.repeat(32)) });
    await note(rotated);
    await note(rotated);
    await note(rotated.restart({ STS_KEY: btoa('n'.repeat(32)), STS_KEY_PREVIOUS: undefined }));
    const all = await sights();
    const next = all.map(([key]: string[]) => key).find((key: string) => key !== first);
    expect(all.map(String).sort()).toEqual([String([first, null]), String([next, first]), String([next, null])].sort());
    expect(first).toMatch(/^[a-z2-7]{16}$/);
  });

  const patient = { timeout: rounds(30_000, 900_000) };
  test(
    'of a known caller who is refused without end: a few rows, and the next vend does not notice',
    patient,
    async () => {
      const world = await open();
      const token = await world.ciToken();
      await world.vend(await world.ciToken({ jti: 'before' }));
      await world.settle();
      const written = () =>
        [...world.stores.memoryGates.storages.values()].reduce((sum, storage) => sum + storage.written(), 0);
      const before = written();
      const refusals = rounds(300, 100_000);
      for (let at = 0; at < refusals; at++) await world.vend(token, { permissions: ['db:other:write'] });
      await world.settle();
      expect(written() - before).toBeLessThanOrEqual(2 * (Math.log2(refusals) + 2));
      expect((await world.vend(token)).status).toBe(201);
      world.clock.advance(2 * MINUTE_MS);
      await world.stores.memoryGates.ring();
      const { body } = await read(world, '?outcome=refused');
      expect(body.events).toHaveLength(1);
      expect(body.events[0].count).toBeGreaterThan(refusals / 2);
    },
  );

  test('of a verified stranger: nothing, and no gate is called, however often they come', patient, async () => {
    const calls: string[] = [];
    const world = await open({
      stores: (memory) => ({
        ...memory,
        gates: (digit) => {
          calls.push(digit);
          return memory.gates(digit);
        },
      }),
    });
    const stranger = await world.ciToken({ repository_id: '9', repository_owner_id: '9' });
    const requests = rounds(100, 100_000);
    for (let at = 0; at < requests; at++) {
      await world.vend(stranger);
      if (at % 10 > 0) continue;
      await world.request('/v1/tokens?ended=true', bearer(stranger));
      await world.request('/v1/explain', { method: 'POST', ...bearer(stranger) });
      await world.request('/v1/audit/events', bearer(stranger));
      await world.request('/v1/whoami', bearer(stranger));
    }
    await world.settle();
    expect(calls).toEqual([]);
  });
});
