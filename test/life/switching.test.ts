// Switches in the built Worker, on real Durable Objects in workerd: that nothing is made after the answer, whatever is under way, that people
// who run the service can still work, and how fast live tokens end.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createKeyring } from '../../src/foundation/keyring.ts';
import { createName } from '../../src/influx/name.ts';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { type Bundle, type RunningWorker, readBundle, runWorker } from '../emulator/built-worker.ts';
import { createInfluxEmulator, type InfluxEmulator } from '../emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { objectStorage } from '../emulator/object-storage.ts';
import { githubActions } from '../emulator/personas.ts';
import { TEST_BUNDLE } from '../global-setup.ts';
import { rounds } from '../rounds.ts';
import { AUDIENCE, BACKEND, GITHUB, POLICY } from '../world.ts';

const SWITCHED = `${POLICY}
  - { name: shared, issuer: backend, when: { client_id: app }, allow: ["db:tenant_*:read"], ttl: 30m, share: true }
  - { name: operators, issuer: backend, when: { role: dba }, roles: [operator] }
`;
const KEY = new Uint8Array(32).fill('k'.charCodeAt(0));

let bundle: Bundle;
let github: Issuer;
let backend: Issuer;
let influx: InfluxEmulator;
let storage: string;
let worker: RunningWorker;
/** The rules of the creates that InfluxDB was asked for, with the time of each. */
let asked: { readonly rule: string; readonly at: number }[];

async function start(): Promise<void> {
  const { policy } = await compilePolicy(SWITCHED, { development: false });
  worker = await runWorker(bundle, {
    policy: JSON.stringify(policy),
    secrets: { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influx.adminToken },
    network: async (request) => {
      const { host } = new URL(request.url);
      if (host === new URL(GITHUB).host) return github.fetch(request);
      if (host === new URL(BACKEND).host) return backend.fetch(request);
      if (request.method === 'POST' && request.url.endsWith('/configure/token')) {
        const { token_name: name } = (await request.clone().json()) as { readonly token_name: string };
        asked.push({ rule: name.split('.')[2]!, at: performance.now() });
      }
      return influx.fetch(request);
    },
    storage,
  });
}

beforeAll(async () => {
  bundle = await readBundle(TEST_BUNDLE);
  [github, backend] = await Promise.all([createIssuer({ iss: GITHUB }), createIssuer({ iss: BACKEND })]);
});
beforeEach(async () => {
  influx = createInfluxEmulator({ databases: ['ci_metrics', 'tenant_a', 'tenant_b'] });
  asked = [];
  storage = await mkdtemp(join(tmpdir(), 'influx-sts-switching-'));
  await start();
});
afterEach(async () => {
  await worker.stop();
  await rm(storage, { recursive: true });
});

async function send(path: string, bearer: string, method = 'GET', body?: unknown) {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  // A connection that was kept may be closed at the moment when it is used again.
  const response = await worker.request(path, init).catch(() => worker.request(path, init));
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, and an expectation on a wrong one fails by itself.
  return { status: response.status, text, body: (text === '' ? null : JSON.parse(text)) as any };
}
const operator = () => backend.sign({ aud: AUDIENCE, sub: 'root', role: 'dba' });
const app = () => backend.sign({ aud: AUDIENCE, sub: 'svc', client_id: 'app' });
const ciToken = (jti: string, more = {}) => github.sign(githubActions({ aud: AUDIENCE, jti, ...more }));
const vend = (subject: string, body?: unknown) => send('/v1/tokens', subject, 'POST', body);
const off = async (target: unknown, more = {}) =>
  send('/v1/switches', await operator(), 'POST', { target, why: 'a leak', ...more });
const SHARED = { permissions: ['db:tenant_a:read'] };

/** What a killed Worker left open, a switch would wait for until the gates close it, a minute later. The Worker must be stopped. */
const forgetWhatIsOpen = () => objectStorage(storage, 'GateObject').alter('DELETE FROM open');

