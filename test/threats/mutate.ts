// Random mutations of text and of JSON objects, repeatable by their seed. It knows nothing of tokens.

/** Mulberry32: small, good enough to wander, and the same on every machine. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
/** Yields an integer from 0 up to, and without, its argument. */
export type Random = ReturnType<typeof createRandom>;
const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)]!;

const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e21,
  0.5,
  '',
  ' ',
  '*',
  '**',
  '\u0000',
  '\u202e',
  '\ud800',
  'none',
  '__proto__',
  '../..',
  '{"a":1}',
  'x'.repeat(300),
  [],
  [null],
  ['refs/heads/main'],
  [[[]]],
  {},
  { toString: 1 },
  { length: 1 },
  2 ** 53,
  -(2 ** 53),
  1_795_435_200,
  '123456',
  '77',
];
/** Bits of syntax that a parser could stumble over. */
export const PIECES = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '.',
  '=',
  '-',
  '_',
  ' ',
  '\n',
  '0',
  '9e9',
  'null',
  'A',
  '\\u0000',
  '"a":1,',
  'é',
  '\u{1f511}',
];

/** A few cuts, swaps, repeats and insertions at random places. */
export function mutateText(text: string, random: Random, pieces: readonly string[]): string {
  let mutant = text;
  for (let edits = 1 + random(3); edits > 0; edits--) {
    const at = random(mutant.length + 1);
    const end = at + random(4);
    const edit = pick(random, [
      () => mutant.slice(0, at) + mutant.slice(end),
      () => mutant.slice(0, at) + pick(random, pieces) + mutant.slice(at),
      () => mutant.slice(0, at) + pick(random, pieces) + mutant.slice(end),
      () => mutant.slice(0, end) + mutant.slice(at),
      () => mutant.slice(0, at),
      () => mutant.slice(at) + mutant.slice(0, at),
    ]);
    mutant = edit();
  }
  return mutant;
}

/** The object with a few members dropped, replaced, renamed or added. */
export function mutateObject(object: Record<string, unknown>, random: Random): Record<string, unknown> {
  const members = Object.entries(object);
  for (let edits = 1 + random(2); edits > 0; edits--) {
    const at = random(members.length);
    const [name, value] = members[at] ?? ['alg', 'RS256'];
    pick(random, [
      () => members.splice(at, 1),
      () => members.splice(at, 1, [name, pick(random, HOSTILE_VALUES)]),
      () => members.splice(at, 1, [name, typeof value === 'string' ? mutateText(value, random, PIECES) : [value]]),
      () => members.splice(at, 1, [pick(random, ['__proto__', 'crit', 'jku', 'sub', 'aud', `${name} `]), value]),
      () => members.push([pick(random, ['nbf', 'crit', 'b64', 'jwk', 'x', '__proto__']), pick(random, HOSTILE_VALUES)]),
    ])();
  }
  return Object.fromEntries(members);
}
