// ULIDs (https://github.com/ulid/spec): unique, sortable by time, safe in a name and in a URL. Used for request ids and token names.

import type { Runtime } from './runtime.ts';

/** Crockford's base 32: no I, L, O or U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_LENGTH = 10;
const RANDOM_BYTES = 10;

/** 26 characters: 48 bits of milliseconds, then 80 random bits. */
export function createUlid(runtime: Pick<Runtime, 'now' | 'random'>): string {
  let time = '';
  for (let rest = runtime.now(); time.length < TIME_LENGTH; rest = Math.floor(rest / 32))
    time = ALPHABET[rest % 32] + time;
  let tail = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of runtime.random(RANDOM_BYTES)) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      tail += ALPHABET[(buffer >> bits) & 31];
    }
  }
  return time + tail;
}

/** The milliseconds that a ULID begins with. */
export function ulidTime(ulid: string): number {
  let time = 0;
  for (const character of ulid.slice(0, TIME_LENGTH)) time = time * 32 + ALPHABET.indexOf(character);
  return time;
}
