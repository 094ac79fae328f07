// The nearest miss: of the rules a caller is known to, the one that the fewest of their claims keep from matching, and which claims
// those are. It is what turns "denied" into "change this". Plain data; no I/O.

import { WrittenNumber } from '../../foundation/written-number.ts';
import { ABSENT, type Claims, readClaim, showClaim } from '../../identity/claim.ts';
import { slightDifference } from '../../identity/difference.ts';
import type { AllowRule } from '../language/compiled.ts';
import { type Condition, evaluateCondition, evaluateTest, MAX_LIKE_LENGTH, type Test } from '../language/condition.ts';
import { describeEnd, hasEnded } from '../language/end.ts';
import { covers, type Entry, expand } from '../language/entry.ts';
import { matchesPattern } from '../language/pattern.ts';
import type { Triple } from '../language/permission.ts';
import type { Viewer } from './candidates.ts';

/** One condition that does not hold, in words for the caller. */
export interface Miss {
  readonly claim: string;
  readonly actual: string;
  /** Absent for an id pin shown to a caller: it holds the ids of others. */
  readonly expected?: string;
  /** Why it does not hold, where the two look alike. */
  readonly hint?: string;
}

export interface NearestRule {
  readonly rule: AllowRule;
  /** Empty where it is only that the rule has ended. */
  readonly misses: readonly Miss[];
  readonly ended: boolean;
}

/** The nearest of some rules; one that would cover what is asked comes before one that would not. */
export function nearestRule(
  rules: readonly AllowRule[],
  claims: Claims,
  permissions: readonly Triple[],
  now: number,
  viewer: Viewer,
): NearestRule | null {
  let nearest: AllowRule | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const rule of rules) {
    const covered = permissions.every((triple) => rule.entries.some((entry) => mayCover(entry, triple, claims)));
    const distance =
      countMisses(rule.when, claims) + (hasEnded(rule, now) ? HAS_ENDED : 0) + (covered ? 0 : NOT_COVERING);
    if (distance < least) {
      nearest = rule;
      least = distance;
    }
  }
  if (nearest === null) return null;
  return { rule: nearest, misses: missesOf(nearest.when, claims, viewer), ended: hasEnded(nearest, now) };
}

/** More than a rule has conditions. */
const NOT_COVERING = 1_000;

/** Less than a condition: a caller whose rule has ended hears that, and not of another rule that never was theirs. */
const HAS_ENDED = 0.5;

/** Covers it, or would with a claim that its template can take. */
function mayCover(entry: Entry, triple: Triple, claims: Claims): boolean {
  if (covers(entry, triple, claims)) return true;
  const { type, name, actions } = entry;
  if (name.kind !== 'template' || expand(name, claims) !== null) return false;
  const fits = triple.name.startsWith(name.before) && triple.name.endsWith(name.after);
  return type === triple.type && actions.includes(triple.action) && fits;
}

/** How many there are, without the words for them: what a search may ask of hundreds of rules. */
export function countMisses(conditions: readonly Condition[], claims: Claims): number {
  return unmet(conditions, claims).length;
}

export function missesOf(conditions: readonly Condition[], claims: Claims, viewer: Viewer): readonly Miss[] {
  return unmet(conditions, claims).map((condition) => {
    const { claim, path, test } = condition;
    const value = readClaim(claims, path);
    const actual = showClaim(value);
    // A hint would tell what is hidden: how far the value is from an id of another.
    if (hidesExpected(condition, viewer)) return { claim, actual };
    const hint = hintFor(test, value);
    const miss = { claim, actual, expected: describeTest(test) };
    return hint === null ? miss : { ...miss, hint };
  });
}

/** Whether the viewer must not be told which values a condition takes. */
export function hidesExpected({ pin }: Condition, viewer: Viewer): boolean {
  return pin === true && viewer === 'caller';
}

/** Those that keep a rule from matching. */
export function unmet(conditions: readonly Condition[], claims: Claims): readonly Condition[] {
  return conditions.filter((condition) => evaluateCondition(condition, claims) !== 'yes');
}

