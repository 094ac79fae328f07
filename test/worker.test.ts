// The built Worker in workerd, as a black box: what only the real runtime can show.

import { Agent, request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { type RunningWorker, readBundle, runWorker, type WorkerOptions } from './emulator/built-worker.ts';
import { createInfluxEmulator } from './emulator/influxdb.ts';
import { createIssuer, type Issuer } from './emulator/issuer.ts';
import { githubActions } from './emulator/personas.ts';
import { TEST_BUNDLE } from './global-setup.ts';
import { AUDIENCE, GITHUB, POLICY } from './world.ts';

const influx = createInfluxEmulator({ databases: ['ci_metrics'] });
const secrets = { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influx.adminToken };
let github: Issuer;
let worker: RunningWorker;

async function start(
  overrides: Record<string, string> = {},
  text = POLICY,
  more: Partial<WorkerOptions> = {},
): Promise<RunningWorker> {
  const { policy } = await compilePolicy(text, { development: false });
  const network = (request: Request) =>
    request.url.startsWith(GITHUB) ? github.fetch(request) : influx.fetch(request);
  return runWorker(await readBundle(TEST_BUNDLE), {
    policy: JSON.stringify(policy),
    secrets: { ...secrets, ...overrides },
    network,
    ...more,
  });
}

beforeAll(async () => {
  github = await createIssuer({ iss: GITHUB });
  worker = await start();
});
afterAll(() => worker.stop());

const ciToken = () => github.sign(githubActions({ aud: AUDIENCE }));
const vend = async (on: RunningWorker = worker) =>
  on.request('/v1/tokens', { method: 'POST', headers: { authorization: `Bearer ${await ciToken()}` } });

test('vends a token that InfluxDB accepts, and logs one event without it', async () => {
  const reply = await vend();
  expect(reply.status).toBe(201);
  const body = (await reply.json()) as { token: string; name: string };
  expect(influx.tokens().map(({ name }) => name)).toContain(body.name);
  const lines = worker.logs.filter((line) => line.includes(reply.headers.get('x-request-id')!));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { kind: 'vend', outcome: 'allowed', token_name: body.name },
  ]);
  expect(worker.logs.join('\n')).not.toContain('apiv3_');
});

test('makes exactly one upstream request per vend when warm', async () => {
  await vend();
  const before = [influx.requests.length, github.requests.length];
  expect((await vend()).status).toBe(201);
  expect([influx.requests.length, github.requests.length]).toEqual([before[0]! + 1, before[1]]);
});

test('asks the issuer once however many cold requests wait, and answers them all', async () => {
  const cold = await start();
  try {
    const before = github.requests.length;
    const replies = await Promise.all(Array.from({ length: 20 }, () => vend(cold)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([201]));
    expect(github.requests.length - before).toBe(2);
  } finally {
    await cold.stop();
  }
});

test('answers 503 and names the missing setting in the log alone', async () => {
  const broken = await start({ STS_KEY: 'not a key' });
  try {
    const reply = await vend(broken);
    expect(reply.status).toBe(503);
    expect(await reply.json()).toMatchObject({ reason: 'misconfigured', retryable: true });
    expect(broken.logs.map((line) => JSON.parse(line))).toContainEqual({ alarm: 'misconfigured', setting: 'STS_KEY' });
    expect((await broken.request('/healthz')).status).toBe(200);
  } finally {
    await broken.stop();
  }
});

test('answers 503 to everything while it cannot count revocations', async () => {
  const broken = await start({}, POLICY, { withoutLimits: true });
  try {
    const body = new URLSearchParams({ token: `apiv3_${'B'.repeat(85)}A` });
    for (const reply of [await vend(broken), await broken.request('/oauth/revoke', { method: 'POST', body })]) {
      expect(reply.status).toBe(503);
      expect(await reply.json()).toMatchObject({ reason: 'misconfigured' });
    }
    const lines = broken.logs.map((line) => JSON.parse(line));
    expect(lines).toContainEqual({ alarm: 'misconfigured', setting: 'REVOCATIONS' });
  } finally {
    await broken.stop();
  }
});

const FORM = 'application/x-www-form-urlencoded';

/** On one connection: false where the service has cut it, which ends the proxy of `wrangler dev` and may lose the answer. */
async function keepsConnection(path: string, init: { method: string; type: string; bytes: number; declared: boolean }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (path: string, method: string, headers: OutgoingHttpHeaders, body: Buffer) =>
    new Promise<{ status: number | undefined; reused: boolean }>((resolve, reject) => {
      const request = httpRequest(worker.url + path, { agent, method, headers }, (answer) => {
        answer.resume().on('end', () => resolve({ status: answer.statusCode, reused: request.reusedSocket }));
      });
      request.on('error', reject);
      request.end(body);
    });
  const { method, type, bytes, declared } = init;
  const length = declared ? { 'content-length': String(bytes) } : { 'transfer-encoding': 'chunked' };
  const credential = type === FORM ? {} : { authorization: 'Bearer x' };
  const headers = { 'content-type': type, ...credential, ...length };
  const { status } = await send(path, method, headers, Buffer.alloc(bytes, 'a'));
  const { reused } = await send('/healthz', 'GET', { 'content-length': '0' }, Buffer.alloc(0));
  agent.destroy();
  return { status, reused };
}

test.each([
  ['POST', '/v1/tokens', 'application/json', 413],
  ['POST', '/v1/explain', 'application/json', 413],
  ['DELETE', '/v1/tokens/x', 'application/json', 401],
  ['POST', '/oauth/token', FORM, 413],
  ['POST', '/oauth/revoke', FORM, 413],
  ['POST', '/healthz', 'text/plain', 405],
  ['PUT', '/nowhere', 'text/plain', 404],
])('takes in a body that is too large or not wanted, and goes on: %s %s', async (method, path, type, status) => {
  for (const bytes of [200 * 1024, 2 ** 20]) {
    for (const declared of [true, false]) {
      const init = { method, type, bytes, declared };
      expect(await keepsConnection(path, init), JSON.stringify(init)).toEqual({ status, reused: true });
    }
  }
});
