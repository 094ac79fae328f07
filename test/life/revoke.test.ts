// Revoking: who may, what it answers, and that what belongs to another cannot be told from what does not exist.

import { describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/foundation/keyring.ts';
import { createLease } from '../../src/influx/lease.ts';
import { createName } from '../../src/influx/name.ts';
import { createWorld, expectNoSecrets, POLICY, type Reply, type World, type WorldOptions } from '../world.ts';

const OPERATORS_AND_SHARING = `${POLICY}
  - name: operators
    issuer: backend
    when: { role: dba }
    roles: [operator]
  - name: dashboards-shared
    issuer: backend
    when: { client_id: shared }
    allow: ["db:tenant_a:read"]
    ttl: 30m
    share: true
`;

const OLD_KEY = btoa('k'.repeat(32));
const NEW_KEY = btoa('n'.repeat(32));
const NEWEST_KEY = btoa('x'.repeat(32));
const keyring = createKeyring(new Uint8Array(32).fill('k'.charCodeAt(0)));
const runtime = { now: () => 0, random: (size: number) => crypto.getRandomValues(new Uint8Array(size)) };

const open = (options: WorldOptions = {}) => createWorld({ policy: OPERATORS_AND_SHARING, ...options });
const operator = (world: World) => world.backendToken({ sub: 'dba-1', role: 'dba' });
const revoke = (world: World, name: string, credential: string) =>
  world.request(`/v1/tokens/${name}`, { method: 'DELETE', headers: { authorization: `Bearer ${credential}` } });
const catalogue = (world: World) => world.influx.tokens().map(({ name }) => name);
const upstream = (world: World) => world.influx.requests.map(({ operation }) => operation);

/** What a caller can see of an answer, but for the id that differs by itself. */
function visible({ status, headers, body }: Reply) {
  const { request_id: _id, ...rest } = body ?? {};
  return { status, headers: [...headers].filter(([name]) => name !== 'x-request-id'), rest };
}

/** A CI job's token, everything before it forgotten. */
async function vended(world: World) {
  const reply = await world.vend(await world.ciToken());
  expect(reply.status).toBe(201);
  world.events.length = 0;
  world.influx.requests.length = 0;
  return reply.body as { name: string; lease: string; token: string };
}

function expectNotFound(world: World, reply: Reply): void {
  expect([reply.status, reply.body.reason, reply.body.retryable]).toEqual([404, 'not_found', false]);
  expect(upstream(world)).toEqual([]);
  expect(world.events.map(({ kind, outcome, reason }) => [kind, outcome, reason])).toEqual([
    ['revoke', 'refused', 'not_found'],
  ]);
}

describe('is revoked', () => {
  test.each<[string, (world: World, lease: string) => Promise<string>]>([
    ['by its owner, with a later subject token', (world) => world.ciToken({ jti: 'another', run_id: '2' })],
    ['by an operator', operator],
    ['by its lease', async (_, lease) => lease],
  ])('%s', async (_, credential) => {
    const world = await open();
    const { name, lease } = await vended(world);
    const reply = await revoke(world, name, await credential(world, lease));
    expect([reply.status, reply.text]).toEqual([204, '']);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(catalogue(world)).toEqual([]);
    expect(upstream(world)).toEqual(['delete']);
    expect(world.events).toMatchObject([
      { kind: 'revoke', outcome: 'allowed', instance: 'main', rule: 'ci-metrics', token_name: name },
    ]);
    expectNoSecrets(world, reply.text, [lease]);
  });

  test('twice, with 204 twice, on a single node', async () => {
    const world = await open();
    const { name, lease } = await vended(world);
    expect((await revoke(world, name, lease)).status).toBe(204);
    expect((await revoke(world, name, lease)).status).toBe(204);
    expect((await revoke(world, name, await world.ciToken())).status).toBe(204);
    expect(world.stores.waiting).toEqual([]);
  });

  test('by its lease after the subject token has expired', async () => {
    const world = await open();
    const subjectToken = await world.ciToken();
    const { body } = await world.vend(subjectToken);
    world.clock.advance(600_000);
    expect((await revoke(world, body.name, subjectToken)).body.reason).toBe('token_expired');
    expect((await revoke(world, body.name, body.lease)).status).toBe(204);
    expect(catalogue(world)).toEqual([]);
  });

  test('and dead at once', async () => {
    const world = await open();
    const { name, lease, token } = await vended(world);
    const write = async () => {
      const url = 'https://influxdb/api/v3/write_lp?db=ci_metrics';
      const init = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: 'm v=1' };
      return (await world.influx.fetch(new Request(url, init))).status;
    };
    expect(await write()).toBe(204);
    await revoke(world, name, lease);
    expect(await write()).toBe(401);
  });
});

