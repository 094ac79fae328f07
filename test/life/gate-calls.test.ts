// Where the claims of single use are kept, as the service sees it: how often a gate is asked, what it is told, and what its absence means.

import { describe, expect, test } from 'vitest';
import type { Gate } from '../../src/admission/gate/gate.ts';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import type { Stores } from '../../src/service/service.ts';
import type { MemoryStores } from '../memory-stores.ts';
import { AUDIENCE, createWorld, expectRefusal, type Reply } from '../world.ts';

const SKEW_SECONDS = 60;
const LIFE_SECONDS = 300;

const outcome = ({ status, body }: Reply) => [status, body.reason ?? null];
const REPLAYED = [401, 'token_replayed'];

describe('a gate', () => {
  /** Gates that answer as told, and the calls that reached them. */
  function withGate(answers: Partial<Gate>) {
    const calls: string[] = [];
    const stores = (memory: MemoryStores): Stores => ({
      ...memory,
      gates: (digit) => ({
        ...memory.gates(digit),
        admit: (...call) => {
          calls.push(`admit ${digit} ${call[3]}`);
          return (answers.admit ?? memory.gates(digit).admit)(...call);
        },
        settle: (...call) => {
          calls.push(`settle ${digit}`);
          return (answers.settle ?? memory.gates(digit).settle)(...call);
        },
      }),
    });
    return { stores, calls };
  }
  const never = () => new Promise<never>(() => undefined);

  test('is called once before the answer, with the time until which the token could be shown again', async () => {
    const { stores, calls } = withGate({});
    const world = await createWorld({ stores });
    await world.vend(await world.ciToken());
    await world.settle();
    const until = world.clock.now / 1000 + LIFE_SECONDS + SKEW_SECONDS;
    expect(calls).toEqual([
      expect.stringMatching(new RegExp(`^admit [0-9a-f] ${until}$`)),
      expect.stringMatching(/^settle [0-9a-f]$/),
    ]);
  });

  test('is never called before the decision', async () => {
    const { stores, calls } = withGate({});
    const world = await createWorld({ stores });
    await world.vend(await world.ciToken(), { permissions: ['db:prod:write'] });
    expect(calls).toEqual([]);
  });

  test('is one of many, and none of them sees every token', async () => {
    const { stores, calls } = withGate({});
    const world = await createWorld({ stores });
    for (let count = 0; count < 40; count++) await world.vend(await world.ciToken({ jti: `${count}` }));
    expect(new Set(calls.map((call) => call.split(' ')[1])).size).toBeGreaterThan(8);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('unreachable'))],
    ['never answers', never],
  ])('that %s refuses everything: it fails closed', async (_, admit) => {
    const world = await createWorld({ stores: withGate({ admit }).stores, hurry: 100 });
    const token = await world.ciToken();
    const reply = await world.vend(token);
    expectRefusal(world, reply, 503, 'state_unavailable', [token]);
    expect(reply.body.retryable).toBe(true);
    expect(reply.headers.get('retry-after')).toBe('10');
    expect(world.alarms.map(({ name }) => name)).toEqual(['gate_unavailable']);
  });

  test('is asked a second time, through a fresh stub, where the platform says that this may help', async () => {
    let attempts = 0;
    const admit: Gate['admit'] = async () => {
      if (attempts++ === 0) throw Object.assign(new Error('moved'), { retryable: true });
      return 'admitted';
    };
    const world = await createWorld({ stores: withGate({ admit }).stores });
    expect((await world.vend(await world.ciToken())).status).toBe(201);
    expect(attempts).toBe(2);
  });

  test.each([
    ['overloaded', { retryable: true, overloaded: true }],
    ['at fault', {}],
  ])('that is %s is not asked again', async (_, properties) => {
    let attempts = 0;
    const admit: Gate['admit'] = async () => {
      attempts++;
      throw Object.assign(new Error('no'), properties);
    };
    const world = await createWorld({ stores: withGate({ admit }).stores });
    expect((await world.vend(await world.ciToken())).body.reason).toBe('state_unavailable');
    expect(attempts).toBe(1);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('unreachable'))],
    ['never answers', never],
  ])('that %s a settlement leaves the token burnt, and the operator is told', async (_, settle) => {
    const world = await createWorld({ stores: withGate({ settle }).stores, hurry: 100 });
    const token = await world.ciToken();
    world.influx.faults.next('create', { kind: 'status', status: 400, body: 'no' });
    expect(outcome(await world.vend(token))).toEqual([502, 'upstream_refused']);
    expect(world.alarms.map(({ name }) => name)).toContain('not_settled');
    expect(outcome(await world.vend(token))).toEqual(REPLAYED);
  });

  test('holds digests, neither a jti nor an issuer, in what it claims', async () => {
    const world = await createWorld();
    await world.vend(await world.ciToken({ jti: 'a-recognisable-jti' }));
    const claims = [...world.stores.memoryGates.storages.values()].flatMap((storage) =>
      storage.run('SELECT key FROM claims'),
    );
    expect(claims).toEqual([{ key: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
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
