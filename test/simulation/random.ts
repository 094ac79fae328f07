// The one source of randomness of a schedule: everything that happens by chance is drawn from its seed, so that a seed is a schedule. It is
// no source for keys.

export interface Random {
  /** At least 0 and below 1. */
  readonly fraction: () => number;
  readonly chance: (probability: number) => boolean;
  /** A whole number; both bounds are possible. */
  readonly between: (least: number, most: number) => number;
  readonly pick: <T>(choices: readonly T[]) => T;
  readonly bytes: (size: number) => Uint8Array<ArrayBuffer>;
}

/** SplitMix32, which spreads even seeds that follow each other. */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const fraction = () => next() / 2 ** 32;
  const between = (least: number, most: number) => least + Math.floor(fraction() * (most - least + 1));
  return {
    fraction,
    between,
    chance: (probability) => fraction() < probability,
    pick: (choices) => choices[between(0, choices.length - 1)]!,
    bytes: (size) => Uint8Array.from({ length: size }, () => next() & 255),
  };
}
