// Where the claims of single use are kept, as the service sees it: how often it is asked, what it is told, and what its absence means.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import type { Stores } from '../../src/service/service.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { AUDIENCE, createWorld, expectRefusal, type Reply } from '../world.ts';

const SKEW_SECONDS = 60;
const LIFE_SECONDS = 300;

const outcome = ({ status, body }: Reply) => [status, body.reason ?? null];
const REPLAYED = [401, 'token_replayed'];

describe('the store of claims', () => {
  /** Stores whose shards answer as told, and the calls that reached them. */
  function withShard(answers: Partial<ReturnType<Stores['claims']>>) {
    const calls: string[] = [];
    const stores = (memory: MemoryStores): Stores => ({
      ...memory,
      claims: (name) => ({
        claim: (key, until, attempt) => {
          calls.push(`claim ${name} ${until}`);
          return (answers.claim ?? memory.claims(name).claim)(key, until, attempt);
        },
        release: (key, attempt) => {
          calls.push(`release ${name}`);
          return (answers.release ?? memory.claims(name).release)(key, attempt);
        },
      }),
    });
    return { stores, calls };
  }
  const never = () => new Promise<never>(() => undefined);

  test('is called once where a vend succeeds, with the time until which the token could be shown again', async () => {
    const { stores, calls } = withShard({});
    const world = await createWorld({ stores });
    await world.vend(await world.ciToken());
    const until = world.clock.now / 1000 + LIFE_SECONDS + SKEW_SECONDS;
    expect(calls).toEqual([expect.stringMatching(new RegExp(`^claim [0-9a-f]{2} ${until}$`))]);
  });

  test('is called a second time where a mint fails, and never before the decision', async () => {
    const { stores, calls } = withShard({});
    const world = await createWorld({ stores });
    await world.vend(await world.ciToken(), { permissions: ['db:prod:write'] });
    expect(calls).toEqual([]);
    world.influx.faults.next('create', { kind: 'reset' });
    await world.vend(await world.ciToken());
    expect(calls.map((call) => call.split(' ')[0])).toEqual(['claim', 'release']);
    await world.settle();
  });

  test('is many stores, and none of them sees every token', async () => {
    const { stores, calls } = withShard({});
    const world = await createWorld({ stores });
    for (let count = 0; count < 40; count++) await world.vend(await world.ciToken({ jti: `${count}` }));
    expect(new Set(calls.map((call) => call.split(' ')[1])).size).toBeGreaterThan(20);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('unreachable'))],
    ['never answers', never],
  ])('refuses everything when it %s: it fails closed', async (_, claim) => {
    const world = await createWorld({ stores: withShard({ claim }).stores, hurry: 100 });
    const token = await world.ciToken();
    const reply = await world.vend(token);
    expectRefusal(world, reply, 503, 'state_unavailable', [token]);
    expect(reply.body.retryable).toBe(true);
    expect(reply.headers.get('retry-after')).toBe('10');
    expect(world.alarms.map(({ name }) => name)).toEqual(['replay_guard_unavailable']);
    expect((await world.vend(await world.backendToken({ tenant: 'a' }))).status).toBe(201);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('unreachable'))],
    ['never answers', never],
  ])('leaves the token burnt, and tells the operator, when it %s a release', async (_, release) => {
    const world = await createWorld({ stores: withShard({ release }).stores, hurry: 100 });
    const token = await world.ciToken();
    world.influx.faults.next('create', { kind: 'status', status: 400, body: 'no' });
    expect(outcome(await world.vend(token))).toEqual([502, 'upstream_refused']);
    expect(world.alarms.map(({ name }) => name)).toContain('claim_not_released');
    expect(outcome(await world.vend(token))).toEqual(REPLAYED);
  });

  test('holds digests, neither a jti nor an issuer', async () => {
    const world = await createWorld();
    await world.vend(await world.ciToken({ jti: 'a-recognisable-jti' }));
    expect([...world.stores.claimed.keys()]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });
});

test('a policy sets single use beside any preset; of the presets only github-actions sets it by itself', async () => {
  const issuers = `
audience: ${AUDIENCE}
issuers:
  actions: { preset: github-actions }
  relaxed: { preset: github-actions, issuer: "https://token.actions.githubusercontent.com/acme", single_use: false }
  gitlab: { preset: gitlab }
  strict: { preset: google, single_use: true }
  plain: { issuer: "https://login.example.com/" }
instances:
  main: { url: "https://influxdb.example.com", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules: []
`;
  const { policy } = await compilePolicy(issuers, { development: false });
  expect(Object.values(policy!.issuers).map(({ name, singleUse }) => [name, singleUse])).toEqual([
    ['actions', true],
    ['relaxed', false],
    ['gitlab', false],
    ['strict', true],
    ['plain', false],
  ]);
});
