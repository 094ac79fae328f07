// Minting by itself, with a client that writes down what it is asked: the request that a grant becomes, and what is done about each
// kind of outcome. What may come over the wire is tested in `test/threats/upstream.test.ts`.

import { describe, expect, test } from 'vitest';
import type { Admitted } from '../../src/admission/admission.ts';
import { createKeyring } from '../../src/foundation/keyring.ts';
import type { Runtime } from '../../src/foundation/runtime.ts';
import type { CreateOutcome, DeleteOutcome } from '../../src/influx/answer.ts';
import type { CreateTokenRequest } from '../../src/influx/client.ts';
import type { Deletion } from '../../src/influx/deletion.ts';
import { createMint } from '../../src/influx/mint.ts';
import type { Grant } from '../../src/policy/decision/decide.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
const TOKEN = `apiv3_${'t'.repeat(85)}A`;

/** A grant as only a decision makes it; here it is claimed. */
function grantOf(overrides: Partial<Grant> = {}): Grant {
  return {
    rule: 'ci-metrics',
    instance: {
      name: 'main',
      url: 'https://influxdb.internal:8181',
      publicUrl: 'https://influxdb.example.com',
      adminTokens: ['INFLUXDB3_ADMIN_TOKEN'],
      syncInterval: 0,
    },
    permissions: [{ type: 'db', name: 'ci_metrics', action: 'write' }],
    ttl: 900,
    owner: ['https://issuer.example.com', ['sub', 'subject']],
    ...overrides,
  } as Grant;
}

function setUp(answer: (request: CreateTokenRequest) => CreateOutcome, deletion: DeleteOutcome = 'deleted') {
  const created: CreateTokenRequest[] = [];
  const deleted: string[] = [];
  const background: Promise<unknown>[] = [];
  const runtime: Runtime = {
    fetch: () => Promise.reject(new Error('the client is asked, not the network')),
    now: () => START,
    random: (size) => crypto.getRandomValues(new Uint8Array(size)),
    waitUntil: (work) => background.push(work),
    after: () => () => undefined,
    alarm: () => undefined,
  };
  const client = {
    createToken: async (request: CreateTokenRequest) => {
      created.push(request);
      return answer(request);
    },
    deleteToken: async (name: string) => {
      deleted.push(name);
      return deletion;
    },
    query: async () => null,
    url: grantOf().instance.url,
    listDatabases: async () => null,
    describeAdminToken: async () => ({ why: 'unreachable' as const, cause: 'x', lasting: false }),
  };
  const scheduled: Deletion[] = [];
  const pending = {
    schedule: async (one: Deletion) => {
      scheduled.push(one);
    },
  };
  const keyring = createKeyring(new Uint8Array(32).fill(1));
  const mints = createMint({ clients: new Map([['main', client]]), keyring, pending, runtime });
  /** An admission as only a gate makes it; here it is claimed. */
  const admit = async (grant: Grant, mintBefore = START + 1) =>
    ({ grant, id: await mints.nameOwn(grant), mintBefore, gate: '0' }) as unknown as Admitted;
  /** What the exchange does, without its record. */
  const mint = async (grant: Grant, mintBefore?: number) => {
    const admitted = await admit(grant, mintBefore);
    const { result, leftover } = await mints.own(admitted);
    if (leftover) background.push(mints.discard(admitted));
    return { name: admitted.id, result, leftover };
  };
  return { mint, scheduled, created, deleted, settle: () => Promise.all(background) };
}

const accept = ({ token_name: name, expiry_secs: seconds }: CreateTokenRequest): CreateOutcome => {
  const createdAt = new Date(START).toISOString();
  const expiry = new Date(START + seconds * 1000).toISOString();
  return { kind: 'created', created: { name, token: TOKEN, createdAt, expiry } };
};

