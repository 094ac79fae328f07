// Interleaved rounds of two sides, and their combined result. Each round measures both sides one after the other, so that other load on the
// machine affects both; every ratio is the median of the rounds' own ratios.

import type { Load, LoadGenerator, Target } from './load.ts';
import type { BareWorker } from './workerd.ts';

export interface Side {
  readonly worker: BareWorker;
  readonly target: Target;
}

export interface Pace {
  readonly warmUpMs: number;
  readonly rounds: number;
  readonly roundMs: number;
}

/** Medians of the rounds of one side. */
export interface SideSummary {
  readonly requests: number;
  readonly cpu_us: number;
  readonly requests_per_second: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

/** Ratios are service to floor. */
export interface CaseSummary {
  readonly cpu_ratio: number;
  /** The lowest and the highest of the rounds. */
  readonly cpu_ratio_spread: readonly [number, number];
  readonly throughput_ratio: number;
  readonly p50_ratio: number;
  readonly p99_ratio: number;
  readonly floor: SideSummary;
  readonly service: SideSummary;
}

interface Round {
  readonly requests: number;
  readonly cpu: number;
  readonly throughput: number;
  readonly p50: number;
  readonly p99: number;
}

export async function runRounds(load: LoadGenerator, floor: Side, service: Side, pace: Pace): Promise<CaseSummary> {
  for (const side of [floor, service]) await load.run(side.target, pace.warmUpMs);
  const pairs: { readonly floor: Round; readonly service: Round }[] = [];
  for (let at = 0; at < pace.rounds; at++) {
    // The order alternates, so that a machine that becomes slower or faster favours neither side.
    const first = await measure(load, at % 2 === 0 ? floor : service, pace.roundMs);
    const second = await measure(load, at % 2 === 0 ? service : floor, pace.roundMs);
    pairs.push(at % 2 === 0 ? { floor: first, service: second } : { floor: second, service: first });
  }
  const ratios = (of: keyof Round) => pairs.map((pair) => pair.service[of] / pair.floor[of]);
  const cpu = ratios('cpu');
  return {
    cpu_ratio: median(cpu),
    cpu_ratio_spread: [Math.min(...cpu), Math.max(...cpu)],
    throughput_ratio: median(ratios('throughput')),
    p50_ratio: median(ratios('p50')),
    p99_ratio: median(ratios('p99')),
    floor: summarise(pairs.map((pair) => pair.floor)),
    service: summarise(pairs.map((pair) => pair.service)),
  };
}

async function measure(load: LoadGenerator, { worker, target }: Side, durationMs: number): Promise<Round> {
  const before = await worker.cpuSeconds();
  const done: Load = await load.run(target, durationMs);
  const after = await worker.cpuSeconds();
  const sorted = done.latencies.toSorted((a, b) => a - b);
  return {
    requests: done.requests,
    cpu: (after - before) / done.requests,
    throughput: done.requests / done.seconds,
    p50: sorted[Math.floor(sorted.length * 0.5)]!,
    p99: sorted[Math.floor(sorted.length * 0.99)]!,
  };
}

function summarise(rounds: readonly Round[]): SideSummary {
  const of = (key: keyof Round) => median(rounds.map((round) => round[key]));
  return {
    requests: rounds.reduce((sum, round) => sum + round.requests, 0),
    cpu_us: of('cpu') * 1e6,
    requests_per_second: of('throughput'),
    p50_ms: of('p50'),
    p99_ms: of('p99'),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
