// Single use and sharing in the built Worker, on real Durable Objects in workerd: races between many requests, what is on disk, and
// what is left of it when the Worker is killed and started again, also under another key.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { type Bundle, type RunningWorker, readBundle, runWorker } from '../emulator/built-worker.ts';
import { createInfluxEmulator, type InfluxEmulator } from '../emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { objectStorage } from '../emulator/object-storage.ts';
import { githubActions } from '../emulator/personas.ts';
import { TEST_BUNDLE } from '../global-setup.ts';
import { AUDIENCE, BACKEND, GITHUB, POLICY } from '../world.ts';

const KEY = btoa('k'.repeat(32));
const NEXT_KEY = btoa('n'.repeat(32));

/** Shared lives long enough for a test, short enough to see it end, or in a cluster. */
const SHARED = `${POLICY.replace('INFLUXDB3_ADMIN_TOKEN }', 'INFLUXDB3_ADMIN_TOKEN, sync_interval: SYNC }')}
  - { name: long, issuer: backend, when: { client_id: long }, allow: ["db:tenant_*:read"], ttl: 30m, share: true }
  - { name: brief, issuer: backend, when: { client_id: brief }, allow: ["db:tenant_*:read"], ttl: 2s, share: true }
  - { name: scarce, issuer: backend, when: { client_id: scarce }, allow: ["db:tenant_*:read"], ttl: 30m, limit: { live: 10 } }
  - { name: hourly, issuer: backend, when: { client_id: hourly }, allow: ["db:tenant_*:read"], ttl: 30m, limit: { vends: 10, per: 1h } }
  - { name: operators, issuer: backend, when: { client_id: ops }, roles: [operator] }
`;
const TENANT_A = { permissions: ['db:tenant_a:read'] };

interface Reply {
  readonly status: number;
  readonly token?: string;
  readonly name?: string;
  readonly lease?: string | null;
  readonly reason?: string;
}

let bundle: Bundle;
let github: Issuer;
let backend: Issuer;
let influx: InfluxEmulator;
let storage: string;
let worker: RunningWorker;

interface Start {
  readonly key?: string;
  readonly previous?: string;
  readonly sync?: string;
}

async function start({ key = KEY, previous, sync = '0s' }: Start = {}): Promise<void> {
  const { policy } = await compilePolicy(SHARED.replace('SYNC', sync), { development: false });
  const hosts = new Map([GITHUB, BACKEND].map((iss) => [new URL(iss).host, iss === GITHUB ? github : backend]));
  worker = await runWorker(bundle, {
    policy: JSON.stringify(policy),
    secrets: {
      STS_KEY: key,
      INFLUXDB3_ADMIN_TOKEN: influx.adminToken,
      ...(previous === undefined ? {} : { STS_KEY_PREVIOUS: previous }),
    },
    network: (request) => (hosts.get(new URL(request.url).host) ?? influx).fetch(request),
    storage,
  });
}

/** Kills the Worker and starts it on the same storage. */
async function restart(options: Start = {}): Promise<void> {
  await worker.stop();
  await start(options);
}

async function vend(subjectToken: string, body?: unknown, signal?: AbortSignal): Promise<Reply> {
  const reply = await worker.request('/v1/tokens', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${subjectToken}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: reply.status, ...((await reply.json()) as Omit<Reply, 'status'>) };
}

const remove = (name: string, credential: string) =>
  worker.request(`/v1/tokens/${name}`, { method: 'DELETE', headers: { authorization: `Bearer ${credential}` } });

const ciToken = (overrides = {}) => github.sign(githubActions({ aud: AUDIENCE, ...overrides }));
const callerOf = (rule: string) => backend.sign({ aud: AUDIENCE, client_id: rule });
const outcome = ({ status, reason }: Reply) => [status, reason ?? null];
const ALLOWED = [201, null];
const REPLAYED = [401, 'token_replayed'];
const LIMITED = [429, 'limit_reached'];
const gates = () => objectStorage(storage, 'GateObject');
const sharedTokens = () => objectStorage(storage, 'SharedTokenObject');

