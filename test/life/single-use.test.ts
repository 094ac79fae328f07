// Single use: a subject token is worth one database token, and nothing but a vend that succeeds uses it up. In this process, with a
// clock that tests move; the race and the crash, which only the real objects can show, are in `objects.test.ts`.

import { describe, expect, test } from 'vitest';
import type { Fault } from '../emulator/influxdb.ts';
import { createIssuer, createSigningKey } from '../emulator/issuer.ts';
import {
  AUDIENCE,
  BACKEND,
  createWorld,
  expectNoSecrets,
  expectRefusal,
  POLICY,
  type Reply,
  type World,
} from '../world.ts';

const SKEW_SECONDS = 60;
const LIFE_SECONDS = 300;

/** Both issuers sign tokens for single use. */
const BOTH_ONCE = POLICY.replace(`issuer: ${BACKEND} }`, `issuer: ${BACKEND}, single_use: true }`);

const outcome = ({ status, body }: Reply) => [status, body.reason ?? null];
const ALLOWED = [201, null];
const REPLAYED = [401, 'token_replayed'];

/** Asks a route with a subject token. */
async function ask(world: World, path: string, subjectToken: string, init: RequestInit = {}): Promise<Reply> {
  const headers = { authorization: `Bearer ${subjectToken}`, 'content-type': 'application/json' };
  return world.request(path, { ...init, headers });
}

describe('a subject token for single use', () => {
  test('gives one token, and is refused the second time with one event and no word of a secret', async () => {
    const world = await createWorld();
    const token = await world.ciToken();
    const first = await world.vend(token);
    expect(first.status).toBe(201);
    const second = await world.vend(token);
    expect(outcome(second)).toEqual(REPLAYED);
    expect(second.body).toMatchObject({ retryable: false, request_id: second.headers.get('x-request-id') });
    expect(second.headers.get('www-authenticate')).toContain('token_replayed');
    expect(world.influx.creates()).toBe(1);
    expect(world.events.map(({ outcome, reason }) => [outcome, reason])).toEqual([
      ['allowed', undefined],
      ['refused', 'token_replayed'],
    ]);
    expectNoSecrets(world, second.text, [token]);
  });

  test('is refused whatever the second request asks for', async () => {
    const world = await createWorld();
    const token = await world.ciToken();
    await world.vend(token);
    expect(outcome(await world.vend(token, { ttl: '1m' }))).toEqual(REPLAYED);
    expect(outcome(await world.vend(token, { rule: 'ci-metrics', instance: 'main' }))).toEqual(REPLAYED);
  });

  test('in a race of 200 gives one token', async () => {
    const world = await createWorld();
    const token = await world.ciToken();
    const replies = await Promise.all(Array.from({ length: 200 }, () => world.vend(token)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ body }) => body.reason === 'token_replayed')).toHaveLength(199);
    expect(world.influx.creates()).toBe(1);
    expect(world.events).toHaveLength(200);
  });

  test('signed again with the same jti is the same token', async () => {
    const world = await createWorld();
    expect(outcome(await world.vend(await world.ciToken({ jti: 'one' })))).toEqual(ALLOWED);
    expect(outcome(await world.vend(await world.ciToken({ jti: 'one', run_id: '18' })))).toEqual(REPLAYED);
    expect(outcome(await world.vend(await world.ciToken({ jti: 'two' })))).toEqual(ALLOWED);
  });

  test('of another issuer with the same jti is another token', async () => {
    const world = await createWorld({ policy: BOTH_ONCE });
    expect(outcome(await world.vend(await world.ciToken({ jti: 'one' })))).toEqual(ALLOWED);
    const other = await world.backendToken({ jti: 'one', tenant: 'a' });
    expect(outcome(await world.vend(other))).toEqual(ALLOWED);
    expect(outcome(await world.vend(other))).toEqual(REPLAYED);
  });

  test('is told apart from one whose issuer and jti only run together alike', async () => {
    const twin = await createIssuer({ iss: `${BACKEND}x`, now: () => world.clock.now });
    const entry = { issuer: twin.iss, jwks: twin.jwks(), single_use: true };
    const policy = `${BOTH_ONCE.replace('issuers:', `issuers:\n  twin: ${JSON.stringify(entry)}`)}
  - { name: twin, issuer: twin, when: { tenant: a }, allow: ["db:tenant_a:read"] }`;
    const world: World = await createWorld({ policy });
    expect(outcome(await world.vend(await world.backendToken({ jti: 'x1', tenant: 'a' })))).toEqual(ALLOWED);
    expect(outcome(await world.vend(await twin.sign({ aud: AUDIENCE, jti: '1', tenant: 'a' })))).toEqual(ALLOWED);
    expect(world.stores.memoryGates.claimed()).toBe(2);
  });

  test('is refused on replay for as long as its time and the skew allow, and is expired thereafter', async () => {
    const world = await createWorld();
    const token = await world.ciToken();
    expect(outcome(await world.vend(token))).toEqual(ALLOWED);
    world.clock.advance((LIFE_SECONDS - 1) * 1000);
    expect(outcome(await world.vend(token))).toEqual(REPLAYED);
    world.clock.advance(SKEW_SECONDS * 1000 + 999);
    // Another claim gives the store its chance to forget.
    expect(outcome(await world.vend(await world.ciToken()))).toEqual(ALLOWED);
    expect(outcome(await world.vend(token))).toEqual(REPLAYED);
    world.clock.advance(1);
    expect(outcome(await world.vend(token))).toEqual([401, 'token_expired']);
  });

  test.each([
    ['missing', { jti: undefined }, 'claim_invalid'],
    ['empty', { jti: '' }, 'claim_invalid'],
    ['a number', { jti: 7 }, 'token_malformed'],
    ['null', { jti: null }, 'token_malformed'],
    ['an array', { jti: ['one'] }, 'token_malformed'],
    ['an object', { jti: { id: 'one' } }, 'token_malformed'],
  ] as const)('whose jti is %s is refused', async (_, overrides, reason) => {
    const world = await createWorld();
    const token = await world.github.sign(
      JSON.parse(JSON.stringify({ ...(await claimsOf(world)), ...overrides })),
      overrides.jti === undefined ? { omit: ['jti'] } : {},
    );
    expectRefusal(world, await world.vend(token), 401, reason, [token]);
    expect(world.stores.memoryGates.claimed()).toBe(0);
  });

  test('needs its jti for nothing else than single use', async () => {
    const world = await createWorld();
    const token = await world.backend.sign({ aud: AUDIENCE, tenant: 'a' }, { omit: ['jti'] });
    expect(outcome(await world.vend(token))).toEqual(ALLOWED);
    expect(outcome(await world.vend(token))).toEqual(ALLOWED);
    expect(world.stores.memoryGates.claimed()).toBe(0);
  });
});