describe("another's token", () => {
  const strangers: [string, (world: World) => Promise<string>][] = [
    [
      'a caller of the same rule',
      (world) => world.ciToken({ workflow: 'another', ref: 'refs/heads/other', repository_id: '124' }),
    ],
    ['a caller of another rule', (world) => world.backendToken({ sub: 'b', tenant: 'a' })],
    ['a caller whom no rule knows', (world) => world.ciToken({ repository_id: '9', repository_owner_id: '9' })],
    ['the same subject of another issuer', (world) => world.backendToken({ sub: 'repo:acme/api:ref:refs/heads/main' })],
  ];
  test.each(strangers)('cannot be revoked or told from one that does not exist, by %s', async (_, credential) => {
    const world = await open();
    const { name } = await vended(world);
    const theirs = await revoke(world, name, await credential(world));
    expectNotFound(world, theirs);

    const parts = { instance: 'main', rule: 'ci-metrics', owner: `o${'a'.repeat(26)}` };
    const absent = await revoke(world, await createName(parts, keyring, runtime), await credential(world));
    const nonsense = await revoke(world, 'nonsense', await credential(world));
    expect(visible(absent)).toEqual(visible(theirs));
    expect(visible(nonsense)).toEqual(visible(theirs));
    expect(upstream(world)).toEqual([]);
    expect(catalogue(world)).toEqual([name]);
  });

  test('costs a lease holder nothing but a 404', async () => {
    const world = await open();
    const [mine, theirs] = [await vended(world), await vended(world)];
    expectNotFound(world, await revoke(world, theirs.name, mine.lease));
    expect(catalogue(world)).toEqual([mine.name, theirs.name]);
  });
});

