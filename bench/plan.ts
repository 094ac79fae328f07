// How long each part of a run takes. No I/O.

export interface Plan {
  /** For what a comparison is judged by: the vend of each contender. */
  readonly warmUpMs: number;
  /** For each of the other cases, whose code has been warmed by then. */
  readonly shortWarmUpMs: number;
  readonly rounds: number;
  readonly roundMs: number;
  /** For each case whose heap is measured. */
  readonly heapMs: number;
  /** Starts of each contender. */
  readonly starts: number;
  /** Requests that the service has answered when its memory is read for the last time; 0 for as many as the rounds made. */
  readonly memoryAfter: number;
  /** Sizes of the tables by which the decision alone is measured. */
  readonly tables: readonly number[];
  readonly limitMs: number;
}

export const QUICK: Plan = {
  warmUpMs: 700,
  shortWarmUpMs: 250,
  rounds: 5,
  roundMs: 200,
  heapMs: 500,
  starts: 3,
  memoryAfter: 0,
  tables: [10, 10_000],
  limitMs: 300_000,
};

export const FULL: Plan = {
  warmUpMs: 10_000,
  shortWarmUpMs: 2_000,
  rounds: 30,
  roundMs: 250,
  heapMs: 3_000,
  starts: 10,
  memoryAfter: 200_000,
  tables: [10, 10_000, 100_000],
  limitMs: 1_200_000,
};
