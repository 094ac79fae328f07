// Many short rounds. Each measures every case once, in an order of its own, so that other load on the machine affects all of them; a ratio
// is taken within a round, and the median over the rounds counts. No I/O: what is measured, and the dice, are passed in.

import type { Load } from './load.ts';

/** One case in one round. */
export interface Sample {
  readonly requests: number;
  readonly cpuMicroseconds: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** By case, in the order of the rounds. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

export async function runRounds(
  cases: readonly string[],
  rounds: number,
  measure: (name: string) => Promise<Sample>,
  random: () => number,
): Promise<Samples> {
  const samples = new Map<string, Sample[]>(cases.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of shuffled(cases, random)) samples.get(name)!.push(await measure(name));
  }
  return samples;
}

/** Fisher and Yates. */
export function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const result = [...list];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other]!, result[last]!];
  }
  return result;
}

export function sampleOf({ requests, seconds, latencies }: Load, cpuNanoseconds: number): Sample {
  const sorted = latencies.toSorted((a, b) => a - b);
  return {
    requests,
    cpuMicroseconds: cpuNanoseconds / 1000 / requests,
    requestsPerSecond: requests / seconds,
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
  };
}

export interface Ratio {
  readonly median: number;
  /** Half of the rounds lie between these. */
  readonly quartiles: readonly [number, number];
}

export function ratioOf(samples: Samples, of: string, to: string, measure: keyof Sample): Ratio {
  const [above, below] = [samples.get(of), samples.get(to)];
  if (above === undefined || below === undefined) throw new Error(`${of} and ${to} were not both measured`);
  const ratios = above.map((sample, round) => sample[measure] / below[round]![measure]).sort((a, b) => a - b);
  return { median: median(ratios), quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)] };
}

export function medianOf(samples: Samples, name: string, measure: keyof Sample): number {
  return median(samples.get(name)!.map((sample) => sample[measure]));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** @param sorted at least one. */
function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]!;
}
