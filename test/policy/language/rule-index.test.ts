// The index of rules: which of them it looks at for a caller. That it loses none is shown against a plain scan in properties.test.ts.

import { expect, test } from 'vitest';
import type { Claims } from '../../../src/identity/claim.ts';
import type { Condition, Scalar, Test } from '../../../src/policy/language/condition.ts';
import {
  buildRuleIndex,
  equalValues,
  rulesNotExcluded,
  rulesThatMatch,
} from '../../../src/policy/language/rule-index.ts';

const is = (claim: string, value: Scalar, absent: Condition['absent'] = 'as_stated'): Condition => ({
  claim,
  path: [claim],
  test: { op: 'equals', value },
  absent,
});
const oneOf = (claim: string, ...values: Scalar[]): Condition => ({
  ...is(claim, ''),
  test: { op: 'any', of: values.map((value) => ({ op: 'equals', value }) as const) },
});
const like = (claim: string, pattern: string): Condition => ({ ...is(claim, ''), test: { op: 'like', pattern } });

/** One rule per list of conditions, at its position. */
function index(...rules: Condition[][]) {
  const built = buildRuleIndex(rules.map((when, position) => ({ position, when })));
  return {
    match: (claims: Claims) => rulesThatMatch(built, claims),
    deny: (claims: Claims) => rulesNotExcluded(built, claims),
  };
}

test('a caller meets the rules filed under their value, and those that have no equality', () => {
  const { match } = index([is('id', '1')], [like('id', '*')], [is('id', '2')], [is('id', '1')]);
  expect(match({ id: '1' })).toEqual([0, 1, 3]);
  expect(match({ id: '2' })).toEqual([1, 2]);
  expect(match({ id: '3' })).toEqual([1]);
  expect(match({})).toEqual([1]);
});

test('a rule with a list of values is met once by each of them', () => {
  const { match } = index([oneOf('id', 'a', 'b', 'a')]);
  expect(match({ id: 'a' })).toEqual([0]);
  expect(match({ id: 'b' })).toEqual([0]);
  expect(match({ id: 'c' })).toEqual([]);
});

test('a value is met by its type as well', () => {
  const { match } = index([is('id', 1)], [is('id', '1')], [is('id', true)], [is('id', 'true')]);
  expect(match({ id: 1 })).toEqual([0]);
  expect(match({ id: '1' })).toEqual([1]);
  expect(match({ id: true })).toEqual([2]);
  expect(match({ id: 'true' })).toEqual([3]);
});

test.each([null, 1.5, Number.NaN, ['1'], { id: '1' }])('a value such as %j meets no equality', (id) => {
  expect(index([is('id', '1')], [is('id', 1)]).match({ id })).toEqual([]);
});

test.each([
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
])('a claim or value named %s is as good as any other', (word) => {
  const { match } = index([is(word, word)], [is('id', word)]);
  expect(match(JSON.parse(`{${JSON.stringify(word)}:${JSON.stringify(word)}}`))).toEqual([0]);
  expect(match({ id: word })).toEqual([1]);
  expect(match({ id: 'other' })).toEqual([]);
  expect(match({})).toEqual([]);
});

test('a rule is filed under the condition that the fewest rules share', () => {
  const { match } = index(...Array.from({ length: 50 }, (_, at) => [is('event', 'push'), is('repository', `${at}`)]));
  expect(match({ event: 'push', repository: '7' })).toEqual([7]);
  expect(match({ event: 'push' })).toEqual([]);
});

test('a deny rule stays in sight of a caller who has another value type or may leave the claim out', () => {
  const { deny } = index([is('id', 'bad')], [is('id', 'bad', 'unknown')], [is('id', 5)]);
  expect(deny({ id: 'bad' })).toEqual([0, 1, 2]);
  expect(deny({ id: 'good' })).toEqual([2]);
  expect(deny({ id: 6 })).toEqual([0, 1]);
  expect(deny({ id: ['bad'] })).toEqual([0, 1, 2]);
  expect(deny({ id: null })).toEqual([0, 1, 2]);
  expect(deny({ id: 5.5 })).toEqual([0, 1, 2]);
  expect(deny({})).toEqual([1]);
});

test('only an equality or a list of equalities counts as one', () => {
  const cases: [Test, readonly Scalar[] | null][] = [
    [{ op: 'equals', value: 'a' }, ['a']],
    [
      {
        op: 'any',
        of: [
          { op: 'equals', value: 0 },
          { op: 'equals', value: false },
        ],
      },
      [0, false],
    ],
    [
      {
        op: 'any',
        of: [
          { op: 'equals', value: 'a' },
          { op: 'like', pattern: '*' },
        ],
      },
      null,
    ],
    [{ op: 'like', pattern: 'a' }, null],
    [{ op: 'contains', element: { op: 'equals', value: 'a' } }, null],
    [{ op: 'not', test: { op: 'equals', value: 'a' } }, null],
    [{ op: 'exists', present: true }, null],
  ];
  for (const [of, values] of cases) expect(equalValues(of)).toEqual(values);
});
