// The sweep: what it deletes, what it never touches, and that nothing in its way holds up the rest for ever.

import { describe, expect, test } from 'vitest';
import type { Recorded } from '../../src/audit/recorder.ts';
import { createKeyring } from '../../src/foundation/keyring.ts';
import type { DeleteOutcome } from '../../src/influx/answer.ts';
import type { InfluxClient } from '../../src/influx/client.ts';
import { createName } from '../../src/influx/name.ts';
import { createSweep, type SweepSummary } from '../../src/service/sweep.ts';
import { createInfluxEmulator, type InfluxEmulator } from '../emulator/influxdb.ts';
import { rounds } from '../rounds.ts';
import { createWorld, POLICY, type World, type WorldOptions } from '../world.ts';

const keyring = createKeyring(new Uint8Array(32).fill('k'.charCodeAt(0)));
const SPARE_HOST = 'spare.example.com:8181';
const SPARE_TOKEN = `apiv3_${'s'.repeat(85)}A`;
const TWO_INSTANCES = POLICY.replace(
  'rules:',
  `  spare: { url: "https://${SPARE_HOST}", admin_token: INFLUXDB3_SPARE_TOKEN }
rules:`,
).replace(/(name: (?:ci-metrics|tenant-self|dashboards)\n)/g, '$1    instance: main\n');

const NOTHING: SweepSummary = { deleted: 0, gone: 0, failed: 0, left: 0, more: false, unreachable: [] };
const MINUTE = 60_000;

/** Names as the service makes them; the owner decides where they stand in a listing. */
async function names(
  count: number,
  now: number,
  { instance = 'main', owner = 'o', rule = 'ci-metrics' } = {},
): Promise<readonly string[]> {
  const runtime = {
    now: () => now,
    random: (size: number) => crypto.getRandomValues(new Uint8Array(size)),
  };
  const parts = { instance, rule, owner: owner.padEnd(27, 'a') };
  return Promise.all(Array.from({ length: count }, () => createName(parts, keyring, runtime)));
}

let made: Promise<readonly string[]> | null = null;
/** The same 12,000 for every test that needs many, because making them takes longer than what is tested. */
function manyNames(): Promise<readonly string[]> {
  made ??= names(12_000, 0);
  return made;
}

/** Puts tokens of these names into the catalogue that expired a minute ago, or will in a minute. */
function seed(influx: InfluxEmulator, texts: readonly string[], now: number, life: 'expired' | 'live' = 'expired') {
  const expiry = life === 'expired' ? now - MINUTE : now + MINUTE;
  influx.seed(texts.map((name) => ({ name, createdAt: now - 10 * MINUTE, expiry })));
}

async function sweep(world: World): Promise<SweepSummary> {
  const result = await world.service.sweep({ id: 'sweep', receivedAt: world.clock.now });
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
}

async function sweepUntilDone(world: World, atMost: number): Promise<SweepSummary[]> {
  const runs: SweepSummary[] = [];
  do runs.push(await sweep(world));
  while ((runs.at(-1)!.left > 0 || runs.at(-1)!.more) && runs.length < atMost);
  return runs;
}

/** The sweep alone, over instances that answer at once: for more names than an emulator should be asked for in every run. */
async function sweepAlone(
  instances: Readonly<Record<string, { names: readonly string[]; outcome: () => DeleteOutcome }>>,
): Promise<SweepSummary> {
  const recorded = (async (_kind, _receipt, work) => work(() => {})) as Recorded;
  const clients = Object.entries(instances).map(([instance, { names: listed, outcome }]) => {
    const client = {
      // As InfluxDB does, it lists no more than it is asked for.
      query: async (sql: string) => listed.slice(0, Number(/ LIMIT (\d+)$/.exec(sql)?.[1])).map((name) => ({ name })),
      deleteToken: async () => outcome(),
    };
    return [instance, client as unknown as InfluxClient] as const;
  });
  const policy = { instances: Object.fromEntries(clients.map(([instance]) => [instance, {} as never])) };
  const runtime = { now: () => 0, alarm: () => {} };
  const admission = { write: async () => undefined };
  const limits = { free: async () => undefined };
  const result = await createSweep({
    policy,
    clients: new Map(clients),
    keyring,
    admission,
    limits,
    recorded,
    runtime,
  })({
    id: 'sweep',
    receivedAt: 0,
  });
  if (!result.ok) throw new Error(result.failure.detail);
  return result.value;
}

