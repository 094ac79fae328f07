// The soak: thousands of vends with short lives, a tenth of them hit by a fault upstream, revocations among them that fail as well, and
// a rotation of the service's key in the middle. Whatever was answered was true, and in the end nothing of ours is left.

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Fault, InfluxEmulator } from '../emulator/influxdb.ts';
import { rounds } from '../rounds.ts';
import { AUDIENCE, BACKEND, createWorld, type Reply, type World } from '../world.ts';

const POLICY = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions, single_use: true }
  backend: { issuer: ${BACKEND} }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: ci-metrics
    issuer: github
    when: { repository_id: "123456", repository_owner_id: "77" }
    allow: ["db:ci_metrics:write"]
    ttl: 20s
  - name: tenant
    issuer: backend
    when: { tenant: { exists: true } }
    allow: ["db:tenant_{tenant}:read,write"]
    ttl: { default: 30s, max: 60s }
  - name: boards
    issuer: backend
    when: { client_id: boards }
    allow: ["db:tenant_a:read"]
    ttl: 10m
    share: true
`;

const VENDS = rounds(2_000, 60_000);
const AT_ONCE = 50;
/** Ten seconds become a fifth of one. */
const HURRY = 50;
const SLOW_MS = 400;

/** The same numbers in every run (mulberry32). */
function createDice(seed: number) {
  let state = seed;
  const roll = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { roll, pick: <T>(choices: readonly T[]): T => choices[Math.floor(roll() * choices.length)]! };
}

const status = (code: number, body = '', contentType = 'text/plain'): Fault => ({
  kind: 'status',
  status: code,
  body,
  contentType,
});
const altered = (change: (body: Record<string, unknown>) => unknown): Fault => ({
  kind: 'rewrite',
  response: async (response) => {
    const body = change((await response.json()) as Record<string, unknown>);
    return new Response(JSON.stringify(body), { status: response.status });
  },
});

const CREATE_FAULTS: Record<string, Fault> = {
  reset: { kind: 'reset' },
  lost: { kind: 'lost' },
  page: status(200, '<!doctype html><title>Sign in</title>', 'text/html'),
  'bad gateway': status(502, '<html>', 'text/html'),
  'server error': status(500, 'object store error: timed out'),
  unavailable: status(503),
  'too many': status(429),
  conflict: status(409, 'token name already exists'),
  'no token': altered(({ token: _token, ...rest }) => rest),
  'another name': altered((body) => ({ ...body, name: 'sts' })),
  'another expiry': altered((body) => ({ ...body, expiry: '2036-01-01T00:00:00Z' })),
  'no expiry': altered((body) => ({ ...body, expiry: null })),
  'refused credential': status(401, '{"error": "the request was not authenticated"}'),
};
const PATIENT_FAULTS: Record<string, Fault> = { hang: { kind: 'hang' }, slow: { kind: 'slow', ms: SLOW_MS } };
/** Played by the test itself: committed only later; committed with a longer life or with more rights than were asked. */
const OWN_FAULTS = ['late', 'longer', 'wider'] as const;
const DELETE_FAULTS: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'lost' },
  status(500),
  status(404, 'no such route'),
];

/** What a caller may be told when InfluxDB fails; each says that asking again may help. */
const HONEST = ['502 upstream_unreadable', '503 misconfigured', '503 upstream_unreachable'];

interface Asked {
  readonly subjectToken: string;
  readonly body: { readonly permissions?: readonly string[]; readonly ttl?: string };
  /** What the grant must come to. */
  readonly permissions: readonly string[];
  readonly seconds: number;
}

function createTrouble() {
  const dice = createDice(20261123);
  const met = new Map<string, number>();
  const late: (() => Promise<unknown>)[] = [];
  let quiet = false;

  async function create(request: Request, influx: InfluxEmulator): Promise<Response> {
    const names = [...Object.keys(CREATE_FAULTS), ...OWN_FAULTS];
    const name = dice.roll() < 0.1 ? dice.pick(Object.keys(PATIENT_FAULTS)) : dice.pick(names);
    met.set(name, (met.get(name) ?? 0) + 1);
    const fault = CREATE_FAULTS[name] ?? PATIENT_FAULTS[name];
    if (fault !== undefined) {
      influx.faults.next('create', fault);
      return influx.fetch(request);
    }
    const body = (await request.clone().json()) as { expiry_secs: number; permissions: { actions: string[] }[] };
    if (name === 'longer') body.expiry_secs += 1;
    if (name === 'wider') body.permissions[0]!.actions = ['read', 'write'];
    const commit = () => influx.fetch(new Request(request.clone(), { signal: null, body: JSON.stringify(body) }));
    if (name === 'late') late.push(commit);
    // A server that gave more rights than it was asked for would not show in its answer, so the answer is lost as well.
    if (name === 'longer') return commit();
    if (name === 'wider') await commit();
    throw new TypeError('connection reset');
  }

  return {
    dice,
    met,
    late,
    /** From now on InfluxDB is well. */
    end: () => {
      quiet = true;
    },
    upstream: async (request: Request, influx: InfluxEmulator) => {
      const creates = request.method === 'POST' && request.url.endsWith('/enterprise/configure/token');
      if (!quiet && creates && dice.roll() < 0.1) return create(request, influx);
      if (!quiet && request.method === 'DELETE' && dice.roll() < 0.05) {
        influx.faults.next('delete', dice.pick(DELETE_FAULTS));
      }
      return influx.fetch(request);
    },
  };
}

async function sweepUntilDone(world: World): Promise<void> {
  for (let run = 0; run < 100; run++) {
    const result = await world.service.sweep({ id: 'sweep', receivedAt: world.clock.now });
    if (!result.ok) throw new Error(result.failure.detail);
    if (result.value.left === 0 && !result.value.more && result.value.unreachable.length === 0) return;
  }
  throw new Error('the sweep comes to no end');
}

const revoke = (world: World, name: string, credential: string) =>
  world.request(`/v1/tokens/${name}`, { method: 'DELETE', headers: { authorization: `Bearer ${credential}` } });

/** Subject tokens of tenants, signed afresh every two minutes. */
async function tenants(world: World) {
  const tokens = [];
  for (let at = 0; at < 20; at++) {
    const tenant = at % 2 === 0 ? 'a' : 'b';
    tokens.push({ tenant, subjectToken: await world.backendToken({ sub: `tenant-${at}`, tenant }) });
  }
  return tokens;
}

async function nextRequest(
  world: World,
  dice: ReturnType<typeof createDice>,
  callers: Awaited<ReturnType<typeof tenants>>,
): Promise<Asked> {
  if (dice.roll() < 0.05) {
    const subjectToken = await world.ciToken();
    return { subjectToken, body: {}, permissions: ['db:ci_metrics:write'], seconds: 20 };
  }
  const { tenant, subjectToken } = dice.pick(callers);
  const actions = dice.pick(['read', 'write', 'read,write']);
  const permissions = [`db:tenant_${tenant}:${actions}`];
  const ttl = dice.pick([5, 30, 60]);
  return { subjectToken, body: { permissions, ttl: `${ttl}s` }, permissions, seconds: ttl };
}

/** Compares what was delivered with InfluxDB's catalogue. */
function expectAsGranted(world: World, delivered: readonly { asked: Asked; reply: Reply }[]): void {
  const catalogue = new Map(world.influx.tokens().map((token) => [token.name, token]));
  for (const { asked, reply } of delivered) {
    const { name, token, permissions, expires_at: expiresAt, expires_in: expiresIn } = reply.body;
    const record = catalogue.get(name);
    expect({ permissions, recorded: record?.permissions }).toEqual({
      permissions: asked.permissions,
      recorded: asked.permissions,
    });
    expect(record!.expiry! - record!.createdAt).toBe(asked.seconds * 1000);
    expect([Date.parse(expiresAt), expiresIn <= asked.seconds]).toEqual([record!.expiry, true]);
    expect(createHash('sha512').update(token).digest('hex')).toBe(record!.hash);
  }
}

test(`${VENDS} vends under faults and a rotation leave nothing behind`, {
  timeout: rounds(120_000, 900_000),
}, async () => {
  const trouble = createTrouble();
  const { dice } = trouble;
  const first = await createWorld({ policy: POLICY, hurry: HURRY, upstream: trouble.upstream });
  let world = first;
  const foreign = ['somebody-elses', 'sts.main.by-hand'];
  world.influx.seed(foreign.map((name) => ({ name, createdAt: world.clock.now, expiry: world.clock.now + 1 })));

  const usedOnce: string[] = [];
  const leases: { name: string; lease: string }[] = [];
  let shared: Reply | null = null;
  let callers = await tenants(world);
  let delivered = 0;
  let retried = 0;

  for (let sent = 0; sent < VENDS; sent += AT_ONCE) {
    if (sent === VENDS / 2) {
      // Leases to be used only after the rotation.
      for (const { subjectToken } of callers) {
        const reply = await world.vend(subjectToken, { ttl: '60s' });
        if (reply.status === 201) leases.push(reply.body);
      }
      while (shared?.status !== 201) shared = await world.vend(await world.backendToken({ client_id: 'boards' }));
      world = world.restart({ STS_KEY: btoa('n'.repeat(32)), STS_KEY_PREVIOUS: btoa('k'.repeat(32)) });
      await expectRotationLosesNothing(world, usedOnce, leases, shared);
    }
    const batch: Asked[] = [];
    for (let at = 0; at < AT_ONCE; at++) batch.push(await nextRequest(world, dice, callers));
    const replies = await Promise.all(
      batch.map(async (asked) => ({ asked, reply: await world.vend(asked.subjectToken, asked.body) })),
    );
    const failed = replies.filter(({ reply }) => reply.status !== 201);
    for (const { reply } of failed) {
      expect(HONEST).toContain(`${reply.status} ${reply.body.reason}`);
      expect([reply.body.retryable, reply.text.includes('apiv3_')]).toEqual([true, false]);
    }
    const got = replies.filter(({ reply }) => reply.status === 201);
    delivered += got.length;
    const retriedWell: typeof got = [];
    // A caller who was told to ask again does, with the same subject token: single use has been given back.
    for (const { asked } of failed) {
      for (let attempt = 0; attempt < 10; attempt++) {
        retried++;
        const reply = await world.vend(asked.subjectToken, asked.body);
        if (reply.status === 201) {
          retriedWell.push({ asked, reply });
          break;
        }
        expect(HONEST).toContain(`${reply.status} ${reply.body.reason}`);
        expect(attempt).toBeLessThan(9);
      }
    }
    expectAsGranted(world, [...got, ...retriedWell]);
    usedOnce.push(...got.filter(({ asked }) => asked.seconds === 20).map(({ asked }) => asked.subjectToken));
    const revoked: string[] = [];
    for (const { reply } of got.slice(0, 5)) {
      const { status: answered } = await revoke(world, reply.body.name, reply.body.lease);
      expect([204, 503]).toContain(answered);
      if (answered === 204) revoked.push(reply.body.name);
    }
    expect(world.influx.tokens().filter(({ name }) => revoked.includes(name))).toEqual([]);
    await world.settle();
    world.clock.advance(1_000);
    const second = sent / AT_ONCE;
    if (second % 2 === 0) await world.stores.attempt();
    if (second % 7 === 0) for (const commit of trouble.late.splice(0)) await commit();
    if (second % 60 === 59) {
      await sweepUntilDone(world);
      const ours = world.influx.tokens().filter(({ name }) => !foreign.includes(name));
      expect(ours.filter(({ expiry }) => expiry! <= world.clock.now)).toEqual([]);
      callers = await tenants(world);
    }
  }

  trouble.end();
  for (const commit of trouble.late.splice(0)) await commit();
  await world.settle();
  world.clock.advance(600_000);
  await world.stores.attempt();
  await sweepUntilDone(world);
  expect(world.influx.tokens().map(({ name }) => name)).toEqual(foreign);
  expect(world.stores.waiting).toEqual([]);

  const every = [...Object.keys(CREATE_FAULTS), ...Object.keys(PATIENT_FAULTS), ...OWN_FAULTS];
  expect(every.filter((name) => !trouble.met.has(name))).toEqual([]);
  expect([...trouble.met.values()].reduce((sum, count) => sum + count)).toBeGreaterThan(0.09 * VENDS);
  expect([delivered > 0.85 * VENDS, retried > 0.09 * VENDS]).toEqual([true, true]);
  // InfluxDB's faults and the rotation are told; nothing else has gone wrong.
  const expected = ['admin_token_refused', 'upstream_unreachable', 'upstream_unreadable'];
  expect([...new Set(world.alarms.map(({ name }) => name))].sort()).toEqual(expected);
});

async function expectRotationLosesNothing(
  world: World,
  usedOnce: readonly string[],
  leases: readonly { name: string; lease: string }[],
  shared: Reply,
): Promise<void> {
  // Those of the last minutes: an older one is refused as expired before anybody asks whether it was used.
  const recent = usedOnce.slice(-20);
  expect([recent.length, leases.length > 10]).toEqual([20, true]);
  for (const subjectToken of recent) {
    expect((await world.vend(subjectToken)).body.reason).toBe('token_replayed');
  }
  for (const { name, lease } of leases) {
    let reply = await revoke(world, name, lease);
    while (reply.status === 503) reply = await revoke(world, name, lease);
    expect(reply.status).toBe(204);
  }
  const names = world.influx.tokens().map(({ name }) => name);
  expect(leases.filter(({ name }) => names.includes(name))).toEqual([]);
  const again = await world.vend(await world.backendToken({ client_id: 'boards' }));
  expect([again.body.name, again.body.token]).toEqual([shared.body.name, shared.body.token]);
}
