// Chance that is the same in every run, so that the figures of docs/scale.md can be printed again. Never for anything secret.

/** Numbers from 0 up to 1; mulberry32, by Tommy Ettinger, in the public domain. */
export function createChance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Time until the next of events that come independently, so many a second on average. */
export function untilNext(perSecond: number, chance: () => number): number {
  return -Math.log(1 - chance()) / perSecond;
}
