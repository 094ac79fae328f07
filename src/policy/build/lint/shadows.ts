// Rules that never decide: an earlier rule matches whenever they do and covers all that they cover. No I/O.

import { type ClaimPath, readClaim } from '../../../identity/claim.ts';
import type { AllowRule } from '../../language/compiled.ts';
import type { Condition, Test } from '../../language/condition.ts';
import type { Entry } from '../../language/entry.ts';
import { matchesPattern } from '../../language/pattern.ts';
import { buildRuleIndex, equalValues, rulesThatMatch } from '../../language/rule-index.ts';
import { isPositive } from '../compile-conditions.ts';
import type { Report } from '../report.ts';
import type { PlacedRule } from './placed-rule.ts';

/** Earlier rules that are looked at for each rule: bounds the work in tables without equalities. */
const MAX_EARLIER = 200;

export function lintShadows(rules: readonly PlacedRule<AllowRule>[], report: Report): void {
  const groups = Map.groupBy(rules, ({ rule }) => `${rule.issuer} ${rule.instance}`);
  for (const group of groups.values()) {
    const index = buildRuleIndex(group.map(({ rule }, position) => ({ position, when: rule.when })));
    for (const [position, { rule, at }] of group.entries()) {
      const earlier = rulesThatMatch(index, typicalClaims(rule)).filter((other) => other < position);
      const shadow = earlier.slice(0, MAX_EARLIER).find((other) => shadows(group[other]!.rule, rule));
      if (shadow === undefined) continue;
      const { name } = group[shadow]!.rule;
      report.warn(
        ['rules', at],
        `the earlier rule "${name}" always decides before it`,
        'move it up, narrow the other, or remove it',
      );
    }
  }
}

function shadows(earlier: AllowRule, later: AllowRule): boolean {
  const implied = earlier.when.every((wanted) => later.when.some((given) => implies(given, wanted)));
  const outlives = earlier.until === null || (later.until !== null && later.until <= earlier.until);
  return (
    implied && outlives && later.entries.every((entry) => earlier.entries.some((other) => coversEntry(other, entry)))
  );
}

/** Whether a caller who fulfils one condition always fulfils the other. */
export function implies(given: Condition, wanted: Condition): boolean {
  if (JSON.stringify(given.path) !== JSON.stringify(wanted.path)) return false;
  if (JSON.stringify(given.test) === JSON.stringify(wanted.test)) return true;
  if (wanted.test.op === 'exists') return wanted.test.present && isPositive(given.test);
  const values = equalValues(given.test);
  return values?.every((value) => accepts(wanted.test, value)) ?? false;
}

function accepts(test: Test, value: unknown): boolean {
  switch (test.op) {
    case 'equals':
      return test.value === value;
    case 'like':
      return typeof value === 'string' && matchesPattern(test.pattern, value);
    case 'any':
      return test.of.some((one) => accepts(one, value));
    default:
      return false;
  }
}

export function coversEntry(earlier: Entry, later: Entry): boolean {
  if (earlier.type !== later.type || !later.actions.every((action) => earlier.actions.includes(action))) return false;
  if (JSON.stringify(earlier.name) === JSON.stringify(later.name)) return true;
  if (later.name.kind !== 'literal') return false;
  if (earlier.name.kind === 'wildcard') return matchesPattern('*', later.name.text);
  return earlier.name.kind === 'pattern' && matchesPattern(earlier.name.text, later.name.text);
}

/** Claims of somebody whom the rule's equalities admit: they find the rules that could admit them too. */
export function typicalClaims(rule: AllowRule): Record<string, unknown> {
  const claims: Record<string, unknown> = {};
  for (const { path, test } of rule.when) {
    const [value] = equalValues(test) ?? [];
    if (value !== undefined && readClaim(claims, path) === undefined) place(claims, path, value);
  }
  return claims;
}

function place(claims: Record<string, unknown>, path: ClaimPath, value: unknown): void {
  const [key, ...rest] = path as readonly [string, ...string[]];
  if (rest.length === 0) {
    claims[key] = value;
    return;
  }
  const inner = claims[key];
  const object = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
  claims[key] = object;
  place(object, rest, value);
}