const deletedNames = (world: World) =>
  world.influx.requests
    .filter(({ operation }) => operation === 'delete')
    .map(({ path }) => new URL(path, 'https://influx').searchParams.get('token_name'));

/** InfluxDB refuses to delete what the condition holds for. */
const undeletable =
  (condition: (name: string) => boolean): NonNullable<WorldOptions['upstream']> =>
  async (request, influx) => {
    const name = new URL(request.url).searchParams.get('token_name');
    if (name !== null && condition(name)) return new Response('object store error', { status: 500 });
    return influx.fetch(request);
  };

describe('a sweep', () => {
  test('deletes expired tokens, leaves live ones, and records one event', async () => {
    const world = await createWorld();
    const old = await world.vend(await world.ciToken());
    world.clock.advance(900_000);
    const live = await world.vend(await world.ciToken());
    world.events.length = 0;
    expect(await sweep(world)).toEqual({ ...NOTHING, deleted: 1 });
    expect(deletedNames(world)).toEqual([old.body.name]);
    expect(world.influx.tokens().map(({ name }) => name)).toEqual([live.body.name]);
    expect(world.events).toMatchObject([
      { kind: 'sweep', id: 'sweep', outcome: 'allowed', sweep: { ...NOTHING, deleted: 1 } },
    ]);
  });

  test('does not touch a token in its last millisecond', async () => {
    const world = await createWorld();
    await world.vend(await world.ciToken());
    world.clock.advance(899_999);
    expect(await sweep(world)).toEqual(NOTHING);
    world.clock.advance(1);
    expect(await sweep(world)).toEqual({ ...NOTHING, deleted: 1 });
  });

  test('deletes tokens made under the previous key', async () => {
    const world = await createWorld();
    await world.vend(await world.ciToken());
    world.clock.advance(900_000);
    const rotated = world.restart({ STS_KEY: btoa('n'.repeat(32)), STS_KEY_PREVIOUS: btoa('k'.repeat(32)) });
    expect(await sweep(rotated)).toEqual({ ...NOTHING, deleted: 1 });
    expect(world.influx.tokens()).toEqual([]);
  });

  test('never touches names that it did not make, however much they look like ours', async () => {
    const world = await createWorld();
    const { now } = world.clock;
    const [sound] = (await names(1, now)) as [string];
    const forged = [
      `${sound.slice(0, -1)}${sound.endsWith('a') ? 'b' : 'a'}`,
      `${sound}a`,
      sound.slice(0, -1),
      sound.toUpperCase(),
      sound.replace('sts.main', 'sts.spare'),
      sound.replace('ci-metrics', 'ci-metrica'),
      sound.replace('.ci-metrics.', '.ci-metrics.ci-metrics.'),
      'sts.main.',
      'sts.main.backup',
      "sts.main.' OR '1'='1",
      'stsxmain.x',
      'somebody-elses',
    ];
    seed(world.influx, [sound, ...forged], now);
    expect(await sweep(world)).toEqual({ ...NOTHING, deleted: 1 });
    expect(deletedNames(world)).toEqual([sound]);
    expect(world.influx.tokens().map(({ name }) => name)).toEqual(forged);
  });

  test('counts a token that somebody else deleted meanwhile as done', async () => {
    const world = await createWorld({
      upstream: async (request, influx) => {
        const response = await influx.fetch(request.clone());
        return request.method === 'DELETE' ? influx.fetch(request) : response;
      },
    });
    seed(world.influx, await names(3, world.clock.now), world.clock.now);
    expect(await sweep(world)).toEqual({ ...NOTHING, gone: 3 });
    expect(world.influx.tokens()).toEqual([]);
  });

  test('goes on when a deletion fails, and tries that one again the next time', async () => {
    const world = await createWorld();
    seed(world.influx, await names(20, world.clock.now), world.clock.now);
    world.influx.faults.next('delete', { kind: 'reset' });
    world.influx.faults.next('delete', { kind: 'status', status: 500 });
    world.influx.faults.next('delete', { kind: 'status', status: 403, body: '{"error": "unauthorized"}' });
    expect(await sweep(world)).toEqual({ ...NOTHING, deleted: 17, failed: 3, left: 3 });
    expect(await sweep(world)).toEqual({ ...NOTHING, deleted: 3 });
  });

  test('deletes a bounded number in one run, whatever becomes of each', async () => {
    let asked = 0;
    const outcome = () => (asked++ % 9 === 0 ? 'failed' : 'deleted');
    const summary = await sweepAlone({ main: { names: (await manyNames()).slice(0, 10_500), outcome } });
    expect(summary).toEqual({ ...NOTHING, deleted: 8_000, failed: 1_000, left: 2_000, more: true });
    expect(asked).toBe(9_000);
  });

  test.each([
    'failed',
    'refused',
  ] as const)('leaves an instance to the next run when its deletions are %s one after the other', async (outcome) => {
    let asked = 0;
    const answer = (): DeleteOutcome => (asked++ === 50 ? 'not_found' : outcome);
    const summary = await sweepAlone({ main: { names: (await manyNames()).slice(0, 1_000), outcome: answer } });
    // Six at a time: those under way are not called back.
    expect(asked).toBeGreaterThan(150);
    expect(asked).toBeLessThan(160);
    expect(summary).toEqual({ ...NOTHING, gone: 1, failed: asked - 1, left: 999 });
  });

  test('ends before the next one begins when InfluxDB is slow', async () => {
    const clock = { advance: (_: number) => {} };
    const world = await createWorld({
      upstream: async (request, influx) => {
        clock.advance(1_000);
        return influx.fetch(request);
      },
    });
    clock.advance = world.clock.advance;
    seed(world.influx, await names(500, world.clock.now), world.clock.now);
    const start = world.clock.now;
    const summary = await sweep(world);
    expect(world.clock.now - start).toBeLessThan(MINUTE);
    expect(summary.deleted).toBeGreaterThan(30);
    expect(summary.left).toBe(500 - summary.deleted);
  });
});

