// Floods: each route that takes a credential counts by source before it verifies anything, and by caller after it. A counter that fails stops
// nobody, and says so.

import { describe, expect, test } from 'vitest';
import { createCalls } from '../../src/rpc/calls.ts';
import type { RateLimiter } from '../../src/service/revoke-token.ts';
import type { Stores } from '../../src/service/service.ts';
import { createWorld, POLICY, type Reply, type World, type WorldOptions } from '../world.ts';

const OPERATORS = `${POLICY}
  - { name: operators, issuer: backend, when: { client_id: ops }, roles: [operator] }
`;
const open = (limiters: Partial<Pick<Stores, 'sources' | 'identities'>>, options: WorldOptions = {}) =>
  createWorld({ policy: OPERATORS, stores: (memory) => ({ ...memory, ...limiters }), ...options });

/** Notes the keys it is asked for, and says yes to so many. */
function counting(allowed = Number.POSITIVE_INFINITY): RateLimiter & { readonly keys: string[] } {
  const keys: string[] = [];
  return { keys, take: async (key) => keys.push(key) <= allowed };
}
const NEVER: RateLimiter = { take: async () => false };

const FROM = { 'cf-connecting-ip': '192.0.2.1' };
const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields), headers: FROM });
const bearer = (token: string, method = 'GET') => ({ method, headers: { ...FROM, authorization: `Bearer ${token}` } });
type Ask = (world: World, token: string) => Promise<Reply>;

const ROUTES: readonly (readonly [string, string, Ask])[] = [
  ['POST /v1/tokens', 'vend', (world, token) => world.request('/v1/tokens', bearer(token, 'POST'))],
  ['GET /v1/tokens', 'list', (world, token) => world.request('/v1/tokens', bearer(token))],
  ['DELETE /v1/tokens/{name}', 'revoke', (world, token) => world.request('/v1/tokens/x', bearer(token, 'DELETE'))],
  ['POST /v1/explain', 'explain', (world, token) => world.request('/v1/explain', bearer(token, 'POST'))],
  ['GET /v1/whoami', 'whoami', (world, token) => world.request('/v1/whoami', bearer(token))],
  [
    'POST /oauth/token',
    'vend',
    (world, token) =>
      world.request(
        '/oauth/token',
        form({
          grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
          subject_token: token,
          subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        }),
      ),
  ],
];

describe.each(ROUTES)('%s', (_, kind, ask) => {
  test('refuses a source that asks too often before anything is verified, and records it', async () => {
    const world = await open({ sources: NEVER });
    const reply = await ask(world, await world.ciToken());
    expect([reply.status, reply.body.reason, reply.body.retryable]).toEqual([429, 'rate_limited', true]);
    expect(reply.headers.get('retry-after')).toBe('10');
    expect(world.events).toMatchObject([{ kind, outcome: 'refused', reason: 'rate_limited' }]);
    expect(world.events[0]).not.toHaveProperty('issuer');
    expect(world.calls).toEqual([]);
  });

  test('refuses a caller who asks too often before anything is decided, and records whose token it was', async () => {
    const world = await open({ identities: NEVER });
    const reply = await ask(world, await world.ciToken());
    expect([reply.status, reply.body.reason]).toEqual([429, 'rate_limited']);
    expect(world.events).toMatchObject([{ kind, outcome: 'refused', reason: 'rate_limited', issuer: 'github' }]);
    expect(world.stores.memoryGates.storages.size).toBe(0);
    expect(world.influx.requests).toEqual([]);
  });
});

test('a revocation by lease or by the token itself is counted by its source', async () => {
  const world = await open({ sources: NEVER });
  for (const token of ['stsl_x', `apiv3_${'B'.repeat(85)}A`]) {
    const reply = await world.request('/oauth/revoke', form({ token }));
    expect([reply.status, reply.body.error, reply.body.reason]).toEqual([429, 'slow_down', 'rate_limited']);
  }
  expect((await world.request('/v1/tokens/x', bearer('stsl_x', 'DELETE'))).body.reason).toBe('rate_limited');
  expect(world.events.map(({ kind }) => kind)).toEqual(['revoke', 'revoke', 'revoke']);
});

