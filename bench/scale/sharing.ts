// One shared token over time, by the rules of src/influx/shared-token.ts: it is handed out in the first half of its life, and the next is
// made ahead when the end of that half is near. Seconds.

import { createChance, untilNext } from './chance.ts';

export interface SharedLoad {
  readonly ttl: number;
  readonly vendsPerSecond: number;
  /** Of the instance: how long another node of a cluster may not know a token. */
  readonly syncInterval: number;
}

/** Long enough that how it began does not count. */
const LIVES = 24;

/** Creates in an hour, on average. */
export function createsPerHour({ ttl, vendsPerSecond, syncInterval }: SharedLoad): number {
  const chance = createChance(3);
  const window = ttl / 2;
  const ahead = Math.min(window / 4, Math.max(window / 8, 2 * syncInterval));
  let current = Number.NEGATIVE_INFINITY;
  let next: number | null = null;
  let creates = 0;
  const end = LIVES * ttl;
  for (let now = untilNext(vendsPerSecond, chance); now < end; now += untilNext(vendsPerSecond, chance)) {
    if (now > current + window) {
      if (next !== null && now <= next + window) {
        current = next;
      } else {
        creates++;
        current = now;
      }
      next = null;
    }
    if (next === null && now >= current + window - ahead) {
      creates++;
      next = now;
    }
  }
  return (creates * 3600) / end;
}