describe('a name that this service did not make is 404 without a call upstream', () => {
  const changes: [string, (name: string) => string][] = [
    ['with another tag', (name) => `${name.slice(0, -1)}${name.endsWith('q') ? 'a' : 'q'}`],
    ['with the tag cut short', (name) => name.slice(0, -1)],
    ['with another rule', (name) => name.replace('ci-metrics', 'ci-metricz')],
    ['with another instance', (name) => name.replace('sts.main', 'sts.spare')],
    ['with another owner', (name) => name.replace(/\.o./, name.includes('.oa') ? '.ob' : '.oa')],
    ['turned into a shared one', (name) => name.replace('.o', '.s')],
    ['in capitals', (name) => name.toUpperCase()],
    ['with something behind it', (name) => `${name}%00`],
    ['with a line end behind it', (name) => `${name}%0A`],
    ['with a wildcard', (name) => name.replace(/[^.]+$/, '%25')],
    ['that is the admin token', () => '_admin'],
    ['that is not even UTF-8', () => '%ff%fe'],
    ['that is very long', () => 'a'.repeat(5_000)],
  ];
  test.each(changes)('%s', async (_, change) => {
    for (const who of ['owner', 'operator', 'lease']) {
      const world = await open();
      const { name, lease } = await vended(world);
      const credential = { owner: world.ciToken, operator: () => operator(world), lease: async () => lease }[who]!;
      expectNotFound(world, await revoke(world, change(name), await credential()));
      expect(catalogue(world)).toEqual([name]);
    }
  });

  const TOKEN = `apiv3_${'B'.repeat(85)}A`;
  test.each<[string, string, RegExp]>([
    ['a database token', TOKEN, /^This is a database token .* revoke it, by POST \/oauth\/revoke/],
    ['one that is percent-encoded', TOKEN.replace('_', '%5F').replace('a', '%61'), /^This is a database token /],
    ['one that was cut, with what stood before it', 'Bearer%20apiv3_BB', /^This is a database token /],
    ['a lease', `stsl_${'B'.repeat(20)}.${'B'.repeat(43)}`, /^This is a lease .* by POST \/oauth\/revoke/],
    ['a subject token', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJCQkIifQ.BBBBBB', /^This is a subject token /],
  ])('that is %s, with words of its own, which repeat nothing of it', async (_, credential, words) => {
    for (const who of ['owner', 'operator', 'lease']) {
      const world = await open();
      const { lease } = await vended(world);
      const shown = { owner: world.ciToken, operator: () => operator(world), lease: async () => lease }[who]!;
      const reply = await revoke(world, credential, await shown());
      expectNotFound(world, reply);
      expect(reply.body.detail).toMatch(words);
      expect(reply.text + JSON.stringify([world.events, world.alarms])).not.toMatch(/apiv3_|stsl_|eyJ|BBB/);
    }
  });

  test('on an instance that the policy no longer has', async () => {
    const world = await open();
    const parts = { instance: 'retired', rule: 'ci-metrics', owner: `o${'a'.repeat(26)}` };
    const name = await createName(parts, keyring, runtime);
    expectNotFound(world, await revoke(world, name, await operator(world)));
  });
});

describe('a lease', () => {
  const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const respell = (lease: string) => `${lease.slice(0, -1)}${BASE64URL[BASE64URL.indexOf(lease.at(-1)!) + 1]}`;
  const flip = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  test.each<[string, (lease: string) => string]>([
    ['in the first character of its name', (lease) => flip(lease, 5)],
    ['in the last character of its name', (lease) => flip(lease, lease.indexOf('.') - 1)],
    ['in the first character of its MAC', (lease) => flip(lease, lease.indexOf('.') + 1)],
    ['in the last bits of its MAC', (lease) => `${lease.slice(0, -1)}${lease.endsWith('_') ? '-' : '_'}`],
    ['in bits that its last character does not use', respell],
    ['by padding', (lease) => `${lease}=`],
    ['by losing its MAC', (lease) => lease.slice(0, lease.indexOf('.'))],
    ['by losing all but its prefix', () => 'stsl_'],
    ['by growing out of bounds', (lease) => lease.replace('stsl_', `stsl_${'A'.repeat(4_000)}`)],
  ])('that was changed %s is malformed', async (_, change) => {
    const world = await open();
    const { name, lease } = await vended(world);
    const reply = await revoke(world, name, change(lease));
    expect([reply.status, reply.body.reason]).toEqual([401, 'token_malformed']);
    expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(upstream(world)).toEqual([]);
    expect(catalogue(world)).toEqual([name]);
    expect(world.events).toMatchObject([{ kind: 'revoke', outcome: 'refused', reason: 'token_malformed' }]);
  });

  test('made with a key that is not ours is malformed', async () => {
    const world = await open();
    const { name } = await vended(world);
    const forged = await createLease(name, createKeyring(new Uint8Array(32).fill(1)));
    expect((await revoke(world, name, forged)).body.reason).toBe('token_malformed');
  });

  test('opens nothing but its own revocation', async () => {
    const world = await open();
    const { lease } = await vended(world);
    const headers = { authorization: `Bearer ${lease}` };
    const replies = [
      await world.request('/v1/tokens', { headers }),
      await world.request('/v1/tokens', { method: 'POST', headers }),
      await world.request('/v1/whoami', { headers }),
    ];
    expect(replies.map(({ status, body }) => [status, body.reason])).toEqual([
      [401, 'token_malformed'],
      [401, 'token_malformed'],
      [401, 'token_malformed'],
    ]);
    expect(upstream(world)).toEqual([]);
  });
});

describe('a shared token', () => {
  const share = async (world: World) => {
    const subjectToken = await world.backendToken({ sub: 's', client_id: 'shared' });
    const reply = await world.vend(subjectToken);
    expect([reply.status, reply.body.shared, reply.body.lease]).toEqual([201, true, null]);
    world.events.length = 0;
    world.influx.requests.length = 0;
    return { subjectToken, name: reply.body.name as string };
  };

  test('is not its receivers’ to revoke, nor that of a lease that somebody made up from it', async () => {
    const world = await open();
    const { subjectToken, name } = await share(world);
    expectNotFound(world, await revoke(world, name, subjectToken));
    world.events.length = 0;
    expectNotFound(world, await revoke(world, name, await createLease(name, keyring)));
    expect(catalogue(world)).toEqual([name]);
  });

  test('is revoked by an operator, and nobody receives it any more', async () => {
    const world = await open();
    const { subjectToken, name } = await share(world);
    expect((await revoke(world, name, await operator(world))).status).toBe(204);
    expect(catalogue(world)).toEqual([]);
    const next = await world.vend(subjectToken);
    expect([next.status, next.body.name === name]).toEqual([201, false]);
  });

  test('is left alone while its store cannot be told: it would be handed out dead', async () => {
    const world = await open({
      stores: (memory) => ({
        ...memory,
        sharedTokens: (owner) => ({
          obtain: memory.sharedTokens(owner).obtain,
          evict: async () => {
            throw new Error('the store is down');
          },
        }),
      }),
    });
    const { name } = await share(world);
    const reply = await revoke(world, name, await operator(world));
    expect([reply.status, reply.body.reason, reply.body.retryable]).toEqual([503, 'state_unavailable', true]);
    expect(upstream(world)).toEqual([]);
  });
});

describe('when InfluxDB does not delete', () => {
  test.each([
    ['a reset', { kind: 'reset' } as const],
    ['a server error', { kind: 'status', status: 500 } as const],
    ["a gateway's 404", { kind: 'status', status: 404, body: '404 page not found' } as const],
    ["a gateway's empty 404", { kind: 'status', status: 404 } as const],
  ])('because of %s, the caller is told so and the deletion is repeated', async (_, fault) => {
    const world = await open();
    const { name, lease } = await vended(world);
    world.influx.faults.next('delete', fault);
    const reply = await revoke(world, name, lease);
    expect([reply.status, reply.body.reason, reply.body.retryable]).toEqual([503, 'upstream_unreachable', true]);
    expect(reply.headers.get('retry-after')).toBe('10');
    expect(catalogue(world)).toEqual([name]);
    await world.stores.attempt();
    expect(catalogue(world)).toEqual([]);
    expect(world.stores.waiting).toEqual([]);
  });

  test('and the deletion cannot be kept either, no repetition is promised', async () => {
    const world = await open({
      stores: (memory) => ({
        ...memory,
        deletions: { schedule: () => Promise.reject(new Error('the store is down')) },
      }),
    });
    const { name, lease } = await vended(world);
    world.influx.faults.next('delete', { kind: 'reset' });
    const reply = await revoke(world, name, lease);
    expect([reply.status, reply.body.reason]).toEqual([503, 'upstream_unreachable']);
    expect(reply.body.detail).not.toContain('repeated');
    expect(world.alarms.map(({ name }) => name)).toEqual(['upstream_unreachable', 'deletion_not_kept']);
    expect(world.alarms[1]!.facts).toEqual({ instance: 'main', token_name: name });
  });

  test('because there is no admin token for the instance, that is said to the owner alone', async () => {
    const world = await open();
    const { name, lease } = await vended(world);
    const broken = world.restart({ INFLUXDB3_ADMIN_TOKEN: undefined });
    expect((await revoke(broken, name, lease)).body.reason).toBe('misconfigured');
    expect((await revoke(broken, name, await world.backendToken({ sub: 'x' }))).body.reason).toBe('not_found');
  });
});

describe('after the key was rotated', () => {
  const rotated = { STS_KEY: NEW_KEY, STS_KEY_PREVIOUS: OLD_KEY };

  test.each<[string, (world: World, lease: string) => Promise<string>]>([
    ['its owner', (world) => world.ciToken()],
    ['an operator', operator],
    ['its lease', async (_, lease) => lease],
  ])('an older token is still revoked by %s', async (_, credential) => {
    const world = await open();
    const { name, lease } = await vended(world);
    const after = world.restart(rotated);
    expect((await revoke(after, name, await credential(after, lease))).status).toBe(204);
    expect(catalogue(world)).toEqual([]);
  });

  test("another's older token is still 404", async () => {
    const world = await open();
    const { name } = await vended(world);
    const after = world.restart(rotated);
    expectNotFound(after, await revoke(after, name, await world.backendToken({ sub: 'b', tenant: 'a' })));
  });

  test('once more, names and leases of the oldest key are no longer ours', async () => {
    const world = await open();
    const { name, lease } = await vended(world);
    const after = world.restart({ STS_KEY: NEWEST_KEY, STS_KEY_PREVIOUS: NEW_KEY });
    expect((await revoke(after, name, await operator(world))).status).toBe(404);
    expect((await revoke(after, name, lease)).body.reason).toBe('token_malformed');
    expect(catalogue(world)).toEqual([name]);
  });
});
