// The faults that come by themselves, at times that the seed picks: what restarts, is lost, fills up, cannot be reached, or has its clock set.

import type { Incident } from '../weather.ts';
import type { World } from '../world.ts';
import type { Counters } from './counters.ts';
import type { Gates } from './gates.ts';
import type { InfluxDB } from './influxdb.ts';
import type { SharedTokens } from './shared-tokens.ts';
import type { Workers } from './workers.ts';

export interface Afflicted {
  readonly gates: Gates;
  readonly counters: Counters;
  readonly influx: InfluxDB;
  readonly sharedTokens: SharedTokens;
  readonly workers: Workers;
}

/** Plans the faults of the next `duration` milliseconds. */
export function planIncidents(
  world: World,
  { gates, influx, counters, sharedTokens, workers }: Afflicted,
  duration: number,
): void {
  const { timeline, random, weather } = world;
  const anyGate = () => random.pick(gates.places);
  const until = () => timeline.now() + random.between(1_000, 60_000);

  const strike: Readonly<Record<Incident, () => void>> = {
    gate_restarts: () => anyGate().restart('the platform moves it'),
    gate_superseded: () => anyGate().supersede(),
    gate_loses_storage: () => anyGate().loseStorage(),
    gate_unreachable: () => anyGate().unreachable(until()),
    gate_full: () => {
      const gate = anyGate();
      gate.full(true);
      // The size is looked at when an instance starts.
      if (random.chance(0.5)) gate.restart('the platform moves it');
      timeline.after(until() - timeline.now(), () => gate.full(false));
    },
    gate_clock: () => anyGate().setClock(weather.clockError()),
    worker_clock: () => workers.setClock(),
    board_unreachable: () => gates.boardUnreachable(until()),
    counter_restarts: () => counters.restart(),
    board_restarts: () => gates.board.restart(),
    upstream_outage: () => influx.outage(until()),
    shared_restarts: () => sharedTokens.restart(),
  };

  for (const [incident, times] of Object.entries(weather.incidents) as [Incident, number][]) {
    for (let time = 0; time < times; time++) {
      timeline.after(random.between(0, duration), () => {
        timeline.tell(() => `incident: ${incident}`);
        strike[incident]();
      });
    }
  }
}
