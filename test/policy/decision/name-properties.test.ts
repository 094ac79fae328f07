// What holds for every name that a rule may write and every claim that may fill it: one tenant never names another's database, and a
// star never leaves its place.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseClaimPath } from '../../../src/identity/claim.ts';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { expand } from '../../../src/policy/language/entry.ts';
import { rounds } from '../../rounds.ts';
import { ask, compiled } from '../policy-text.ts';
import { ISSUERS, policyFile } from './arbitrary.ts';
import { type PlainRule, type PlainTable, plainlyMatches } from './plain-scan.ts';

const SPELLINGS = rounds(500, 20_000);

const compile = (table: PlainTable) => compiled(policyFile(table));

describe('templates', () => {
  const fragment = fc.oneof(
    fc.stringMatching(/^[A-Za-z0-9_-]{1,6}$/),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.jsonValue(),
    fc.integer({ min: -9, max: 99 }),
  );
  const template = fc.record({
    before: fc.stringMatching(/^([a-z][a-z_-]{0,3}(\/[a-z_]{0,2})?)?$/),
    after: fc.stringMatching(/^[a-z_-]{0,3}$/),
  });

  test('yield names of their own alphabet only, one for each value', () => {
    fc.assert(
      fc.property(template, fragment, fragment, ({ before, after }, one, two) => {
        const name = { kind: 'template', before, claim: 'c', path: parseClaimPath('c'), after } as const;
        const [first, second] = [expand(name, { c: one }), expand(name, { c: two })];
        if (first !== null) {
          expect(first).toBe(`${before}${String(one)}${after}`);
          // A whole number is its digits.
          expect(String(one)).toMatch(/^[A-Za-z0-9_-]+$/);
          expect(typeof one === 'string' || Number.isSafeInteger(one)).toBe(true);
          expect(first).toMatch(/^[A-Za-z0-9]/);
        }
        // What is neither text nor a number makes no name, and may not even have a text.
        if (first !== null && second !== null && String(one) !== String(two)) expect(second).not.toBe(first);
      }),
      { numRuns: rounds(1_500, 200_000), examples: [[{ before: '', after: '' }, 0, { toString: '' }]] },
    );
  });

  test('of one accepted rule never yield one name from two values', async () => {
    const piece = fc.constantFrom('', 'a', 'b', 'ab', 'a_', '_a', 'ba');
    const claim = fc.constantFrom('c', 'd');
    const name = fc.oneof(
      fc.record({ before: piece, claim, after: piece }),
      // With a retention policy behind the slash, whole or half of the claim's making.
      fc.record({ before: fc.constantFrom('a/', 'b/', 'a/b'), claim, after: fc.constantFrom('', 'b') }),
      fc.record({ before: fc.constantFrom('', 'a'), claim, after: fc.constantFrom('/a', '/b', 'a/b') }),
    );
    const values = ['a', 'b', 'aa', 'ab', 'ba', 'bb', 'a_', '_a', 'a_a', 'aba', 'bab', 'abb', 'b_a', 'ab_a', 'a_ab'];
    const spell = ({ before, claim, after }: { before: string; claim: string; after: string }) =>
      `db:${before.replace(/^_/, 'x_')}{${claim}}${after}:read`;
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(name.map(spell), { minLength: 2, maxLength: 3 }),
        name.map(spell),
        async (allow, earlier) => {
          const rule = (as: string, what: readonly string[]): PlainRule => ({
            name: as,
            issuer: 'lone',
            instance: 'main',
            when: { who: 'me' },
            allow: what,
          });
          const table = { issuers: ISSUERS, rules: [rule('earlier', [earlier]), rule('rule', allow)] };
          const { policy } = await compilePolicy(policyFile(table), { development: false });
          if (policy === null) return;
          accepted++;
          const owner = new Map<string, string>();
          for (const text of allow) {
            const [, before, claim, after] = /^db:([\w/]*)\{(\w)\}([\w/]*):read$/.exec(text) as unknown as [
              string,
              string,
              string,
              string,
            ];
            for (const value of values) {
              const yielded = before + value + after;
              expect([yielded, owner.get(yielded) ?? `${claim}=${value}`]).toEqual([yielded, `${claim}=${value}`]);
              owner.set(yielded, `${claim}=${value}`);
            }
          }
        },
      ),
      { numRuns: SPELLINGS },
    );
    expect(accepted).toBeGreaterThan(SPELLINGS / 75);
  });
});

test('a name with * covers no database beyond a slash, and a condition none beyond a slash or colon', async () => {
  const piece = fc.constantFrom('a', 'b', '*');
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('a/b', 'ab/a', 'a/ab'),
      async (pieces, name) => {
        const pattern = `a${pieces.join('').replace(/\*+/g, '*')}`;
        const policy = await compile({
          issuers: ISSUERS,
          rules: [
            { name: 'r', issuer: 'lone', instance: 'main', when: { who: 'me' }, allow: [`db:${pattern}:read`] },
            { name: 's', issuer: 'lone', instance: 'main', when: { path: { like: pattern } }, allow: ['db:s:read'] },
          ],
        });
        expect(ask(policy, 'lone', { who: 'me' }, { permissions: [`db:${name}:read`] })).toBe('not_granted');
        expect(ask(policy, 'lone', { path: name }, { permissions: ['db:s:read'] })).toBe('no_rule');
        expect(ask(policy, 'lone', { path: name.replace('/', ':') }, { permissions: ['db:s:read'] })).toBe('no_rule');
        const flat = name.replace('/', '');
        if (plainlyMatches(pattern, flat)) {
          expect(ask(policy, 'lone', { who: 'me' }, { permissions: [`db:${flat}:read`] })).toMatch(/^r:/);
          expect(ask(policy, 'lone', { path: flat }, { permissions: ['db:s:read'] })).toMatch(/^s:/);
        }
      },
    ),
    { numRuns: 200 },
  );
});
