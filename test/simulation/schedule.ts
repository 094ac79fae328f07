// One schedule: a time in which everything goes wrong that its weather brings, then a calm in which all must come right. It throws nothing; what
// it found is its answer. README.md beside it says how to add to it.

import { type Callers, createCallers } from './actors/callers.ts';
import { createCounters } from './actors/counters.ts';
import { createDeletions } from './actors/deletions.ts';
import { createGates } from './actors/gates.ts';
import { planIncidents } from './actors/incidents.ts';
import { createInfluxDB } from './actors/influxdb.ts';
import { createOperators } from './actors/operators.ts';
import { createSharedTokens } from './actors/shared-tokens.ts';
import { createWorkers, type Workers } from './actors/workers.ts';
import { closing } from './invariants/closing.ts';
import type { CreateInvariant, Invariant } from './invariants/invariant.ts';
import { limited } from './invariants/limited.ts';
import { recorded } from './invariants/recorded.ts';
import { remains } from './invariants/remains.ts';
import { singleUse } from './invariants/single-use.ts';
import { switchedOff } from './invariants/switched-off.ts';
import { trail } from './invariants/trail.ts';
import { createPlainKeyring } from './keyring.ts';
import { JOBS, type Policies } from './policy.ts';
import { createWorld, type Violation, type World } from './world.ts';

const INVARIANTS: readonly CreateInvariant[] = [recorded, switchedOff, singleUse, limited, trail, closing, remains];

const CHECK_EVERY_MS = 45_000;
const CALM_MS = 150_000;
/** Every token has expired, every deletion is certain, and every unknown outcome was asked for again after the longest pause. */
const END_MS = 16 * 60_000;

export interface ScheduleOptions {
  readonly seed: number;
  readonly policies: Policies;
  /** Is told each step. */
  readonly report?: (line: string) => void;
}

export async function runSchedule({ seed, policies, report }: ScheduleOptions): Promise<Violation | null> {
  const world = createWorld(seed, policies, report ?? null);
  const { timeline, random, weather } = world;
  const keyring = createPlainKeyring();
  const influx = createInfluxDB(world);
  const gates = createGates(world, influx);
  const counters = createCounters(world, influx);
  const deletions = createDeletions(world, influx);
  const sharedTokens = createSharedTokens(world, { influx, gates, deletions, keyring });
  const workers = createWorkers(world, { influx, gates, counters, sharedTokens, deletions, keyring });
  const callers = createCallers(world, workers);
  const operators = createOperators(world, gates.board);
  const invariants = INVARIANTS.map((create) => create({ world, gates, counters, influx }));
  world.onFact((fact) => {
    for (const { see } of invariants) see?.(fact);
  });
  checkEvery(world, invariants);

  const duration = random.between(30_000, 300_000);
  callers.come(duration);
  operators.come(duration);
  planIncidents(world, { gates, influx, counters, sharedTokens, workers }, duration);
  await timeline.runUntil(timeline.now() + duration);

  timeline.tell(() => 'from now on nothing goes wrong');
  weather.calmDown();
  workers.replace();
  workers.setClock();
  influx.outage(0);
  gates.boardUnreachable(0);
  for (const place of gates.places) {
    place.full(false);
    place.unreachable(0);
    place.setClock(0);
  }
  await timeline.runUntil(timeline.now() + CALM_MS);
  await operators.liftAll();
  await recover(world, callers);
  await timeline.runUntil(timeline.now() + END_MS);
  await sweep(world, workers);
  if (world.violation() === null) for (const { atEnd } of invariants) atEnd?.();
  timeline.stop();
  gates.release();
  counters.release();
  return world.violation();
}

function checkEvery(world: World, invariants: readonly Invariant[]): void {
  world.timeline.after(CHECK_EVERY_MS, () => {
    for (const { check } of invariants) check?.();
    checkEvery(world, invariants);
  });
}

/**
 * A gate that was born again believes no subject token from before, nor one from a clock that is behind; and a limit gives again when the
 * tokens that were made have ended. After so many attempts all of that is over.
 */
const ATTEMPTS = 12;
const BETWEEN_ATTEMPTS_MS = 30_000;

/** After all faults, each kind of vend succeeds again by itself. */
async function recover(world: World, { ask }: Callers): Promise<void> {
  const { timeline } = world;
  const unserved = new Set(
    (['ci', 'backend'] as const).flatMap((issuer) => JOBS[issuer].map((job) => ({ issuer, job }))),
  );
  for (let attempt = 0; attempt < ATTEMPTS && unserved.size > 0; attempt++) {
    for (const wish of unserved) {
      void ask(wish.issuer, wish.job).then((isServed) => isServed && unserved.delete(wish));
    }
    await timeline.runUntil(timeline.now() + BETWEEN_ATTEMPTS_MS);
  }
  for (const { issuer, job } of unserved) {
    world.violate('a vend succeeds once nothing goes wrong', `${issuer} got nothing for ${job}`);
  }
}

/** A node of a cluster that has not heard of a token does not list it, so that it takes more than one. */
async function sweep({ timeline }: World, workers: Workers): Promise<void> {
  for (let time = 0; time < 3; time++) {
    void workers.sweep();
    await timeline.runUntil(timeline.now() + 60_000);
  }
}
