// The built Worker in workerd: deletions that alarms repeat, and the sweep that the cron trigger starts. Only the platform's own clock
// counts there, so each test waits a few seconds for it.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { type RunningWorker, readBundle, runWorker } from '../emulator/built-worker.ts';
import { createInfluxEmulator } from '../emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { TEST_BUNDLE } from '../global-setup.ts';
import { until } from '../until.ts';
import { AUDIENCE, BACKEND } from '../world.ts';

const POLICY = `
audience: ${AUDIENCE}
issuers:
  backend: { issuer: ${BACKEND} }
instances:
  single: { url: "https://single.example.com:8181", admin_token: INFLUXDB3_SINGLE_TOKEN }
  cluster: { url: "https://cluster.example.com:8181", admin_token: INFLUXDB3_CLUSTER_TOKEN, sync_interval: 2s }
rules:
  - name: single
    issuer: backend
    when: { client_id: single }
    instance: single
    allow: ["db:a:write"]
    ttl: { default: 10m, max: 10m }
  - name: cluster
    issuer: backend
    when: { client_id: cluster }
    instance: cluster
    allow: ["db:a:write"]
`;
const LAG_MS = 2_000;
/** The shortest pause between two attempts. */
const RETRY_MS = 2_000;
/** What a busy machine may add. */
const SLACK_MS = 4_000;

const single = createInfluxEmulator({ databases: ['a'] });
const cluster = createInfluxEmulator({ databases: ['a'], nodes: 2, syncIntervalMs: LAG_MS });
let backend: Issuer;
let worker: RunningWorker;

beforeAll(async () => {
  backend = await createIssuer({ iss: BACKEND });
  const { policy } = await compilePolicy(POLICY, { development: false });
  worker = await runWorker(await readBundle(TEST_BUNDLE), {
    policy: JSON.stringify(policy),
    secrets: {
      STS_KEY: btoa('k'.repeat(32)),
      INFLUXDB3_SINGLE_TOKEN: single.adminToken,
      INFLUXDB3_CLUSTER_TOKEN: cluster.adminToken,
    },
    network: async (request) => {
      const { host } = new URL(request.url);
      if (host === 'single.example.com:8181') return single.fetch(request);
      // Tokens are made on one node and deleted through the other.
      if (host === 'cluster.example.com:8181') return cluster.fetch(request, request.method === 'DELETE' ? 1 : 0);
      return backend.fetch(request);
    },
  });
});
afterAll(() => worker.stop());

async function vend(instance: string, body: object = {}) {
  const subjectToken = await backend.sign({ aud: AUDIENCE, sub: 'a', client_id: instance });
  const reply = await worker.request('/v1/tokens', {
    method: 'POST',
    headers: { authorization: `Bearer ${subjectToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: reply.status, body: (await reply.json()) as { name: string; lease: string; token: string } };
}

async function isDeadOn(node: number, token: string): Promise<boolean> {
  const init = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: 'm v=1' };
  return (await cluster.fetch(new Request('https://cluster/api/v3/write_lp?db=a', init), node)).status === 401;
}

test('an alarm deletes an orphan whose first deletion failed as well', async () => {
  single.faults.next('create', { kind: 'lost' });
  single.faults.next('delete', { kind: 'reset' });
  expect((await vend('single')).status).toBe(503);
  expect(single.tokens()).toHaveLength(1);
  await until(() => single.tokens().length === 0, 'the orphan is deleted', RETRY_MS + SLACK_MS);
  const deletes = single.requests.filter(({ operation }) => operation === 'delete');
  expect(deletes.map(({ status }) => status)).toEqual([null, 200]);
});

test('an alarm repeats a revocation until the token is dead on every node', async () => {
  const { body } = await vend('cluster');
  const reply = await worker.request(`/v1/tokens/${body.name}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${body.lease}` },
  });
  expect(reply.status).toBe(202);
  const isDead = async () => (await isDeadOn(0, body.token)) && (await isDeadOn(1, body.token));
  expect(await isDead()).toBe(false);
  await until(isDead, 'the token is dead on every node', 2 * LAG_MS + RETRY_MS + SLACK_MS);
});

test('the cron trigger sweeps every instance, and logs one event', async () => {
  const before = worker.logs.length;
  const { status, body } = await vend('single', { ttl: '1s' });
  expect(status).toBe(201);
  await until(() => single.tokens().every(({ expiry }) => expiry! <= Date.now()), 'the token ends', 1_000 + SLACK_MS);
  await worker.scheduled();
  expect(single.tokens().map(({ name }) => name)).not.toContain(body.name);
  const sweeps = () => worker.logs.slice(before).filter((line) => line.includes('"kind":"sweep"'));
  await until(() => sweeps().length > 0, 'the sweep is logged', SLACK_MS);
  expect(sweeps().map((line) => JSON.parse(line))).toMatchObject([
    { outcome: 'allowed', sweep: { deleted: 1, gone: 0, failed: 0, left: 0, more: false, unreachable: [] } },
  ]);
});