describe('the request for a grant', () => {
  test('holds one entry for each resource, with all of its actions', async () => {
    const { mint, created } = setUp(accept);
    const permissions: Grant['permissions'] = [
      { type: 'db', name: 'a', action: 'read' },
      { type: 'db', name: 'a', action: 'write' },
      { type: 'db', name: 'metrics', action: 'read' },
      { type: 'system', name: 'metrics', action: 'read' },
    ];
    const { result } = await mint(grantOf({ permissions }));
    expect(created[0]!.permissions).toEqual([
      { resource_type: 'db', resource_names: ['a'], actions: ['read', 'write'] },
      { resource_type: 'db', resource_names: ['metrics'], actions: ['read'] },
      { resource_type: 'system', resource_names: ['metrics'], actions: ['read'] },
    ]);
    expect(result.ok && result.value.permissions).toEqual([
      'db:a:read,write',
      'db:metrics:read',
      'system:metrics:read',
    ]);
  });

  test.each([1, 900, 86_400])('always holds its life of %i seconds', async (ttl) => {
    const { mint, created } = setUp(accept);
    await mint(grantOf({ ttl }));
    expect(created[0]).toMatchObject({ expiry_secs: ttl });
  });

  test('holds nothing of the caller but a digest', async () => {
    const { mint, created } = setUp(accept);
    await mint(grantOf({ owner: ['https://people.example.com', ['email', 'jane@acme.example'], ['sub', 'jane']] }));
    expect(JSON.stringify(created)).not.toMatch(/jane|acme|people/);
  });

  test('is not sent once the admission is too old', async () => {
    const { mint, created } = setUp(accept);
    const { result, leftover } = await mint(grantOf(), START);
    expect([result, leftover]).toMatchObject([{ ok: false, failure: { reason: 'state_unavailable' } }, false]);
    expect(created).toEqual([]);
  });

  test('has a fresh name each time, of one owner', async () => {
    const { mint, created } = setUp(accept);
    await mint(grantOf());
    await mint(grantOf());
    const [first, second] = created.map(({ token_name: name }) => name.split('.'));
    expect(first!.slice(0, 4)).toEqual(second!.slice(0, 4));
    expect(first![4]).not.toBe(second![4]);
  });
});

const refused = (): CreateOutcome => ({
  kind: 'refused',
  status: 400,
  words: { phrase: null, length: 0 },
  unknownResource: null,
});

describe('the outcome', () => {
  test('tells the address for callers, never the one that the service itself uses', async () => {
    const { result } = await setUp(accept).mint(grantOf());
    expect(result).toMatchObject({ ok: true, value: { token: TOKEN, url: 'https://influxdb.example.com' } });
    expect(JSON.stringify(result)).not.toContain('internal');
  });

  test('carries the name whatever became of the create', async () => {
    for (const answer of [
      accept,
      (): CreateOutcome => ({ kind: 'unknown', why: 'unreachable', cause: 'x', lasting: false }),
      refused,
    ]) {
      const { mint, created } = setUp(answer);
      expect((await mint(grantOf())).name).toBe(created[0]!.token_name);
    }
  });

  test('leaves a delivered token and a definite refusal alone', async () => {
    for (const answer of [accept, refused]) {
      const { mint, deleted, settle } = setUp(answer);
      await mint(grantOf());
      await settle();
      expect(deleted).toEqual([]);
    }
  });

  test.each<[DeleteOutcome, number]>([
    ['deleted', 0],
    ['not_found', 1],
    ['failed', 1],
  ])('that is not known is undone; %s keeps %i deletions to be repeated', async (deletion, kept) => {
    const world = setUp(() => ({ kind: 'unknown', why: 'unreadable', cause: 'x', lasting: false }), deletion);
    const { name } = await world.mint(grantOf());
    await world.settle();
    expect(world.deleted).toEqual([name]);
    expect(world.scheduled.map((one) => one.name)).toEqual(kept === 0 ? [] : [name]);
  });

  test('for an instance without a client is a setting that is missing, and no request', async () => {
    const { mint, created } = setUp(accept);
    const { result } = await mint(grantOf({ instance: { ...grantOf().instance, name: 'spare' } }));
    expect(result).toMatchObject({ ok: false, failure: { reason: 'misconfigured' } });
    expect(created).toEqual([]);
  });
});