/** Starts a request and waits until InfluxDB has received its create; its answer will not come. */
async function abandon(subjectToken: string, body?: unknown): Promise<void> {
  const before = influx.creates();
  vend(subjectToken, body).catch(() => undefined);
  await expect.poll(() => influx.creates(), { interval: 5 }).toBe(before + 1);
}

beforeAll(async () => {
  bundle = await readBundle(TEST_BUNDLE);
  [github, backend] = await Promise.all([createIssuer({ iss: GITHUB }), createIssuer({ iss: BACKEND })]);
});
beforeEach(async () => {
  influx = createInfluxEmulator({ databases: ['ci_metrics', 'tenant_a'] });
  storage = await mkdtemp(join(tmpdir(), 'influx-sts-objects-'));
  await start();
});
afterEach(async () => {
  const logs = worker.logs.join('\n');
  await worker.stop();
  await rm(storage, { recursive: true });
  expect(logs).not.toContain('apiv3_');
});

describe('a race', () => {
  test('of 200 requests with one subject token for single use is won by one', async () => {
    const token = await ciToken();
    const replies = await Promise.all(Array.from({ length: 200 }, () => vend(token)));
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(replies.filter(({ reason }) => reason === 'token_replayed')).toHaveLength(199);
    expect(influx.creates()).toBe(1);
  });

  test('of 500 callers for a shared token, cold, is one create, and all of them receive it', async () => {
    const token = await callerOf('long');
    const replies = await Promise.all(Array.from({ length: 500 }, () => vend(token, TENANT_A)));
    expect(new Set(replies.map(({ status, token: secret }) => `${status} ${secret}`)).size).toBe(1);
    expect(replies[0]!.status).toBe(201);
    expect(influx.creates()).toBe(1);
  });

  test('of 200 requests for ten tokens is won by ten, of either kind of limit, and that lasts', async () => {
    const race = async (rule: string, requests: number) => {
      const caller = await callerOf(rule);
      const replies = await Promise.all(Array.from({ length: requests }, () => vend(caller, TENANT_A)));
      return replies.filter(({ status }) => status === 201);
    };
    const [scarce, hourly] = await Promise.all([race('scarce', 200), race('hourly', 50)]);
    expect([scarce.length, hourly.length]).toEqual([10, 10]);
    expect(influx.creates()).toBe(20);
    await restart();
    for (const [rule, first] of [
      ['scarce', scarce[0]],
      ['hourly', hourly[0]],
    ] as const) {
      const caller = await callerOf(rule);
      expect(outcome(await vend(caller, TENANT_A))).toEqual(LIMITED);
      expect((await remove(first!.name!, first!.lease!)).status).toBe(204);
      const after = [await vend(caller, TENANT_A), await vend(caller, TENANT_A)].map(outcome);
      expect(after).toEqual(rule === 'scarce' ? [ALLOWED, LIMITED] : [LIMITED, LIMITED]);
    }
  });

  test('is not lost for those who wait when the one who came first goes away', async () => {
    const token = await callerOf('long');
    influx.faults.next('create', { kind: 'slow', ms: 300 });
    const gone = new AbortController();
    const first = vend(token, TENANT_A, gone.signal).catch(() => 'gone');
    await expect.poll(() => influx.creates(), { interval: 5 }).toBe(1);
    const waiting = Promise.all(Array.from({ length: 20 }, () => vend(token, TENANT_A)));
    gone.abort();
    expect(await first).toBe('gone');
    expect(new Set((await waiting).map(({ status }) => status))).toEqual(new Set([201]));
    expect(influx.creates()).toBe(1);
  });
});

