// Admission in the built Worker, on real Durable Objects in workerd: what is on record when the Worker is killed at any step of a vend, what
// becomes of it, and what a caller who goes away leaves behind.

import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { type Bundle, type RunningWorker, readBundle, runWorker } from '../emulator/built-worker.ts';
import { createInfluxEmulator, type InfluxEmulator } from '../emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { objectStorage } from '../emulator/object-storage.ts';
import { githubActions } from '../emulator/personas.ts';
import { TEST_BUNDLE } from '../global-setup.ts';
import { rounds } from '../rounds.ts';
import { AUDIENCE, GITHUB, POLICY } from '../world.ts';

let bundle: Bundle;
let github: Issuer;
let influx: InfluxEmulator;
let storage: string;
let worker: RunningWorker;
/** Names that InfluxDB was ever asked for, with the time of the request. */
let asked: Map<string, number>;

async function start(): Promise<void> {
  const { policy } = await compilePolicy(POLICY, { development: false });
  worker = await runWorker(bundle, {
    policy: JSON.stringify(policy),
    secrets: { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influx.adminToken },
    network: async (request) => {
      if (new URL(request.url).host === new URL(GITHUB).host) return github.fetch(request);
      if (request.method === 'POST' && request.url.endsWith('/configure/token')) {
        const { token_name: name } = (await request.clone().json()) as { readonly token_name: string };
        asked.set(name, Date.now());
      }
      return influx.fetch(request);
    },
    storage,
  });
}

const gates = () => objectStorage(storage, 'GateObject');
const ciToken = (sub: string) =>
  github.sign(githubActions({ aud: AUDIENCE, sub: `repo:acme/app:environment:${sub}`, jti: sub }));

const vend = (subjectToken: string) =>
  worker.request('/v1/tokens', { method: 'POST', headers: { authorization: `Bearer ${subjectToken}` } });

/**
 * Asks for a token and goes away once InfluxDB has been asked for it: the connection is reset, because workerd does not take a mere end of
 * it for a departure.
 */
async function hangUp(subjectToken: string): Promise<void> {
  const before = asked.size;
  const socket = connect(Number(new URL(worker.url).port), '127.0.0.1');
  socket.write(
    `POST /v1/tokens HTTP/1.1\r\nHost: sts\r\nAuthorization: Bearer ${subjectToken}\r\nContent-Length: 0\r\n\r\n`,
  );
  await expect.poll(() => asked.size, { interval: 2, timeout: 10_000 }).toBe(before + 1);
  socket.resetAndDestroy();
}

interface Recorded {
  readonly id: string;
  readonly at: number;
  readonly outcome: string;
}
const OPEN = `SELECT id, at, 'open' AS outcome FROM open WHERE facts <> ''`;
const ENTRIES = `SELECT id, at, json_extract(result, '$.outcome') AS outcome FROM entries WHERE json_extract(facts, '$.kind') = 'vend'`;
const recorded = async (query: string) => (await gates().rows(query)) as unknown as Recorded[];

/** As if so much time had passed since everything that is open was admitted, and since its create could arrive. The Worker must be stopped. */
async function age(milliseconds: number): Promise<void> {
  await gates().alter(
    `UPDATE open SET at = at - ${milliseconds}, facts = CASE facts WHEN '' THEN '' ELSE json_set(facts, '$.final_at', 0) END`,
  );
  await gates().ring();
}

beforeAll(async () => {
  bundle = await readBundle(TEST_BUNDLE);
  github = await createIssuer({ iss: GITHUB });
});
beforeEach(async () => {
  influx = createInfluxEmulator({ databases: ['ci_metrics'] });
  asked = new Map();
  storage = await mkdtemp(join(tmpdir(), 'influx-sts-admission-'));
  await start();
});
afterEach(async () => {
  await worker.stop();
  await rm(storage, { recursive: true });
});

test('killed at any step of a vend, the Worker leaves a record of every token from before it was asked for', async () => {
  const kills = rounds(2, 40);
  const handedOut = new Map<string, number>();
  const subjects: string[] = [];
  for (let kill = 0; kill < kills; kill++) {
    const tokens = await Promise.all(Array.from({ length: 25 }, (_, at) => ciToken(`${kill}-${at}`)));
    subjects.push(...tokens);
    influx.faults.clear();
    influx.faults.always('create', { kind: 'slow', ms: 5 + 3 * (kill % 10) });
    // So many creates from now the Worker is killed: by then the others stand at every other step.
    const fatal = asked.size + 1 + ((kill * 5) % 20);
    const vends = tokens.map(async (token, at) => {
      await new Promise((go) => setTimeout(go, 2 * at));
      const reply = await vend(token).catch(() => null);
      if (reply?.status === 201) handedOut.set(token, (handedOut.get(token) ?? 0) + 1);
    });
    await expect.poll(() => asked.size, { interval: 1, timeout: 60_000 }).toBeGreaterThanOrEqual(fatal);
    await worker.stop();
    await Promise.all(vends);
    await start();
  }
  influx.faults.clear();
  const before = [...(await recorded(OPEN)), ...(await recorded(ENTRIES))];
  expect(asked.size).toBeGreaterThan(kills);
  for (const [name, at] of asked) {
    expect({ name, before: before.some((one) => one.id === name && (one.outcome !== 'open' || one.at <= at)) }).toEqual(
      {
        name,
        before: true,
      },
    );
  }

  // Each subject token once more: nothing that was handed out is handed out again.
  for (const token of subjects) {
    const reply = await vend(token);
    if (reply.status === 201) handedOut.set(token, (handedOut.get(token) ?? 0) + 1);
  }
  expect([...handedOut.values()].filter((times) => times > 1)).toEqual([]);

  await worker.stop();
  await age(61_000);
  await start();
  await expect.poll(() => recorded(OPEN), { timeout: 60_000 }).toEqual([]);
  await expect.poll(() => gates().rows('SELECT id FROM unresolved'), { timeout: 60_000 }).toEqual([]);
  const there = new Set(influx.tokens().map(({ name }) => name));
  for (const { id, outcome } of await recorded(ENTRIES)) {
    if (outcome === 'found') expect(there).toContain(id);
    if (outcome === 'never_made') expect(there).not.toContain(id);
  }
});

test('a caller who hangs up during the mint leaves no token, and a record that says so', async () => {
  influx.faults.next('create', { kind: 'slow', ms: 400 });
  await hangUp(await ciToken('gone'));
  await expect
    .poll(async () => (await recorded(ENTRIES)).map(({ outcome }) => outcome), { timeout: 5_000 })
    .toEqual(['undelivered']);
  await expect.poll(() => influx.tokens(), { timeout: 5_000 }).toEqual([]);
});

test('a caller who hung up can ask again with the same subject token if no token was made', async () => {
  const token = await ciToken('again');
  influx.faults.next('create', {
    kind: 'rewrite',
    response: async () => {
      await new Promise((go) => setTimeout(go, 200));
      return new Response('no', { status: 400 });
    },
  });
  await hangUp(token);
  await expect
    .poll(async () => (await recorded(ENTRIES)).map(({ outcome }) => outcome), { timeout: 5_000 })
    .toEqual(['failed']);
  expect((await vend(token)).status).toBe(201);
});
