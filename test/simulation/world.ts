// What the actors of a schedule share: time, chance, the weather, and the history that the invariants read. It holds no state of the service:
// each actor holds its own.

import type { Switch } from '../../src/admission/switch.ts';
import type { Policies } from './policy.ts';
import { createRandom, type Random } from './random.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { createWeather, type Weather } from './weather.ts';

/** What happened that a promise speaks of. Ids of admissions are names of tokens, or ids of requests where a shared token is handed out. */
export type Fact =
  /** InfluxDB was asked for a token of that name. */
  | { readonly kind: 'create_sent'; readonly name: string }
  /** InfluxDB has it now. */
  | { readonly kind: 'created'; readonly name: string }
  /** A gate's storage holds something new. */
  | { readonly kind: 'kept'; readonly gate: string }
  /** All that a gate's storage held is gone. */
  | { readonly kind: 'lost'; readonly gate: string }
  /** A gate, the way to it, or what it needs was in trouble. */
  | { readonly kind: 'trouble'; readonly gate: string }
  /** A gate's yes reached who had asked. */
  | { readonly kind: 'admitted'; readonly gate: string; readonly id: string; readonly claim: string }
  /** A gate's word that it knows the outcome reached who had told it. */
  | { readonly kind: 'settled'; readonly gate: string; readonly id: string; readonly outcome: string }
  /** The switchboard says that it is in force. */
  | { readonly kind: 'switched_off'; readonly switch: Switch }
  /** Somebody begins to lift it. */
  | { readonly kind: 'switched_on'; readonly id: string }
  /** A caller has a token; `jti` where the one that they showed, from and until those times, is for single use. */
  | {
      readonly kind: 'handed_out';
      readonly name: string;
      readonly jti: string | null;
      readonly from: number;
      readonly until: number;
    };

/** A promise that the history does not keep. */
export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

export interface World {
  readonly random: Random;
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly policies: Policies;
  readonly happened: (fact: Fact) => void;
  readonly onFact: (see: (fact: Fact) => void) => void;
  /** Ends the schedule. Only the first counts. */
  readonly violate: (invariant: string, what: string) => void;
  readonly violation: () => Violation | null;
}

const START = Date.parse('2026-11-28T12:00:00Z');

export function createWorld(seed: number, policies: Policies, report: ((line: string) => void) | null): World {
  const random = createRandom(seed);
  const timeline = createTimeline(START, random, report);
  const seeing: ((fact: Fact) => void)[] = [];
  let violation: Violation | null = null;
  return {
    random,
    timeline,
    weather: createWeather(random),
    policies,
    happened: (fact) => {
      for (const see of seeing) see(fact);
    },
    onFact: (see) => void seeing.push(see),
    violate: (invariant, what) => {
      if (violation !== null) return;
      violation = { invariant, what };
      timeline.tell(() => `VIOLATION of ${invariant}: ${what}`);
      timeline.stop();
    },
    violation: () => violation,
  };
}
