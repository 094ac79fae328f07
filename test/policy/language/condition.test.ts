// What no case of the corpus can say of a condition: numbers as JSON spells them, text that is no Unicode, and names of JavaScript's own.
// The three answers, form by form, are in ../../corpus.

import { describe, expect, test } from 'vitest';
import { parseJson } from '../../../src/foundation/json.ts';
import { parseClaimPath } from '../../../src/identity/claim.ts';
import {
  type Condition,
  evaluateCondition,
  evaluateConditions,
  type Test,
} from '../../../src/policy/language/condition.ts';

const equals = (value: string | number | boolean): Test => ({ op: 'equals', value });
const like = (pattern: string): Test => ({ op: 'like', pattern });
const not = (inner: Test): Test => ({ op: 'not', test: inner });
const exists = (present: boolean): Test => ({ op: 'exists', present });

function condition(of: Test, claim = 'claim'): Condition {
  return { claim, path: parseClaimPath(claim), test: of, absent: 'as_stated' };
}

test('a lone surrogate makes a text unknown to a pattern', () => {
  expect(evaluateCondition(condition(like('acme/*')), { claim: 'acme/\uD800' })).toBe('unknown');
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
  test.each([
    '__proto__',
    'constructor',
    'toString',
    '/__proto__/constructor/name',
    '/a/constructor/name',
  ])('finds nothing inherited at %s', (claim) => {
    expect(evaluateCondition(condition(exists(true), claim), { a: {} })).toBe('no');
  });

  test('finds a claim whose own name is __proto__', () => {
    const claims = JSON.parse('{"__proto__":"x"}');
    expect(evaluateCondition(condition(equals('x'), '__proto__'), claims)).toBe('yes');
  });
});

test('no conditions at all are yes', () => {
  expect(evaluateConditions([], {})).toBe('yes');
});