describe('a Worker that is killed and started again', () => {
  test('remembers which subject tokens were used, and hands out the shared token that it had', async () => {
    const once = await ciToken();
    const caller = await callerOf('long');
    const before = [await vend(once), await vend(caller, TENANT_A)];
    expect(before.map(outcome)).toEqual([ALLOWED, ALLOWED]);
    await restart();
    expect(outcome(await vend(once))).toEqual(REPLAYED);
    expect((await vend(caller, TENANT_A)).token).toBe(before[1]!.token);
    expect(influx.creates()).toBe(2);
  });

  test.each([
    ['before InfluxDB committed', { kind: 'hang' }],
    ['after InfluxDB committed', { kind: 'slow', ms: 20_000 }],
  ] as const)('in the middle of a mint, %s, leaves the subject token burnt', async (_, fault) => {
    const once = await ciToken();
    influx.faults.next('create', fault);
    await abandon(once);
    await restart();
    expect(outcome(await vend(once))).toEqual(REPLAYED);
    expect(outcome(await vend(await ciToken()))).toEqual(ALLOWED);
  });

  test('after a mint that failed leaves the subject token good', async () => {
    const once = await ciToken();
    influx.faults.next('create', { kind: 'reset' });
    expect((await vend(once)).reason).toBe('upstream_unreachable');
    await restart();
    expect(outcome(await vend(once))).toEqual(ALLOWED);
  });

  test('in the middle of a shared mint, before InfluxDB committed, mints it for the next caller', async () => {
    influx.faults.next('create', { kind: 'hang' });
    await abandon(await callerOf('long'), TENANT_A);
    await restart();
    const replies = [await vend(await callerOf('long'), TENANT_A), await vend(await callerOf('long'), TENANT_A)];
    expect(replies.map(outcome)).toEqual([ALLOWED, ALLOWED]);
    expect(influx.tokens().map(({ name }) => name)).toEqual([replies[0]!.name]);
  });

  test('in the middle of a shared mint that InfluxDB committed leaves nothing behind its expiry and one sweep', async () => {
    influx.faults.next('create', { kind: 'slow', ms: 20_000 });
    await abandon(await callerOf('brief'), TENANT_A);
    const [orphan] = influx.tokens();
    await restart();
    const { name } = await vend(await callerOf('brief'), TENANT_A);
    expect(name).not.toBe(orphan!.name);
    await expect
      .poll(() => influx.tokens().every(({ expiry }) => expiry! <= Date.now()), { timeout: 4_000 })
      .toBe(true);
    await worker.scheduled();
    expect(influx.tokens()).toEqual([]);
  });

  test('while it mints ahead goes on with the token that it has, and mints ahead again', async () => {
    // With half of the window to mint ahead in.
    await restart({ sync: '1s' });
    const caller = await callerOf('brief');
    const first = await vend(caller, TENANT_A);
    influx.faults.next('create', { kind: 'hang' });
    const ask = async () => {
      await vend(caller, TENANT_A);
      return influx.creates();
    };
    await expect.poll(ask, { interval: 20, timeout: 3_000 }).toBe(2);
    await restart({ sync: '1s' });
    const names = new Set([first.name]);
    const renew = async () => {
      const { status, name } = await vend(caller, TENANT_A);
      expect(status).toBe(201);
      return names.add(name).size;
    };
    await expect.poll(renew, { interval: 20, timeout: 3_000 }).toBe(2);
  });

  test('after an operator withdrew a shared token does not hand it out again', async () => {
    const caller = await callerOf('long');
    const { name } = await vend(caller, TENANT_A);
    expect((await remove(name!, await callerOf('ops'))).status).toBe(204);
    await restart();
    const after = await vend(caller, TENANT_A);
    expect(outcome(after)).toEqual(ALLOWED);
    expect(influx.tokens().map((token) => token.name)).toEqual([after.name]);
  });
});

test('the next shared token is minted ahead, by the object itself, while the present one is asked for', async () => {
  await restart({ sync: '1s' });
  const caller = await callerOf('brief');
  const first = await vend(caller, TENANT_A);
  const seen: (string | undefined)[] = [];
  const ask = async () => {
    seen.push((await vend(caller, TENANT_A)).name);
    return influx.creates();
  };
  await expect.poll(ask, { interval: 20, timeout: 3_000 }).toBe(2);
  expect(new Set(seen)).toEqual(new Set([first.name]));
  const ahead = influx.tokens().find(({ name }) => name !== first.name)!;
  const later = async () => {
    seen.push((await vend(caller, TENANT_A)).name);
    return new Set(seen).size;
  };
  await expect.poll(later, { interval: 20, timeout: 3_000 }).toBe(2);
  expect(seen.at(-1)).toBe(ahead.name);
});