/** The difference that the two values, side by side in a log, do not show. */
function hintFor(test: Test, value: unknown): string | null {
  if (value === undefined) return null;
  switch (test.op) {
    case 'equals':
      if (value instanceof WrittenNumber) return INEXACT;
      if (typeof value !== typeof test.value)
        return `it is ${typeName(value)}, and the rule wants ${typeName(test.value)}`;
      if (typeof value === 'number') return Number.isSafeInteger(value) ? null : INEXACT;
      if (typeof value !== 'string' || value.length > MAX_LIKE_LENGTH) return null;
      return slightDifference(value, String(test.value));
    case 'like':
      if (typeof value !== 'string') return `it is ${typeName(value)}, and the rule wants text`;
      if (value.length > MAX_LIKE_LENGTH) return `it is longer than ${MAX_LIKE_LENGTH} characters`;
      if (matchesPattern(test.pattern, value)) return 'it holds characters that do not show';
      if (matchesPattern(test.pattern.toLowerCase(), value.toLowerCase())) return 'they differ only in case';
      return matchesPattern(test.pattern.replace(/\*+/g, '**'), value) ? '* stands for no "/" and no ":"' : null;
    case 'any': {
      const hints = test.of.map((one) => hintFor(one, value));
      // Of another type than one value says nothing while another value is of that type.
      return (
        hints.find((hint) => hint !== null && !hint.startsWith('it is ')) ?? (hints.includes(null) ? null : hints[0]!)
      );
    }
    case 'contains':
      if (Array.isArray(value)) return null;
      if (typeof value !== 'string') return `it is ${typeName(value)}, and the rule wants a list`;
      // OAuth's `scope` is one text of several words.
      return value.split(' ').some((word) => evaluateTest(test.element, word) === 'yes')
        ? 'it is one text and that is a word of it: the rule needs "word" instead of "contains"'
        : null;
    case 'word':
      if (Array.isArray(value)) return 'it is a list: the rule needs "contains" instead of "word"';
      return typeof value === 'string' ? null : `it is ${typeName(value)}, and the rule wants text`;
    case 'not':
    case 'exists':
      return null;
  }
}

const INEXACT = 'it is no whole number that JSON holds exactly, so nothing equals it: the issuer must send it as text';

function typeName(value: unknown): string {
  if (value instanceof WrittenNumber) return 'a number';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  const names: Readonly<Record<string, string>> = { string: 'text', number: 'a number', boolean: 'true or false' };
  return names[typeof value] ?? 'an object';
}

/** What a test wants, in words: `"main"`, `one of "a", "b"`, `something like "release/*"`. */
export function describeTest(test: Test): string {
  switch (test.op) {
    case 'equals':
      return JSON.stringify(test.value);
    case 'like':
      return `something like ${JSON.stringify(test.pattern)}`;
    case 'any':
      return `one of ${test.of.slice(0, MAX_VALUES).map(describeTest).join(', ')}${
        test.of.length > MAX_VALUES ? ` and ${test.of.length - MAX_VALUES} more` : ''
      }`;
    case 'contains':
      return `a list that contains ${describeTest(test.element)}`;
    case 'word':
      return `a text with the word ${test.words.map((one) => JSON.stringify(one)).join(' or ')}`;
    case 'not':
      return `a value other than ${describeTest(test.test)}`;
    case 'exists':
      return test.present ? 'any value' : 'no such claim';
  }
}

/** What a claim must do, as in "whose ref matches ...": a pattern is no value that a token could have. */
export function describeDemand(test: Test): string {
  switch (test.op) {
    case 'like':
      return `matches ${JSON.stringify(test.pattern)}`;
    case 'any':
      return test.of.some(({ op }) => op === 'like')
        ? test.of.slice(0, MAX_VALUES).map(describeDemand).join(' or ')
        : `is ${describeTest(test)}`;
    case 'contains':
      return `has an element that ${describeDemand(test.element)}`;
    case 'exists':
      return test.present ? 'is there' : 'is not there';
    default:
      return `is ${describeTest(test)}`;
  }
}

/** More values than this drown the others in a sentence. */
const MAX_VALUES = 10;

/** To whom to turn: callers cannot see the policy. */
export function endedSentence(rule: AllowRule): string {
  return `The rule "${rule.name}" ended on ${describeEnd(rule.until!)}; ask the people who keep this service's policy.`;
}

/** One sentence part per miss: `ref is "refs/heads/x" but the rule wants "refs/heads/main"`. */
export function describeMisses(misses: readonly Miss[]): string {
  return misses
    .map(({ claim, actual, expected, hint }) => {
      const given = actual === ABSENT ? `the token has no ${claim}` : `${claim} is ${actual}`;
      if (expected === undefined) {
        return `${given}, ${actual === ABSENT ? 'and the rule admits certain ones' : 'which is not one that the rule admits'}`;
      }
      return `${given} but the rule wants ${expected}${hint === undefined ? '' : ` (${hint})`}`;
    })
    .join('; ');
}
