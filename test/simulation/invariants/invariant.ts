// What an invariant sees: the history as it happens, and what is durable. It says when a promise is broken, and changes nothing.

import type { Counters } from '../actors/counters.ts';
import type { Gates } from '../actors/gates.ts';
import type { InfluxDB } from '../actors/influxdb.ts';
import type { Fact, World } from '../world.ts';

export interface Seen {
  readonly world: World;
  readonly gates: Gates;
  readonly counters: Counters;
  readonly influx: InfluxDB;
}

export interface Invariant {
  readonly see?: (fact: Fact) => void;
  /** Again and again, until the end. */
  readonly check?: () => void;
  /** When nothing has gone wrong for long, all that was open should be resolved, and all tokens have expired. */
  readonly atEnd?: () => void;
}

export type CreateInvariant = (seen: Seen) => Invariant;

/** The gate of that name. */
export function gateNamed({ gates }: Seen, name: string) {
  return gates.places.find((place) => place.name === name)!;
}