test(
  '200 vends in flight: after the answer of a switch, not one create that it covers reaches InfluxDB',
  async () => {
    const runs = rounds(1, 100);
    for (let run = 0; run < runs; run++) {
      const target = [
        { kind: 'rule', name: 'ci-metrics' },
        { kind: 'everything' },
        { kind: 'instance', name: 'main' },
        { kind: 'identity', issuer: 'github', claims: { repository_id: '123456' } },
      ][run % 4]!;
      const covers = (rule: string) => run % 4 === 1 || run % 4 === 2 || rule === 'ci-metrics';
      influx.faults.clear();
      influx.faults.always('create', { kind: 'slow', ms: 5 + 4 * (run % 8) });
      const tokens = await Promise.all(Array.from({ length: 200 }, (_, at) => ciToken(`${run}-${at}`)));
      const restarts = run % 2 === 1;
      if (restarts) {
        // The gates begin anew on the same storage, while vends are under way.
        const lost = tokens.slice(0, 20).map((token) => vend(token).catch(() => null));
        await expect.poll(() => asked.length, { interval: 1, timeout: 10_000 }).toBeGreaterThan(0);
        await worker.stop();
        await Promise.all(lost);
        await forgetWhatIsOpen();
        await start();
      }
      const before = asked.length;
      const sharing = await app();
      const vends = tokens.slice(20).map(async (token, at) => {
        await new Promise((go) => setTimeout(go, at));
        return at % 10 === 0 ? vend(sharing, SHARED) : vend(token);
      });
      await expect.poll(() => asked.length, { interval: 1, timeout: 10_000 }).toBeGreaterThan(before);
      let set = await off(target, { for: '2h' });
      while (set.body.switch.in_force !== true) set = await off(target, { for: '2h' });
      const answered = performance.now();
      // More come after it.
      vends.push(vend(await ciToken(`${run}-late`)));
      const replies = await Promise.all(vends);
      // 401 is for a token that was used by a call whose answer was lost with its connection.
      expect(replies.filter(({ status }) => ![201, 401, 403].includes(status))).toEqual([]);
      for (const { status, body } of replies) {
        if (status === 403)
          expect(body).toMatchObject({ reason: 'switched_off', switched_off: { target, why: 'a leak' } });
      }
      expect(replies.at(-1)!.status).toBe(403);
      if (covers('shared')) expect((await vend(sharing, SHARED)).body.reason).toBe('switched_off');
      const stranger = await vend(await ciToken(`${run}-stranger`, { repository_id: '9', repository_owner_id: '9' }));
      expect([stranger.body.reason, stranger.text.includes('leak')]).toEqual(['no_rule', false]);
      await new Promise((go) => setTimeout(go, 60));
      expect(asked.filter(({ rule, at }) => covers(rule) && at > answered)).toEqual([]);
      const lift = await send(`/v1/switches/${set.body.switch.id}`, await operator(), 'DELETE');
      expect(lift.status).toBe(200);
    }
  },
  20_000 + 15_000 * rounds(1, 100),
);

test('under a switch on everything, people can still list, revoke, and lift it; and explain and whoami say why', async () => {
  const vended = await vend(await ciToken('a'));
  const set = await off({ kind: 'everything' });
  expect([set.status, set.body.switch.in_force]).toEqual([200, true]);
  expect((await send('/v1/tokens?all=true', await operator())).body.tokens).toMatchObject([{ name: vended.body.name }]);
  expect((await send(`/v1/tokens/${vended.body.name}`, vended.body.lease, 'DELETE')).status).toBe(204);
  const told = [{ target: { kind: 'everything' }, why: 'a leak', until: null }];
  expect((await send('/v1/whoami', await ciToken('b'))).body.switched_off).toEqual(told);
  expect((await send('/v1/explain', await ciToken('c'), 'POST', {})).body.switched_off).toEqual(told);
  const [one] = (await send('/v1/switches', await operator())).body.switches;
  expect((await send(`/v1/switches/${one.id}`, await operator(), 'DELETE')).status).toBe(200);
  expect((await vend(await ciToken('d'))).status).toBe(201);
});

test('a mass revoke ends thousands of live tokens within a minute', async () => {
  const count = rounds(150, 10_000);
  const keyring = createKeyring(KEY);
  const runtime = { now: Date.now, random: (size: number) => crypto.getRandomValues(new Uint8Array(size)) };
  const parts = { instance: 'main', rule: 'ci-metrics', owner: `o${'a'.repeat(26)}` };
  const names = await Promise.all(Array.from({ length: count }, () => createName(parts, keyring, runtime)));
  const [createdAt, expiry] = [Date.now(), Date.now() + 3_600_000];
  influx.seed(names.map((name) => ({ name, createdAt, expiry })));
  const other = await vend(await app(), SHARED);
  const begun = performance.now();
  const set = await off({ kind: 'rule', name: 'ci-metrics' }, { revoke: true });
  expect(set.status).toBe(200);
  await expect.poll(() => influx.tokens().length, { interval: 50, timeout: 60_000 }).toBeLessThan(5);
  expect(performance.now() - begun).toBeLessThan(60_000);
  const show = async () => (await send(`/v1/switches/${set.body.switch.id}`, await operator())).body.revocation;
  await expect.poll(show, { interval: 200, timeout: 20_000 }).toMatchObject({ state: 'done', revoked: count, left: 0 });
  // One beside it, ahead of its time perhaps, is another rule's.
  expect(influx.tokens().map(({ name }) => name)).toContain(other.body.name);
}, 100_000);