test('a readiness check shows no more to an operator who asks too often than to anyone', async () => {
  const world = await open({ identities: NEVER });
  const operator = await world.backendToken({ client_id: 'ops', sub: 'o' });
  expect((await world.request('/readyz', bearer(operator))).body).toEqual({ status: 'ready' });
  expect(world.events).toMatchObject([{ kind: 'ready', reason: 'rate_limited' }]);
});

test('another Worker is counted by its caller alone', async () => {
  const sources = counting();
  const identities = counting(1);
  const world = await open({ sources, identities });
  const runtime = { now: () => world.clock.now, random: (size: number) => new Uint8Array(size) } as never;
  const { exchange } = createCalls(world.service, runtime);
  const answers = [
    await exchange({ subjectToken: await world.ciToken() }),
    await exchange({ subjectToken: await world.ciToken() }),
  ];
  expect(answers).toMatchObject([{ ok: true }, { ok: false, problem: { reason: 'rate_limited', status: 429 } }]);
  expect(sources.keys).toEqual([]);
});

test('pages and checks without a credential are not counted, nor is the sweep', async () => {
  const world = await open({ sources: NEVER, identities: NEVER });
  for (const path of ['/healthz', '/readyz', '/docs', '/openapi.json', '/.well-known/oauth-authorization-server']) {
    expect((await world.request(path, { headers: FROM })).status).toBe(200);
  }
  expect((await world.service.sweep({ id: 'sweep', receivedAt: world.clock.now })).ok).toBe(true);
});

describe('who counts as one', () => {
  test('an address, and a network of IPv6', async () => {
    const sources = counting();
    const world = await open({ sources });
    for (const address of ['192.0.2.1', '2001:db8::1', '2001:db8::2', '2001:db8:1::1']) {
      await world.request('/v1/whoami', { headers: { 'cf-connecting-ip': address } });
    }
    expect(sources.keys).toEqual(['192.0.2.1', '2001:db8:0:0', '2001:db8:0:0', '2001:db8:1:0']);
  });

  const keysOf = async (tokens: (world: World) => Promise<string>[]) => {
    const identities = counting();
    const world = await open({ identities });
    for (const token of await Promise.all(tokens(world))) await world.request('/v1/whoami', bearer(token));
    expect(identities.keys.every((key) => /^[0-9a-f]{64}$/.test(key))).toBe(true);
    return new Set(identities.keys).size;
  };

  test('on an issuer for everybody: a party by its pins, whatever branch or environment its tokens name', async () => {
    const jobs = (world: World) => [
      world.ciToken(),
      world.ciToken({ ref: 'refs/heads/x', sub: 'repo:acme/app:ref:refs/heads/x' }),
      world.ciToken({ environment: 'y', sub: 'repo:acme/app:environment:y' }),
    ];
    expect(await keysOf(jobs)).toBe(1);
    expect(await keysOf((world) => [...jobs(world), world.ciToken({ repository_id: '9' })])).toBe(2);
  });

  test('elsewhere: a subject', async () => {
    const accounts = (world: World) => ['a', 'a', 'b'].map((sub) => world.backendToken({ sub, jti: sub }));
    expect(await keysOf(accounts)).toBe(2);
  });
});

test.each([
  ['rejects', () => Promise.reject(new Error('down'))],
  [
    'throws',
    () => {
      throw new TypeError('limit is not a function');
    },
  ],
  ['never answers', () => new Promise<never>(() => undefined)],
])('a counter that %s stops nobody, and the operator is told once a minute', async (_, take) => {
  const limiter: RateLimiter = { take: async () => take() };
  const world = await open({ sources: limiter, identities: limiter }, { hurry: 100 });
  const vends = async (times: number) => {
    for (let at = 0; at < times; at++) expect((await world.vend(await world.ciToken())).status).toBe(201);
  };
  const told = () => world.alarms.map(({ name, facts }) => `${name} ${facts.limiter}`);
  const both = ['rate_limiter_unavailable SOURCES', 'rate_limiter_unavailable IDENTITIES'];
  await vends(3);
  expect(told()).toEqual(both);
  world.clock.advance(60_000);
  await vends(2);
  expect(told()).toEqual([...both, ...both]);
});
