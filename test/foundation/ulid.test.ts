// ULIDs as the library writes them, from the time and the randomness that we are given.

import { ulid } from 'ulid';
import { expect, test } from 'vitest';
import { createUlid, ulidTime } from '../../src/foundation/ulid.ts';

test.each([1, 31, 32, 1_764_340_000_123, 2 ** 48 - 1])('createUlid writes what the library writes: at %d', (time) => {
  for (const first of [0, 7, 8, 100, 255 - 15]) {
    const bytes = Uint8Array.from({ length: 16 }, (_, at) => first + at);
    const draw = bytes.values();
    const text = createUlid({ now: () => time, random: () => bytes });
    expect(text).toBe(ulid(time, () => draw.next().value! / 256));
    expect(ulidTime(text)).toBe(time);
  }
});

test('createUlid takes the time 0 for a time', () => {
  expect(createUlid({ now: () => 0, random: (size) => new Uint8Array(size) })).toBe('0'.repeat(26));
});
