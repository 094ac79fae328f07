// Base 32 (RFC 4648 section 6) in lower case and without padding: safe in a token's name. It never accepts a letter outside this alphabet.
// No I/O.

import { base32nopad } from '@scure/base';

export function encodeBase32(bytes: Uint8Array): string {
  return base32nopad.encode(bytes).toLowerCase();
}

/** Checked first, because `toUpperCase` below would turn some letters beyond ASCII into letters of the alphabet. */
const LOWER_CASE = /^[a-z2-7]*$/;

/** The bytes of a text that `encodeBase32` made, or null. */
export function decodeBase32(text: string): Uint8Array | null {
  if (!LOWER_CASE.test(text)) return null;
  try {
    return base32nopad.decode(text.toUpperCase());
  } catch {
    return null;
  }
}
