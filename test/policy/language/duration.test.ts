// Durations as people write them.

import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/policy/language/duration.ts';

describe('a duration', () => {
  test.each([
    [0, 0],
    [900, 900],
    ['0', 0],
    ['900', 900],
    ['900s', 900],
    ['15m', 900],
    ['2h', 7_200],
    ['1d', 86_400],
    ['007m', 420],
  ])('%j is %j seconds', (text, seconds) => expect(parseDuration(text)).toBe(seconds));

  test.each([
    -1,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '',
    's',
    'm15',
    '-1',
    '+1',
    '1.5h',
    '1e3',
    '0x10',
    '15 m',
    ' 15m',
    '15m ',
    '15m\n',
    '15M',
    '15min',
    '1h30m',
    '1w',
    '\uFF11\uFF15m',
    '1_000',
    'PT15M',
    null,
    undefined,
    true,
    ['15m'],
    { s: 1 },
  ])('is not %j', (value) => expect(parseDuration(value)).toBeNull());

  test('may be of any size, so that a caller who exceeds a limit can be told it', () => {
    expect(parseDuration('9'.repeat(30))).toBeGreaterThan(Number.MAX_SAFE_INTEGER);
    expect(parseDuration(`${'9'.repeat(400)}d`)).toBe(Number.POSITIVE_INFINITY);
  });

  test.each([
    [0, '0s'],
    [1, '1s'],
    [59, '59s'],
    [60, '1m'],
    [61, '61s'],
    [900, '15m'],
    [3_600, '1h'],
    [5_400, '90m'],
    [86_400, '1d'],
    [90_000, '25h'],
  ])('of %j seconds is shown as %s and read back', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
    expect(parseDuration(text)).toBe(seconds);
  });
});
