// The nearest miss: of the rules a caller is known to, the one that the fewest of his claims keep from matching, and which claims
// those are. It is what turns "denied" into "change this". Plain data; no I/O.

import { type Claims, readClaim, showClaim } from '../identity/claim.ts';
import type { AllowRule } from './compiled.ts';
import { type Condition, evaluateCondition, type Test } from './condition.ts';
import { covers } from './entry.ts';
import type { Triple } from './permission.ts';

/** One condition that does not hold, in words for the caller. */
export interface Miss {
  readonly claim: string;
  readonly actual: string;
  readonly expected: string;
}

export interface NearestRule {
  readonly rule: AllowRule;
  readonly misses: readonly Miss[];
}

/** The nearest of some rules; one that would cover what is asked comes before one that would not. */
export function nearestRule(
  rules: readonly AllowRule[],
  claims: Claims,
  permissions: readonly Triple[],
): NearestRule | null {
  let nearest: NearestRule | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const rule of rules) {
    const misses = missesOf(rule.when, claims);
    const covered = permissions.every((triple) => rule.entries.some((entry) => covers(entry, triple, claims)));
    const distance = misses.length + (covered ? 0 : NOT_COVERING);
    if (distance < least) {
      nearest = { rule, misses };
      least = distance;
    }
  }
  return nearest;
}

/** More than a rule has conditions. */
const NOT_COVERING = 1_000;

export function missesOf(conditions: readonly Condition[], claims: Claims): readonly Miss[] {
  return conditions
    .filter((condition) => evaluateCondition(condition, claims) !== 'yes')
    .map((condition) => ({
      claim: condition.claim,
      actual: showClaim(readClaim(claims, condition.path)),
      expected: describeTest(condition.test),
    }));
}

/** What a test wants, in words: `"main"`, `one of "a", "b"`, `something like "release/*"`. */
export function describeTest(test: Test): string {
  switch (test.op) {
    case 'equals':
      return JSON.stringify(test.value);
    case 'like':
      return `something like ${JSON.stringify(test.pattern)}`;
    case 'any':
      return `one of ${test.of.map(describeTest).join(', ')}`;
    case 'contains':
      return `a list that contains ${describeTest(test.element)}`;
    case 'not':
      return `a value other than ${describeTest(test.test)}`;
    case 'exists':
      return test.present ? 'to be present' : 'to be absent';
  }
}

/** One sentence part per miss: `ref is "refs/heads/x" but must be "refs/heads/main"`. */
export function describeMisses(misses: readonly Miss[]): string {
  return misses.map(({ claim, actual, expected }) => `${claim} is ${actual} but the rule wants ${expected}`).join('; ');
}
