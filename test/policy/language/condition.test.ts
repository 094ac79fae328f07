// The three-valued table of conditions, form by form. What rules make of the answers is not tested here.

import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../src/foundation/json.ts';
import { parseClaimPath } from '../../../src/identity/claim.ts';
import {
  type Condition,
  evaluateCondition,
  evaluateConditions,
  type Test,
} from '../../../src/policy/language/condition.ts';

const ABSENT = Symbol('absent');
const equals = (value: string | number | boolean): Test => ({ op: 'equals', value });
const like = (pattern: string): Test => ({ op: 'like', pattern });
const any = (...of: Test[]): Test => ({ op: 'any', of });
const contains = (element: Test): Test => ({ op: 'contains', element });
const not = (inner: Test): Test => ({ op: 'not', test: inner });
const exists = (present: boolean): Test => ({ op: 'exists', present });

function condition(of: Test, absent: Condition['absent'] = 'as_stated', claim = 'claim'): Condition {
  return { claim, path: parseClaimPath(claim), test: of, absent };
}

function answer(of: Test, value: unknown, absent: Condition['absent'] = 'as_stated') {
  return evaluateCondition(condition(of, absent), value === ABSENT ? {} : { claim: value });
}

type Row = readonly [value: unknown, verdict: 'yes' | 'no' | 'unknown'];

function table(name: string, of: Test, rows: readonly Row[]): void {
  describe(name, () => {
    test.each(
      rows.map(([value, verdict]) => [value === ABSENT ? '(absent)' : JSON.stringify(value), verdict, value]),
    )('%s is %s', (_shown, verdict, value) => expect(answer(of, value)).toBe(verdict));
  });
}

table('equality with text', equals('main'), [
  ['main', 'yes'],
  ['Main', 'no'],
  ['main ', 'no'],
  ['main\n', 'no'],
  ['m\u0430in', 'no'],
  ['', 'no'],
  [ABSENT, 'no'],
  [null, 'unknown'],
  [true, 'unknown'],
  [0, 'unknown'],
  [['main'], 'unknown'],
  [{ main: 'main' }, 'unknown'],
]);

table('equality with an integer', equals(7), [
  [7, 'yes'],
  [8, 'no'],
  [ABSENT, 'no'],
  ['7', 'unknown'],
  [true, 'unknown'],
  [7.5, 'unknown'],
  [2 ** 53, 'unknown'],
  [[7], 'unknown'],
]);

table('equality with a boolean', equals(true), [
  [true, 'yes'],
  [false, 'no'],
  [ABSENT, 'no'],
  ['true', 'unknown'],
  [1, 'unknown'],
  [null, 'unknown'],
]);

table('a list of values', any(equals('a'), equals('b'), like('v*')), [
  ['b', 'yes'],
  ['v1', 'yes'],
  ['c', 'no'],
  [ABSENT, 'no'],
  ['', 'unknown'],
  [1, 'unknown'],
  [['a'], 'unknown'],
]);

table('a list of mixed types', any(equals('a'), equals(1)), [
  [1, 'yes'],
  ['a', 'yes'],
  [2, 'unknown'],
  ['b', 'unknown'],
]);

table('a pattern', like('acme/*'), [
  ['acme/app', 'yes'],
  ['acme/', 'yes'],
  ['acme/app/x', 'no'],
  ['acme/app:x', 'no'],
  ['xacme/app', 'no'],
  [ABSENT, 'no'],
  ['', 'unknown'],
  ['acme/app\n', 'unknown'],
  ['acme/\u0000', 'unknown'],
  ['acme/\u202Eppa', 'unknown'],
  ['acme/\u2028', 'unknown'],
  ['acme/\uD800', 'unknown'],
  [`acme/${'a'.repeat(1_019)}`, 'yes'],
  [`acme/${'a'.repeat(1_020)}`, 'unknown'],
  [5, 'unknown'],
  [null, 'unknown'],
  [['acme/app'], 'unknown'],
]);

table('a pattern that matches everything', like('**'), [
  ['a/b:c', 'yes'],
  ['', 'unknown'],
  [ABSENT, 'no'],
]);

table('a list that contains a value', contains(equals('admins')), [
  [['users', 'admins'], 'yes'],
  [['admins', 5], 'yes'],
  [['users'], 'no'],
  [[], 'no'],
  [ABSENT, 'no'],
  [['users', 5], 'unknown'],
  [[['admins']], 'unknown'],
  ['admins', 'unknown'],
  [{ 0: 'admins', length: 1 }, 'unknown'],
  [null, 'unknown'],
]);

table('a negation', not(equals('fork')), [
  ['main', 'yes'],
  ['fork', 'no'],
  [ABSENT, 'unknown'],
  [null, 'unknown'],
  [['fork'], 'unknown'],
  [1, 'unknown'],
]);