describe('a long queue', () => {
  const QUEUE = rounds(1_000, 50_000);

  test(`of ${QUEUE} expired tokens is worked off by several sweeps at once, to the last`, {
    timeout: rounds(60_000, 900_000),
  }, async () => {
    const world = await createWorld();
    const { now } = world.clock;
    seed(world.influx, await names(QUEUE, now), now);
    const live = await names(10, now);
    seed(world.influx, live, now, 'live');
    let deleted = 0;
    for (let round = 0; deleted < QUEUE && round < 30; round++) {
      const runs = await Promise.all([sweep(world), sweep(world), sweep(world)]);
      for (const run of runs) deleted += run.deleted;
    }
    expect(deleted).toBe(QUEUE);
    expect(await sweep(world)).toEqual(NOTHING);
    expect(world.influx.tokens().map(({ name }) => name)).toEqual(live);
  });

  test('is not held up by 12,000 names at its front that cannot be deleted', { timeout: 60_000 }, async () => {
    const clock = { advance: (_: number) => {} };
    const stuck = undeletable((name) => name.includes('.oaaa'));
    const world = await createWorld({
      upstream: async (request, influx) => {
        clock.advance(15);
        return stuck(request, influx);
      },
    });
    clock.advance = world.clock.advance;
    const { now } = world.clock;
    seed(world.influx, await manyNames(), now);
    seed(world.influx, await names(1_200, now, { owner: 'oz' }), now);
    const before = world.influx.tokens().length;
    await sweep(world);
    // In its time the run tries some 3,000 names in chance order, of which one in eleven can be deleted.
    expect(before - world.influx.tokens().length).toBeGreaterThan(100);
  });

  test('is not held up by 25,000 names at its front that are not ours', { timeout: 60_000 }, async () => {
    const world = await createWorld();
    const { now } = world.clock;
    const foreign = Array.from({ length: 25_000 }, (_, at) => `sts.main.${at}`);
    seed(world.influx, foreign, now);
    seed(world.influx, await names(1_000, now), now);
    for (let run = 0; run < 5; run++) await sweep(world);
    expect(world.influx.tokens().length).toBeLessThan(25_500);
    expect(deletedNames(world).filter((name) => foreign.includes(name!))).toEqual([]);
  });

  test('shrinks to the names that cannot be deleted, and the summary keeps naming those', async () => {
    const world = await createWorld({ upstream: undeletable((name) => name.includes('.oaaa')) });
    const { now } = world.clock;
    seed(world.influx, await names(50, now), now);
    seed(world.influx, await names(1_500, now, { owner: 'oz' }), now);
    const runs = await sweepUntilDone(world, 10);
    expect(runs.at(-1)).toEqual({ ...NOTHING, failed: 50, left: 50 });
    expect(world.influx.tokens()).toHaveLength(50);
  });
});

