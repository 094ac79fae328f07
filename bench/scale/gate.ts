// One gate as a queue: calls come by chance and are worked off one after the other. The gates share the calls evenly, because a digest
// picks the gate, so one of them stands for all.

import { createChance, untilNext } from './chance.ts';

export interface GateLoad {
  /** Calls of one gate. */
  readonly callsPerSecond: number;
  readonly capacityPerSecond: number;
  readonly seconds: number;
}

export interface GateWait {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Seconds that the last call waits: grows without end where more comes than is worked off. */
  readonly lastSeconds: number;
}

export function simulateGate({ callsPerSecond, capacityPerSecond, seconds }: GateLoad): GateWait {
  const chance = createChance(1);
  const work = 1 / capacityPerSecond;
  const waits: number[] = [];
  let freeAt = 0;
  for (let now = untilNext(callsPerSecond, chance); now < seconds; now += untilNext(callsPerSecond, chance)) {
    freeAt = Math.max(now, freeAt) + work;
    waits.push(freeAt - now);
  }
  const lastSeconds = waits.at(-1) ?? 0;
  const sorted = Float64Array.from(waits).sort();
  const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0) * 1000;
  return { p50Ms: at(0.5), p99Ms: at(0.99), lastSeconds };
}
