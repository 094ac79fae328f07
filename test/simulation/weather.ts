// Which faults a schedule has, and how often. Each schedule draws its own mixture, and leaves half of the faults out, because a fault is often
// found only where others do not hide it. Once it is calm nothing goes wrong any more, and nothing is slow.

import type { Random } from './random.ts';

export interface Weather {
  /** A process that sends a request or hears an answer dies. */
  readonly death: () => boolean;
  /** A gate dies just before what it wrote is durable, or just after. */
  readonly gateDeath: () => boolean;
  /** What becomes of a call from one process to another. */
  readonly fate: () => Fate;
  /** How long a message is on its way, milliseconds. */
  readonly delay: () => number;
  /** What becomes of a create. */
  readonly create: () => CreateFate;
  /** A request to InfluxDB other than a create gets no answer. */
  readonly silence: () => boolean;
  /** The platform cuts off what a Worker does after its answer. */
  readonly cutOff: () => boolean;
  /** What an object of its own kind cannot store. */
  readonly fullStore: () => boolean;
  /** How wrong a clock is, milliseconds. */
  readonly clockError: () => number;
  /** How late an alarm comes, milliseconds; now and then it comes twice. */
  readonly lateness: () => number;
  readonly alarmTwice: () => boolean;
  /** The faults that come by themselves, with how often a schedule has each. */
  readonly incidents: Readonly<Record<Incident, number>>;
  readonly isCalm: () => boolean;
  readonly calmDown: () => void;
}

export type Fate = 'fine' | 'twice' | 'request_lost' | 'answer_lost' | 'silent' | 'overtaken' | 'overloaded';

/** `lost`: InfluxDB never hears of it. `silent`: it does, perhaps late, and says nothing. */
export type CreateFate = 'created' | 'refused' | 'lost' | 'silent' | 'garbled' | 'failed';

export type Incident =
  | 'gate_restarts'
  | 'gate_superseded'
  | 'gate_loses_storage'
  | 'gate_unreachable'
  | 'gate_full'
  | 'gate_clock'
  | 'worker_clock'
  | 'board_unreachable'
  | 'board_restarts'
  | 'counter_restarts'
  | 'upstream_outage'
  | 'shared_restarts';

const MOST: Readonly<Record<Incident, number>> = {
  gate_restarts: 6,
  gate_superseded: 4,
  gate_loses_storage: 1,
  gate_unreachable: 1,
  gate_full: 2,
  gate_clock: 4,
  worker_clock: 3,
  board_unreachable: 1,
  board_restarts: 4,
  counter_restarts: 2,
  upstream_outage: 1,
  shared_restarts: 3,
};

/** What the design allows for: machines of the platform, and of those who run InfluxDB, keep their clocks closer than this. */
const CLOCK_ERROR_MS = 5_000;

export function createWeather(random: Random): Weather {
  let calm = false;
  const perhaps = (most: number) => (random.chance(0.5) ? random.fraction() * most : 0);
  const rates = {
    death: perhaps(0.04),
    gateDeath: perhaps(0.1),
    twice: perhaps(0.2),
    requestLost: perhaps(0.06),
    answerLost: perhaps(0.12),
    silent: perhaps(0.06),
    overtaken: perhaps(0.08),
    overloaded: perhaps(0.05),
    createSilent: perhaps(0.4),
    createOther: perhaps(0.3),
    silence: perhaps(0.4),
    cutOff: perhaps(0.5),
    fullStore: perhaps(0.2),
    late: perhaps(0.3),
    slow: perhaps(0.12),
  };
  const clocks = random.chance(0.5) ? CLOCK_ERROR_MS : 0;
  const incidents = Object.fromEntries(
    Object.entries(MOST).map(([incident, most]) => [incident, random.chance(0.5) ? random.between(0, most) : 0]),
  ) as Record<Incident, number>;
  const now = (rate: number) => !calm && rate > 0 && random.chance(rate);

  return {
    death: () => now(rates.death),
    gateDeath: () => now(rates.gateDeath),
    fate: () => {
      if (now(rates.requestLost)) return 'request_lost';
      if (now(rates.answerLost)) return 'answer_lost';
      if (now(rates.silent)) return 'silent';
      if (now(rates.overtaken)) return 'overtaken';
      if (now(rates.overloaded)) return 'overloaded';
      return now(rates.twice) ? 'twice' : 'fine';
    },
    delay: () => (now(rates.slow) ? random.between(500, 6_000) : random.between(1, 40)),
    create: () => {
      if (now(rates.createSilent)) return random.pick(['silent', 'silent', 'lost']);
      if (now(rates.createOther)) return random.pick(['refused', 'garbled', 'failed']);
      return 'created';
    },
    silence: () => now(rates.silence),
    cutOff: () => now(rates.cutOff),
    fullStore: () => now(rates.fullStore),
    clockError: () => (calm || clocks === 0 ? 0 : random.between(-clocks, clocks)),
    lateness: () => (now(rates.late) ? random.between(0, 20_000) : random.between(0, 50)),
    alarmTwice: () => now(rates.late),
    incidents,
    isCalm: () => calm,
    calmDown: () => {
      calm = true;
    },
  };
}
