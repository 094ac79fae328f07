// The built Worker while the services around it die and come back, over real sockets: each outage has its documented answer, concerns
// nobody else, and ends by itself.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEYS_FRESH_MS, REFRESH_COOLDOWN_MS } from '../src/identity/key-source.ts';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { type RunningWorker, readBundle, runWorker } from './emulator/built-worker.ts';
import { createInfluxEmulator } from './emulator/influxdb.ts';
import { createIssuer, type Issuer } from './emulator/issuer.ts';
import { type Listener, listen } from './emulator/listen.ts';
import { TEST_BUNDLE } from './global-setup.ts';
import { AUDIENCE, createWorld } from './world.ts';

/** A server that can be shut down, its open connections included, and started again at the same address. */
async function mortal(handler: (request: Request) => Promise<Response>) {
  let listener: Listener = await listen(handler);
  const { url } = listener;
  return {
    url,
    die: () => listener.close(),
    revive: async () => {
      listener = await listen(handler, Number(new URL(url).port));
    },
  };
}
type Mortal = Awaited<ReturnType<typeof mortal>>;

const influx = createInfluxEmulator({ databases: ['metrics'] });
let issuer: Issuer;
let influxServer: Mortal;
let issuerServer: Mortal;
let worker: RunningWorker;

async function start(): Promise<RunningWorker> {
  const source = `
audience: ${AUDIENCE}
issuers: { backend: { issuer: "${issuerServer.url}" } }
instances: { main: { url: "${influxServer.url}", admin_token: INFLUXDB3_ADMIN_TOKEN } }
rules:
  - { name: backend, issuer: backend, when: { client_id: backend }, allow: ["db:metrics:write"] }
`;
  const { policy } = await compilePolicy(source, { development: true });
  const secrets = { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influx.adminToken };
  return runWorker(await readBundle(TEST_BUNDLE), { policy: JSON.stringify(policy), secrets });
}

async function vend(on: RunningWorker = worker) {
  const authorization = `Bearer ${await issuer.sign({ aud: AUDIENCE, client_id: 'backend' })}`;
  const response = await on.request('/v1/tokens', { method: 'POST', headers: { authorization } });
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body };
}

/** Several pauses between two attempts of a kept deletion, which are two seconds at first. */
const REPEATED_WITHIN_MS = 15_000;

/** workerd itself also writes of broken connections there, in plain words. */
const alarmsOf = (on: RunningWorker) =>
  on.logs.filter((line) => line.startsWith('{"alarm"')).map((line) => JSON.parse(line) as { readonly alarm: string });

const tokenNames = () => influx.tokens().map(({ name }) => name);
/** Deletions of earlier tests may still be repeated, so tokens are not counted. */
const newSince = (known: readonly string[]) => tokenNames().filter((name) => !known.includes(name));

beforeAll(async () => {
  issuerServer = await mortal((request) => issuer.fetch(request));
  influxServer = await mortal((request) => influx.fetch(request));
  issuer = await createIssuer({ iss: issuerServer.url });
  worker = await start();
});
afterAll(async () => {
  await worker.stop();
  await Promise.all([issuerServer.die(), influxServer.die()]);
});

describe('InfluxDB', () => {
  test('dying under requests is 503 for each of them, and the first request after it is served', async () => {
    expect((await vend()).status).toBe(201);
    const before = influx.creates();
    influx.faults.always('create', { kind: 'slow', ms: 5_000 });
    const waiting = Array.from({ length: 5 }, () => vend());
    await expect.poll(() => influx.creates() - before).toBe(5);
    await influxServer.die();
    for (const { status, retryAfter, body } of await Promise.all(waiting)) {
      expect([status, retryAfter]).toEqual([503, '10']);
      expect(body).toMatchObject({ reason: 'upstream_unreachable', retryable: true });
    }

    const whileDead = await vend();
    expect([whileDead.status, whileDead.body.reason]).toEqual([503, 'upstream_unreachable']);
    expect((await worker.request('/healthz')).status).toBe(200);

    influx.faults.clear();
    await influxServer.revive();
    const after = await vend();
    expect(after.status).toBe(201);
    expect(tokenNames()).toContain(after.body.name);
  });

  test('having died after it created a token, which nobody got, is rid of it soon after it is back', async () => {
    const known = tokenNames();
    influx.faults.always('create', { kind: 'slow', ms: 5_000 });
    const waiting = vend();
    await expect.poll(() => newSince(known)).toHaveLength(1);
    await influxServer.die();
    expect((await waiting).status).toBe(503);
    expect(newSince(known)).toHaveLength(1);
    influx.faults.clear();
    await influxServer.revive();
    await expect.poll(() => newSince(known), { timeout: REPEATED_WITHIN_MS, interval: 100 }).toEqual([]);
    const names = new Set(alarmsOf(worker).map(({ alarm }) => alarm));
    expect([...names]).toEqual(['upstream_unreachable']);
  });

  test('losing an answer leaves nothing behind, and asking again gives one token', async () => {
    const known = tokenNames();
    influx.faults.next('create', { kind: 'lost' });
    expect((await vend()).body).toMatchObject({ reason: 'upstream_unreachable', retryable: true });
    await expect.poll(() => newSince(known)).toEqual([]);
    const { status, body } = await vend();
    expect(status).toBe(201);
    expect(newSince(known)).toEqual([body.name]);
  });

  test('breaking off in the middle of an answer is no answer', async () => {
    const known = tokenNames();
    const response = async (original: Response) => {
      const half = (await original.text()).slice(0, 40);
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(half)),
        pull: (controller) => controller.error(new Error('broken')),
      });
      return new Response(body, { status: 201 });
    };
    influx.faults.next('create', { kind: 'rewrite', response });
    expect((await vend()).body).toMatchObject({ reason: 'upstream_unreachable', retryable: true });
    await expect.poll(() => newSince(known)).toEqual([]);
  });
});

