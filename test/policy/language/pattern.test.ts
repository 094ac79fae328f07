// The pattern language of `like` and of names: what `*` and `**` stand for, and that no pattern is slow.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesPattern } from '../../../src/policy/language/pattern.ts';
import { cpuTime } from '../../cpu-time.ts';
import { rounds } from '../../rounds.ts';
import { plainlyMatches } from '../decision/plain-scan.ts';

describe('a pattern', () => {
  test.each([
    ['main', 'main', true],
    ['main', 'Main', false],
    ['main', 'main2', false],
    ['main', '2main', false],
    ['refs/heads/*', 'refs/heads/x', true],
    ['refs/heads/*', 'refs/heads/', true],
    ['refs/heads/*', 'refs/heads/x/y', false],
    ['refs/heads/**', 'refs/heads/x/y', true],
    ['repo:acme/*', 'repo:acme/app', true],
    ['repo:acme/*', 'repo:acme/app:ref', false],
    ['repo:acme/*:**', 'repo:acme/app:ref:refs/heads/main', true],
    ['*', '', true],
    ['*', 'a:b', false],
    ['**', 'a:b/c', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'acb', false],
    ['*@acme.example', 'x@acme.example', true],
    ['*@acme.example', 'x@acme.example.evil', false],
    ['*@acme.example', 'x@acmeXexample', false],
    ['a|b', 'a', false],
    ['(a|b)', 'a', false],
    ['[ab]', 'a', false],
    ['a?', 'ab', false],
    ['a+', 'aa', false],
    ['^a$', 'a', false],
    ['a.c', 'abc', false],
    ['\\*', '*', false],
    ['\\*', '\\x', true],
    ['a**b', 'a/:/b', true],
  ] as const)('%s against %j: %j', (pattern, value, expected) => {
    expect(matchesPattern(pattern, value)).toBe(expected);
  });

  test('agrees with a naive matcher', () => {
    const pattern = fc.array(fc.constantFrom('*', '**', 'a', 'b', '/', ':'), { maxLength: 7 }).map((it) => it.join(''));
    const value = fc.array(fc.constantFrom('a', 'b', '/', ':', '*'), { maxLength: 8 }).map((it) => it.join(''));
    fc.assert(
      fc.property(pattern, value, (p, v) => {
        expect(matchesPattern(p, v)).toBe(plainlyMatches(p, v));
      }),
      { numRuns: rounds(5_000, 500_000) },
    );
  });

  test('without ** matches only values with its own separators in its own order', () => {
    const separators = (text: string) => text.replace(/[^/:]/g, '');
    const pattern = fc.array(fc.constantFrom('*', 'a', '/', ':'), { maxLength: 8 }).map((it) => it.join(''));
    // Values made from the pattern, so that many of them match.
    const filler = fc.constantFrom('', 'a', 'aa', 'a/', ':a', '/');
    fc.assert(
      fc.property(pattern, fc.array(filler, { minLength: 8, maxLength: 8 }), (raw, fillers) => {
        const p = raw.replace(/\*+/g, '*');
        let at = 0;
        const v = p.replace(/\*/g, () => fillers[at++]!);
        if (matchesPattern(p, v)) expect(separators(v)).toBe(separators(p));
        else expect(separators(v)).not.toBe(separators(p));
      }),
      { numRuns: rounds(3_000, 300_000) },
    );
  });
});

describe('matching takes time linear in the value', () => {
  /** The fastest of some runs, in milliseconds: a cold cache only ever adds to a run. */
  const fastest = (pattern: string, value: string) =>
    Math.min(...Array.from({ length: 5 }, () => cpuTime(() => matchesPattern(pattern, value))));

  test.each([
    ['many stars', `${'a*'.repeat(100)}b`, 'a'],
    ['many double stars', `${'**a'.repeat(80)}b`, 'a'],
    ['nested prefixes', `${'*a*a**'.repeat(40)}b`, 'a'],
    ['stars alone', '* **'.repeat(60), ' '],
  ])('%s', (_name, pattern, letter) => {
    fastest(pattern, letter.repeat(2_000));
    const short = fastest(pattern, letter.repeat(2_000));
    const long = fastest(pattern, letter.repeat(16_000));
    // Eight times the value; quadratic time would take sixty-four times as long.
    expect(long).toBeLessThan(Math.max(short * 24, 20));
    expect(long).toBeLessThan(2_000);
  });
});
