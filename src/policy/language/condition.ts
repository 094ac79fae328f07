// Conditions of a rule on a caller's claims. Their answer is three-valued: yes, no or unknown, so that a value of an unexpected type
// neither earns a permission nor escapes a denial. Plain data in and out; no I/O.

import { type ClaimPath, type Claims, readClaim } from '../../identity/claim.ts';
import { matchesPattern } from './pattern.ts';

export type Verdict = 'yes' | 'no' | 'unknown';
export type Scalar = string | number | boolean;

/** What a claim's value is held against. */
export type Test =
  | { readonly op: 'equals'; readonly value: Scalar }
  | { readonly op: 'like'; readonly pattern: string }
  | { readonly op: 'any'; readonly of: readonly Test[] }
  | { readonly op: 'contains'; readonly element: Test }
  /** One of these among the words of a text, as OAuth's `scope` holds them. */
  | { readonly op: 'word'; readonly words: readonly string[] }
  | { readonly op: 'not'; readonly test: Test }
  | { readonly op: 'exists'; readonly present: boolean };

export interface Condition {
  /** As the policy spells it: a claim's name or a JSON pointer. */
  readonly claim: string;
  readonly path: ClaimPath;
  readonly test: Test;
  /**
   * What an absent claim answers: `unknown` in a deny rule for a claim that callers may leave out, so that leaving it out is no
   * way past the rule; otherwise what the form says.
   */
  readonly absent: 'as_stated' | 'unknown';
  /** It holds the ids of parties, which no other caller is told. */
  readonly pin?: true;
}

/** A longer value is not held against a pattern: no name or address is as long, and matching takes time. */
export const MAX_LIKE_LENGTH = 1_024;

export function evaluateCondition(condition: Condition, claims: Claims): Verdict {
  const value = readClaim(claims, condition.path);
  if (value === undefined) {
    const stated = answerForAbsent(condition.test);
    return condition.absent === 'unknown' && stated === 'no' ? 'unknown' : stated;
  }
  return evaluateTest(condition.test, value);
}

/** All of them together: no if any is no, else unknown if any is unknown, else yes. */
export function evaluateConditions(conditions: readonly Condition[], claims: Claims): Verdict {
  let verdict: Verdict = 'yes';
  for (const condition of conditions) {
    const answer = evaluateCondition(condition, claims);
    if (answer === 'no') return 'no';
    if (answer === 'unknown') verdict = 'unknown';
  }
  return verdict;
}

function answerForAbsent(test: Test): Verdict {
  if (test.op === 'exists') return test.present ? 'no' : 'yes';
  return test.op === 'not' ? 'unknown' : 'no';
}

/** The test on a value that is there. */
export function evaluateTest(test: Test, value: unknown): Verdict {
  switch (test.op) {
    case 'equals':
      return equals(test.value, value);
    case 'like':
      if (typeof value !== 'string' || value === '' || value.length > MAX_LIKE_LENGTH) return 'unknown';
      if (!PLAIN.test(value) && UNPRINTABLE.test(value)) return 'unknown';
      return matchesPattern(test.pattern, value) ? 'yes' : 'no';
    case 'any':
      return anyOf(test.of, (one) => evaluateTest(one, value));
    case 'contains':
      // Issuers write a list of one as the one alone.
      if (typeof value === 'string') return evaluateTest(test.element, value);
      return Array.isArray(value) ? anyOf(value, (element) => evaluateTest(test.element, element)) : 'unknown';
    case 'word':
      if (typeof value !== 'string') return 'unknown';
      return value.split(' ').some((word) => test.words.includes(word)) ? 'yes' : 'no';
    case 'not':
      return negate(evaluateTest(test.test, value));
    case 'exists':
      return test.present ? 'yes' : 'no';
  }
}

/** Type and all; a number that JSON cannot hold exactly equals nothing and differs from nothing. */
function equals(wanted: Scalar, value: unknown): Verdict {
  if (typeof value !== typeof wanted) return 'unknown';
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return 'unknown';
  return value === wanted ? 'yes' : 'no';
}

function anyOf<T>(items: readonly T[], answerTo: (item: T) => Verdict): Verdict {
  let verdict: Verdict = 'no';
  for (const item of items) {
    const answer = answerTo(item);
    if (answer === 'yes') return 'yes';
    if (answer === 'unknown') verdict = 'unknown';
  }
  return verdict;
}

function negate(answer: Verdict): Verdict {
  if (answer === 'unknown') return 'unknown';
  return answer === 'yes' ? 'no' : 'yes';
}

/** Control, format and separator characters and lone surrogates: a value that holds one may look like another. */
export const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** ASCII without control characters, which is quicker to see. */
const PLAIN = /^[ -~]*$/;
