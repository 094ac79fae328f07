// Base 32 in lower case without padding: the vectors of RFC 4648 section 10, and one spelling for each text.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase32, encodeBase32 } from '../../src/foundation/base32.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('base 32', () => {
  test.each([
    ['', ''],
    ['f', 'my'],
    ['fo', 'mzxq'],
    ['foo', 'mzxw6'],
    ['foob', 'mzxw6yq'],
    ['fooba', 'mzxw6ytb'],
    ['foobar', 'mzxw6ytboi'],
  ])('writes "%s" as "%s" and reads it again', (text, encoded) => {
    expect(encodeBase32(bytesOf(text))).toBe(encoded);
    expect(decodeBase32(encoded)).toEqual(bytesOf(text));
  });

  test('reads back whatever it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodeBase32(encodeBase32(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each([
    ['capitals', 'MY'],
    ['padding', 'my======'],
    ['characters of other alphabets', 'm1'],
    ['a character too many', 'mya'],
    ['bits behind the last byte', 'mz'],
    ['space', 'my '],
  ])('does not read a text with %s', (_, text) => {
    expect(decodeBase32(text)).toBeNull();
  });

  test('gives each value one spelling', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z2-7]{1,16}$/), (text) => {
        const bytes = decodeBase32(text);
        expect(bytes === null || encodeBase32(bytes) === text).toBe(true);
      }),
    );
  });
});
