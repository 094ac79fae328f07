// Times of tokens as issuers write them: never later than they say, never a number that JavaScript has rounded.

import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/foundation/json.ts';
import { numericDate } from '../../src/identity/numeric-date.ts';

const read = (text: string) => {
  const json = parseJson(text, { keepDigits: true });
  return json.ok ? (['down', 'up'] as const).map((rounded) => numericDate(json.value, rounded)) : json.problem;
};

describe('a NumericDate', () => {
  it.each<readonly [string, number, number]>([
    ['1795435500', 1795435500, 1795435500],
    ['1795435500.0', 1795435500, 1795435500],
    ['1795435500.25', 1795435500, 1795435501],
    ['1795435500.9999999999999999999', 1795435500, 1795435501],
    ['1795435500.0000000000000000001', 1795435500, 1795435501],
    ['1.7954355E9', 1795435500, 1795435500],
    ['1.7954355e+9', 1795435500, 1795435500],
    ['1.79543550025e9', 1795435500, 1795435501],
    ['17954355002500000e-7', 1795435500, 1795435501],
    ['5e-1', 0, 1],
    ['1e-300', 0, 1],
    ['0', 0, 0],
    ['-0', 0, 0],
    ['0e0', 0, 0],
    ['-0.5', -1, 0],
    ['-1.5', -2, -1],
    ['9007199254740991', 9007199254740991, 9007199254740991],
  ])('%s lies between %d and %d', (text, down, up) => {
    expect(read(text)).toEqual([down, up]);
  });

  it.each([
    '1e400',
    '1e99999999999',
    '-1e99',
    '9007199254740993',
    '1e16',
    '"1795435500"',
    'null',
    '[1795435500]',
    'true',
    '{}',
  ])('%s is no time', (text) => {
    expect(read(text)).toEqual([null, null]);
  });
});