describe('several instances', () => {
  async function twoInstances(options: WorldOptions = {}) {
    const time = { now: () => 0 };
    const spare = createInfluxEmulator({ now: () => time.now(), adminToken: SPARE_TOKEN });
    const world = await createWorld({
      policy: TWO_INSTANCES,
      env: { INFLUXDB3_SPARE_TOKEN: SPARE_TOKEN },
      elsewhere: (request) => spare.fetch(request),
      ...options,
    });
    time.now = () => world.clock.now;
    return { world, spare };
  }

  test('are all swept, each of its own names only', async () => {
    const { world, spare } = await twoInstances();
    const { now } = world.clock;
    const [stray] = await names(1, now);
    seed(world.influx, await names(3, now), now);
    seed(spare, await names(4, now, { instance: 'spare' }), now);
    seed(spare, [stray!], now);
    expect(await sweep(world)).toEqual({ ...NOTHING, deleted: 7 });
    expect([world.influx.tokens(), spare.tokens().map(({ name }) => name)]).toEqual([[], [stray]]);
  });

  test.each(['main', 'spare'])('are swept although %s does not answer', async (down) => {
    const { world, spare } = await twoInstances();
    const { now } = world.clock;
    seed(world.influx, await names(3, now), now);
    seed(spare, await names(3, now, { instance: 'spare' }), now);
    (down === 'main' ? world.influx : spare).faults.always('any', { kind: 'reset' });
    expect(await sweep(world)).toEqual({ ...NOTHING, deleted: 3, unreachable: [down] });
  });

  test('are named when there is no admin token for them: the run has not seen what waits there', async () => {
    const { world } = await twoInstances({ env: {} });
    expect(await sweep(world)).toEqual({ ...NOTHING, unreachable: ['spare'] });
  });

  test.each([
    ['main', 'spare'],
    ['spare', 'main'],
  ])('share one run: a queue on %s that nobody can delete leaves room for %s', async (stuck, free) => {
    const { world, spare } = await twoInstances();
    const { now } = world.clock;
    const influxOf = (instance: string) => (instance === 'main' ? world.influx : spare);
    seed(influxOf(stuck), await names(1_000, now, { instance: stuck }), now);
    seed(influxOf(free), await names(10, now, { instance: free }), now);
    influxOf(stuck).faults.always('delete', { kind: 'status', status: 500 });
    const { failed, ...rest } = await sweep(world);
    expect(rest).toEqual({ deleted: 10, gone: 0, left: 1_000, more: false, unreachable: [] });
    expect(failed).toBeGreaterThanOrEqual(100);
    expect(influxOf(free).tokens()).toEqual([]);
  });

  test('share one run in halves when both queues are long, though the shorter one cannot be deleted', async () => {
    let asked = 0;
    const main = { names: (await manyNames()).slice(0, 6_000), outcome: (): DeleteOutcome => 'deleted' };
    const mostlyStuck = (): DeleteOutcome => (asked++ % 90 === 0 ? 'deleted' : 'failed');
    const spare = { names: await names(5_000, 0, { instance: 'spare' }), outcome: mostlyStuck };
    expect(await sweepAlone({ main, spare })).toEqual({ ...NOTHING, deleted: 4_550, failed: 4_450, left: 6_450 });
  });
});
