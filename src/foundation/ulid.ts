// ULIDs (https://github.com/ulid/spec): unique, sortable by time, safe in a name and in a URL. Used for request ids and token names. It
// never uses a clock or randomness other than those it is given.

import { decodeTime } from 'ulid';
import type { Runtime } from './runtime.ts';

const TIME_LETTERS = 10;
/** Each letter takes five bits of a byte. */
const RANDOM_LETTERS = 16;
const ALPHABET = new TextEncoder().encode('0123456789ABCDEFGHJKMNPQRSTVWXYZ');

/**
 * 26 characters: 48 bits of milliseconds, then 80 random bits. Written here because each request makes two, and the library takes 3 us and
 * 800 bytes for one.
 */
export function createUlid(runtime: Pick<Runtime, 'now' | 'random'>): string {
  const letters = new Array<number>(TIME_LETTERS + RANDOM_LETTERS);
  let time = runtime.now();
  for (let at = TIME_LETTERS - 1; at >= 0; at--) {
    letters[at] = ALPHABET[time % 32]!;
    time = Math.floor(time / 32);
  }
  const random = runtime.random(RANDOM_LETTERS);
  for (let at = 0; at < RANDOM_LETTERS; at++) letters[letters.length - 1 - at] = ALPHABET[random[at]! >> 3]!;
  return String.fromCharCode(...letters);
}

/** The milliseconds that a ULID begins with. @param text of the form that `createUlid` makes: the library is lenient with others, or throws. */
export function ulidTime(text: string): number {
  return decodeTime(text);
}

/** Whether a text has the form that `createUlid` makes. */
export function isUlid(text: string): boolean {
  return /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text);
}