describe('a subject token stays good', () => {
  test.each<[string, unknown, number, string]>([
    ['denied what it asked for', { permissions: ['db:prod:write'] }, 403, 'not_granted'],
    ['refused its life', { ttl: '23h' }, 400, 'ttl_refused'],
    ['refused for its form', { permission: [] }, 400, 'request_malformed'],
    ['refused for a rule that is not there', { rule: 'nothing' }, 400, 'rule_unknown'],
  ])('after it was %s', async (_, body, status, reason) => {
    const world = await createWorld();
    const token = await world.ciToken();
    expectRefusal(world, await world.vend(token, body), status, reason as never, [token]);
    expect(world.stores.memoryGates.claimed()).toBe(0);
    expect(outcome(await world.vend(token))).toEqual(ALLOWED);
    expect(outcome(await world.vend(token))).toEqual(REPLAYED);
  });

  test('after another signed a token with its jti', async () => {
    const world = await createWorld();
    const token = await world.ciToken({ jti: 'the-victims' });
    const claims = await claimsOf(world);
    const forged = await world.github.sign(
      { ...claims, jti: 'the-victims' },
      { key: await createSigningKey('RS256', world.github.keys[0]!.kid) },
    );
    expectRefusal(world, await world.vend(forged), 401, 'signature_invalid', [forged]);
    expect(outcome(await world.vend(token))).toEqual(ALLOWED);
  });

  test('after a stranger came with its jti and a signature of the same issuer', async () => {
    const world = await createWorld();
    const stranger = await world.ciToken({ jti: 'the-victims', repository_id: '666', repository_owner_id: '666' });
    expectRefusal(world, await world.vend(stranger), 403, 'no_rule', [stranger]);
    expect(outcome(await world.vend(await world.ciToken({ jti: 'the-victims' })))).toEqual(ALLOWED);
  });

  const faults: readonly (readonly [string, Fault, number, string])[] = [
    ['a definite refusal', { kind: 'status', status: 400, body: 'no' }, 502, 'upstream_refused'],
    ['a connection that breaks', { kind: 'reset' }, 503, 'upstream_unreachable'],
    ['an answer that was lost', { kind: 'lost' }, 503, 'upstream_unreachable'],
    ['an error without a reason', { kind: 'status', status: 500, body: 'oops' }, 503, 'upstream_unreachable'],
    [
      'an answer that cannot be read',
      { kind: 'rewrite', response: () => new Response('{}', { status: 201 }) },
      502,
      'upstream_unreadable',
    ],
    ['a timeout', { kind: 'hang' }, 503, 'upstream_unreachable'],
  ];
  test.each(faults)('after %s of InfluxDB', async (_, fault, status, reason) => {
    const world = await createWorld({ hurry: 100 });
    const token = await world.ciToken();
    world.influx.faults.next('create', fault);
    expect(outcome(await world.vend(token))).toEqual([status, reason]);
    expect(world.stores.memoryGates.claimed()).toBe(0);
    expect(outcome(await world.vend(token))).toEqual(ALLOWED);
    expect(outcome(await world.vend(token))).toEqual(REPLAYED);
    await world.settle();
  });

  test('after any other use than a vend, and once used is still good for those', async () => {
    const world = await createWorld();
    const token = await world.ciToken();
    const others = async () => {
      const explained = await ask(world, '/v1/explain', token, { method: 'POST', body: '{}' });
      const known = await ask(world, '/v1/whoami', token);
      const listed = await ask(world, '/v1/tokens', token);
      return [explained.status, known.status, listed.status, listed.body.tokens.length];
    };
    expect(await others()).toEqual([200, 200, 200, 0]);
    expect(world.stores.memoryGates.claimed()).toBe(0);
    const { body } = await world.vend(token);
    expect(await others()).toEqual([200, 200, 200, 1]);
    const revoked = await ask(world, `/v1/tokens/${body.name}`, token, { method: 'DELETE' });
    expect(revoked.status).toBe(204);
    expect(outcome(await world.vend(token))).toEqual(REPLAYED);
  });
});

/** The claims of the CI job, as an attacker may know them. */
async function claimsOf(world: World): Promise<Record<string, unknown>> {
  const [, payload] = (await world.ciToken()).split('.');
  const { jti: _, ...claims } = JSON.parse(atob(payload!.replaceAll('-', '+').replaceAll('_', '/')));
  return claims;
}