table('a negated list', not(any(equals('a'), equals('b'))), [
  ['c', 'yes'],
  ['a', 'no'],
  [1, 'unknown'],
  [ABSENT, 'unknown'],
]);

table('a negated containment', not(contains(equals('guests'))), [
  [['users'], 'yes'],
  [[], 'yes'],
  [['users', 'guests'], 'no'],
  [['users', 1], 'unknown'],
  ['users', 'unknown'],
  [ABSENT, 'unknown'],
]);

table('presence', exists(true), [
  ['', 'yes'],
  [null, 'yes'],
  [false, 'yes'],
  [[], 'yes'],
  [ABSENT, 'no'],
]);

table('absence', exists(false), [
  [ABSENT, 'yes'],
  [null, 'no'],
  ['x', 'no'],
]);

describe('a claim that a caller may leave out of a deny rule', () => {
  test.each([
    ['equality', equals('x'), 'unknown'],
    ['a pattern', like('x*'), 'unknown'],
    ['a list', any(equals('x')), 'unknown'],
    ['a containment', contains(equals('x')), 'unknown'],
    ['a negation', not(equals('x')), 'unknown'],
    ['presence', exists(true), 'unknown'],
    ['absence', exists(false), 'yes'],
  ] as const)('leaves %s %s or better', (_name, of, verdict) => {
    expect(answer(of, ABSENT, 'unknown')).toBe(verdict);
  });

  test('is judged by its value once it is there', () => {
    expect(answer(equals('x'), 'y', 'unknown')).toBe('no');
  });
});

describe('a number', () => {
  const verdictOn = (text: string, of: Test) => {
    const json = parseJson(`{"claim":${text}}`);
    return json.ok ? evaluateCondition(condition(of), json.value as Record<string, unknown>) : 'unreadable';
  };

  test('that rounds to the wanted one neither equals it nor differs from it', () => {
    for (const text of ['1.0000000000000000001', '1e0', '10e-1', '1.0']) {
      expect(verdictOn(text, equals(1))).toBe('unknown');
      expect(verdictOn(text, not(equals(1)))).toBe('unknown');
    }
    expect(verdictOn('1', equals(1))).toBe('yes');
  });

  test('beyond what JSON holds exactly is unknown', () => {
    expect(verdictOn('9007199254740993', equals(9007199254740991))).toBe('unknown');
    expect(verdictOn('9007199254740991', equals(9007199254740991))).toBe('yes');
    expect(verdictOn('12345678901234567890', not(equals(1)))).toBe('unknown');
  });
});

describe('the address of a claim', () => {
  const value = (claim: string, claims: Record<string, unknown>) =>
    evaluateCondition(condition(equals('x'), 'as_stated', claim), claims);

  test('is a whole name even where it holds dots and slashes', () => {
    expect(value('kubernetes.io/namespace', { 'kubernetes.io/namespace': 'x' })).toBe('yes');
    expect(value('kubernetes.io/namespace', { 'kubernetes.io': { namespace: 'x' } })).toBe('no');
    expect(value('a.b', { a: { b: 'x' } })).toBe('no');
  });

  test('is a JSON pointer when it begins with a slash', () => {
    expect(value('/kubernetes.io/namespace', { 'kubernetes.io': { namespace: 'x' } })).toBe('yes');
    expect(value('/a~1b/~0c', { 'a/b': { '~c': 'x' } })).toBe('yes');
    expect(value('/a/1', { a: ['w', 'x'] })).toBe('yes');
    expect(value('/a/01', { a: ['w', 'x'] })).toBe('no');
    expect(value('/a/length', { a: ['w'] })).toBe('no');
  });

  test.each([
    '__proto__',
    'constructor',
    'toString',
    '/__proto__/constructor/name',
    '/a/constructor/name',
  ])('finds nothing inherited at %s', (claim) => {
    const present = condition(exists(true), 'as_stated', claim);
    expect(evaluateCondition(present, { a: {} })).toBe('no');
  });

  test('finds a claim whose own name is __proto__', () => {
    expect(value('__proto__', JSON.parse('{"__proto__":"x"}'))).toBe('yes');
  });
});

test('conditions together are no before unknown, and unknown before yes', () => {
  const yes = condition(exists(false), 'as_stated', 'a');
  const no = condition(exists(true), 'as_stated', 'a');
  const unknown = condition(not(equals('x')), 'as_stated', 'a');
  expect(evaluateConditions([], {})).toBe('yes');
  expect(evaluateConditions([yes, yes], {})).toBe('yes');
  expect(evaluateConditions([yes, unknown], {})).toBe('unknown');
  expect(evaluateConditions([unknown, no, yes], {})).toBe('no');
  expect(evaluateConditions([no, unknown], {})).toBe('no');
});