describe('the issuer', () => {
  test('dying concerns nobody whose key is known, also while InfluxDB is down and after both are back', async () => {
    expect((await vend()).status).toBe(201);
    await issuerServer.die();
    expect((await vend()).status).toBe(201);
    await influxServer.die();
    expect((await vend()).body).toMatchObject({ reason: 'upstream_unreachable' });
    await influxServer.revive();
    expect((await vend()).status).toBe(201);
    await issuerServer.revive();
    expect((await vend()).status).toBe(201);
  });

  test('being dead at a cold start is 503 for all who wait, and ends by itself after the cooldown', async () => {
    await issuerServer.die();
    const cold = await start();
    try {
      for (const { status, retryAfter, body } of await Promise.all([vend(cold), vend(cold), vend(cold)])) {
        expect([status, retryAfter]).toEqual([503, '10']);
        expect(body).toMatchObject({ reason: 'keys_unavailable', retryable: true });
      }
      expect(alarmsOf(cold)).toMatchObject([
        {
          alarm: 'keys_not_refreshed',
          issuer: 'backend',
          fault: 'network',
          cause: expect.stringMatching(/cannot be reached/),
        },
      ]);
      await issuerServer.revive();
      const options = { timeout: REFRESH_COOLDOWN_MS + 5_000, interval: 500 };
      await expect.poll(async () => (await vend(cold)).status, options).toBe(201);
    } finally {
      await cold.stop();
    }
  });
});

describe('an outage of the issuer, by the clock', () => {
  const failing = () => Response.json({ error: 'down' }, { status: 500 });

  test('of two hours concerns nobody whose key is known, and a key rotated meanwhile serves right after it', async () => {
    const world = await createWorld();
    expect((await world.vend(await world.ciToken())).status).toBe(201);
    world.github.answer = { discovery: failing, jwks: failing };
    for (let minutes = 0; minutes < 120; minutes += 20) {
      world.clock.advance(20 * 60_000);
      expect((await world.vend(await world.ciToken())).status).toBe(201);
    }
    await world.github.rotate();
    const during = await world.vend(await world.ciToken());
    expect([during.status, during.body.reason]).toEqual([503, 'keys_unavailable']);
    world.github.answer = {};
    world.clock.advance(REFRESH_COOLDOWN_MS);
    expect((await world.vend(await world.ciToken())).status).toBe(201);
  });

  test('costs the issuer one attempt per cooldown, however many ask', async () => {
    const world = await createWorld();
    await world.vend(await world.ciToken());
    world.github.answer = { discovery: failing, jwks: failing };
    world.clock.advance(KEYS_FRESH_MS + 1_000);
    const before = world.github.requests.length;
    for (let asked = 0; asked < 10; asked++) await world.vend(await world.ciToken());
    expect(world.github.requests.length - before).toBe(1);
    world.clock.advance(REFRESH_COOLDOWN_MS);
    for (let asked = 0; asked < 10; asked++) await world.vend(await world.ciToken());
    // The second attempt fetches the address of the key set again.
    expect(world.github.requests.length - before).toBe(2);
  });

  test('that hangs is 503 when the deadline has passed, and only then', async () => {
    const world = await createWorld({ hurry: 50 });
    world.github.answer.jwks = () => new Promise(() => undefined);
    const replies = await Promise.all([world.vend(await world.ciToken()), world.vend(await world.ciToken())]);
    expect(replies.map(({ status, body }) => [status, body.reason])).toEqual(Array(2).fill([503, 'keys_unavailable']));
    expect(world.influx.requests).toEqual([]);
  });
});
