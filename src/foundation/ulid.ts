// ULIDs (https://github.com/ulid/spec): unique, sortable by time, safe in a name and in a URL. Used for request ids and token names. It
// never uses a clock or randomness other than those it is given.

import { decodeTime, ulid } from 'ulid';
import type { Runtime } from './runtime.ts';

/** Each gives five random bits. */
const RANDOM_BYTES = 16;

/** 26 characters: 48 bits of milliseconds, then 80 random bits. */
export function createUlid(runtime: Pick<Runtime, 'now' | 'random'>): string {
  const random = runtime.random(RANDOM_BYTES).values();
  // At 0, the library would use its own clock.
  return ulid(Math.max(1, runtime.now()), () => random.next().value! / 256);
}

/** The milliseconds that a ULID begins with. @param text of the form that `createUlid` makes: the library is lenient with others, or throws. */
export function ulidTime(text: string): number {
  return decodeTime(text);
}

/** Whether a text has the form that `createUlid` makes. */
export function isUlid(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}
