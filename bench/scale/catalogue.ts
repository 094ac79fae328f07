// InfluxDB's catalogue as a queue: creates, revocations and the sweep's deletions are written one after the other. The sweep is the
// service's: its runs, its connections and its bounds. Seconds, unless a name says otherwise.

import { CONCURRENCY, DELETIONS_PER_RUN, RUN_MS } from '../../src/service/sweep.ts';
import { createChance, untilNext } from './chance.ts';

export interface CatalogueLoad {
  /** Tokens of callers' own. */
  readonly vendsPerSecond: number;
  /** The part of them that their holders revoke. */
  readonly revoked: number;
  /** What one write of the catalogue takes. */
  readonly writeMs: number;
}

export interface CatalogueState {
  /** Expired tokens that are still there, at the end of each period. */
  readonly backlogs: readonly number[];
  /** What creates waited for the catalogue, 99 of 100 no longer. */
  readonly createP99Ms: number;
}

/** A short job's token; a longer life changes nothing once the first tokens have expired. */
const TTL = 5 * 60;
/** After which a holder revokes. */
const HELD = 2 * 60;
const RUN_EVERY = 60;
/** Between the Worker and InfluxDB, there and back. */
const ROUND_TRIP = 0.02;
const PERIOD = 5 * 60;
/** After the first tokens have expired. */
const PERIODS = 4;

export function simulateCatalogue({ vendsPerSecond, revoked, writeMs }: CatalogueLoad): CatalogueState {
  const chance = createChance(2);
  const end = TTL + PERIODS * PERIOD;
  let freeAt = 0;
  const write = (now: number): number => {
    freeAt = Math.max(now, freeAt) + writeMs / 1000;
    return freeAt;
  };
  /** Both in the order of time, because a create that comes later is written later. */
  const revocations: number[] = [];
  const expiries: number[] = [];
  let [revocationsDone, expired, swept] = [0, 0, 0];
  const waits: number[] = [];
  const backlogs: number[] = [];
  /** When each connection of the sweep sends its next deletion. */
  const connections: number[] = Array.from({ length: CONCURRENCY }, () => Infinity);
  let chosen = 0;
  let stopAt = 0;
  let nextCreate = untilNext(vendsPerSecond, chance);
  let nextRun = RUN_EVERY;
  let nextBacklog = TTL + PERIOD;

  for (;;) {
    const nextRevocation = revocations[revocationsDone] ?? Infinity;
    let first = 0;
    for (let at = 1; at < CONCURRENCY; at++) if (connections[at]! < connections[first]!) first = at;
    const nextDeletion = connections[first]!;
    const now = Math.min(nextCreate, nextRevocation, nextDeletion, nextRun, nextBacklog);
    while ((expiries[expired] ?? Infinity) <= now) expired++;
    if (now === nextBacklog) {
      backlogs.push(expired - swept);
      nextBacklog += PERIOD;
      if (now >= end) break;
    } else if (now === nextRun) {
      chosen = Math.min(expired - swept, DELETIONS_PER_RUN);
      stopAt = now + RUN_MS / 1000;
      // A connection that still waits for its last answer takes part when it has come.
      for (const [at, busyUntil] of connections.entries()) if (busyUntil === Infinity) connections[at] = now;
      nextRun += RUN_EVERY;
    } else if (now === nextDeletion) {
      if (chosen > 0 && now < stopAt) {
        chosen--;
        swept++;
        connections[first] = write(now) + ROUND_TRIP;
      } else {
        connections[first] = Infinity;
      }
    } else if (now === nextRevocation) {
      revocationsDone++;
      write(now);
    } else {
      const written = write(now);
      waits.push(written - now);
      if (chance() < revoked) revocations.push(written + HELD);
      else expiries.push(written + TTL);
      nextCreate = now + untilNext(vendsPerSecond, chance);
    }
  }
  const sorted = Float64Array.from(waits).sort();
  return { backlogs, createP99Ms: sorted[Math.floor(sorted.length * 0.99)]! * 1000 };
}

/** More than what expires between two runs stays behind at a run's end, and more in each. */
export function isKeptUp({ backlogs }: CatalogueState, expiringPerSecond: number): boolean {
  return backlogs.at(-1)! <= 2 * RUN_EVERY * expiringPerSecond + CONCURRENCY;
}

/** The most vends a second, in steps of a hundredth of what the catalogue can write, at which expired tokens do not pile up. */
export function mostKeptUp(load: Omit<CatalogueLoad, 'vendsPerSecond'>): number {
  const step = 10 / load.writeMs;
  // Each token is written twice, so half of the writes is the most; and a fifth never was too many.
  let [low, high] = [20, 51];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const vendsPerSecond = middle * step;
    const state = simulateCatalogue({ ...load, vendsPerSecond });
    if (isKeptUp(state, vendsPerSecond * (1 - load.revoked))) low = middle;
    else high = middle;
  }
  return low * step;
}