test('a rotation of STS_KEY orphans no lease, loses no shared token and permits no replay', async () => {
  const once = await ciToken();
  const caller = await callerOf('long');
  const own = [await vend(once), await vend(await ciToken())];
  const shared = await vend(caller, TENANT_A);

  await restart({ key: NEXT_KEY, previous: KEY });
  expect(outcome(await vend(once))).toEqual(REPLAYED);
  const still = await vend(caller, TENANT_A);
  expect([still.name, still.token]).toEqual([shared.name, shared.token]);
  expect(influx.creates()).toBe(3);
  expect((await remove(own[0]!.name!, own[0]!.lease!)).status).toBe(204);
  expect((await remove(own[1]!.name!, await ciToken())).status).toBe(204);
  expect(influx.tokens().map(({ name }) => name)).toEqual([shared.name]);

  await restart({ key: NEXT_KEY });
  expect(outcome(await vend(once))).toEqual(REPLAYED);
  const anew = await vend(caller, TENANT_A);
  expect(outcome(anew)).toEqual(ALLOWED);
  expect(anew.name).not.toBe(shared.name);
  expect(influx.creates()).toBe(4);
});

describe('on disk', () => {
  /** A secret as it may lie in a file: as text of one or two bytes a character, or in base64 at any offset. */
  function formsOf(secret: string): Buffer[] {
    const encoded = [0, 1, 2].map((offset) => {
      const text = Buffer.from(' '.repeat(offset) + secret).toString('base64');
      return Buffer.from(text.slice(4, -4));
    });
    return [Buffer.from(secret), Buffer.from(secret, 'utf16le'), ...encoded];
  }

  test('a shared secret is nowhere in the clear, though its name is', async () => {
    const caller = await callerOf('long');
    const { token, name } = await vend(caller, TENANT_A);
    const own = await vend(await ciToken());
    const everything = Buffer.concat([await sharedTokens().bytes(), await gates().bytes()]);
    expect(everything.includes(name!)).toBe(true);
    const hidden = ['apiv3_', token!.slice(6), own.token!.slice(6), influx.adminToken, KEY, caller].flatMap(formsOf);
    expect(hidden.filter((form) => form.length > 4 && everything.includes(form))).toEqual([]);
    expect(everything.includes(Buffer.from(token!.slice(6), 'base64url'))).toBe(false);
  });

  test('a shared token is forgotten when it has expired', async () => {
    await vend(await callerOf('brief'), TENANT_A);
    expect(await sharedTokens().count('_cf_KV')).toBe(1);
    await expect.poll(() => sharedTokens().count('_cf_KV'), { interval: 50, timeout: 5_000 }).toBe(0);
  });

  test('a claim is forgotten when its token has expired for everybody, and not before', async () => {
    const tokens = await Promise.all(Array.from({ length: 4 }, () => ciToken()));
    for (const token of tokens) expect(outcome(await vend(token))).toEqual(ALLOWED);
    await worker.stop();
    // A request that was in time a moment ago may still be on its way.
    await gates().alter(`UPDATE claims SET until = ${Math.floor(Date.now() / 1000) - 10}`);
    await gates().ring();
    await start();
    await expect.poll(() => gates().ringing(), { timeout: 5_000 }).toBe(0);
    expect(await gates().count('claims')).toBe(tokens.length);
    for (const token of tokens) expect(outcome(await vend(token))).toEqual(REPLAYED);

    await worker.stop();
    await gates().alter('UPDATE claims SET until = 1');
    await gates().ring();
    await start();
    await expect.poll(() => gates().count('claims'), { timeout: 5_000 }).toBe(0);
  });

  test('damage is a store that cannot be reached: the service fails closed', async () => {
    const once = await ciToken();
    const caller = await callerOf('long');
    await vend(once);
    await vend(caller, TENANT_A);
    await worker.stop();
    await gates().damage();
    await sharedTokens().damage();
    await start();
    expect(outcome(await vend(once))).toEqual([503, 'state_unavailable']);
    expect(outcome(await vend(caller, TENANT_A))).toEqual([503, 'state_unavailable']);
    expect(influx.creates()).toBe(2);
    expect((await worker.request('/healthz')).status).toBe(200);
  });
});
