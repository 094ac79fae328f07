// Why a decision came out as it did: a tree of rules and conditions, nearest first, and the smallest change that would alter it. It
// discloses what the viewer may know and decides nothing: the verdict is `evaluate`'s. No I/O.

import { readClaim, showClaim } from '../identity/claim.ts';
import { type Caller, denyCandidates, knownRolesRules, knownRules } from './candidates.ts';
import type { AllowRule, CompiledPolicy, DenyRule, Rule } from './compiled.ts';
import { type Condition, evaluateCondition, evaluateConditions, type Verdict } from './condition.ts';
import { formatDuration } from './duration.ts';
import { covers, intersects, showEntry } from './entry.ts';
import { evaluate, type PermissionRequest } from './evaluate.ts';
import { describeTest, missesOf } from './nearest.ts';
import { joinTriples, showTriple, type Triple } from './permission.ts';

/** Whom the explanation is for: a caller hears of rules that he is known to; an operator of all that concern him. */
export type Viewer = 'caller' | 'operator';

export interface ConditionExplanation {
  readonly claim: string;
  readonly verdict: Verdict;
  readonly actual: string;
  /** Absent for an id pin shown to a caller: the list may hold the ids of others. */
  readonly expected?: string;
}

export interface RuleExplanation {
  readonly rule: string;
  readonly effect: Rule['effect'];
  readonly verdict: Verdict;
  readonly conditions: readonly ConditionExplanation[];
  readonly instance?: string;
  readonly max_ttl?: string;
  /** What the rule allows, denies or gives. */
  readonly grants: readonly string[];
  /** Asked permissions that an allow rule does not cover, or that a deny rule meets. */
  readonly uncovered?: readonly string[];
  readonly denied?: readonly string[];
}

export interface Explanation {
  readonly outcome: 'allowed' | 'refused';
  readonly reason?: string;
  readonly detail: string;
  /** The rule that granted it. */
  readonly rule?: string;
  readonly permissions?: readonly string[];
  /** Nearest first, at most 20. */
  readonly rules: readonly RuleExplanation[];
  /** What would admit the caller: a change of his own situation, or one of the policy. */
  readonly changes: readonly { readonly of: 'caller' | 'policy'; readonly change: string }[];
}

/** How many rules are looked at, and how many of them are shown: what people read, whatever the size of the table. */
const LOOKED_AT = 256;
const SHOWN = 20;

export function explain(
  policy: CompiledPolicy,
  caller: Caller,
  request: PermissionRequest,
  viewer: Viewer,
): Explanation {
  const { result, rule } = evaluate(policy, caller, request);
  const asked = request.permissions ?? [];
  const near = relevantRules(policy, caller, request, viewer).map((one) => ({
    rule: one,
    distance: distanceOf(one, caller, asked),
  }));
  const sorted = near.sort((a, b) => a.distance - b.distance).map((one) => one.rule);
  // The rule that settled it comes first, if the viewer may know it.
  const ordered = rule !== null && sorted.includes(rule) ? [rule, ...sorted.filter((one) => one !== rule)] : sorted;
  const rules = ordered.slice(0, SHOWN).map((one) => explainRule(one, caller, asked, viewer));
  if (result.ok) {
    const { rule: granting, permissions, ttl } = result.value;
    const given = joinTriples(permissions);
    const detail = `The rule "${granting.name}" grants ${given.join(', ')} for ${formatDuration(ttl)} on instance "${granting.instance}".`;
    return { outcome: 'allowed', detail, rule: granting.name, permissions: given, rules, changes: [] };
  }
  const { reason, detail } = result.failure;
  return { outcome: 'refused', reason, detail, rules, changes: changesFor(reason, ordered, caller, asked) };
}

function relevantRules(
  policy: CompiledPolicy,
  caller: Caller,
  request: PermissionRequest,
  viewer: Viewer,
): readonly Rule[] {
  const known = knownRules(policy, caller);
  const named = request.rule === undefined ? undefined : known.named(request.rule);
  const allow = named === undefined ? known.some(LOOKED_AT) : [named];
  const roles = knownRolesRules(policy, caller).slice(0, SHOWN);
  if (viewer === 'caller') return [...allow, ...roles];
  const others = policy.rules
    .slice(0, LOOKED_AT)
    .filter((rule) => rule.issuer === caller.issuer && rule.effect === 'allow');
  return [...new Set([...allow, ...roles, ...denyCandidates(policy, caller), ...others])];
}

/** Conditions that fail count most, then what is not covered; a denial that holds is nearest of all. */
function distanceOf(rule: Rule, caller: Caller, asked: readonly Triple[]): number {
  const misses = missesOf(rule.when, caller.claims).length;
  if (rule.effect === 'deny') return denies(rule, caller, asked).length > 0 ? -1 : MANY;
  if (rule.effect === 'roles') return MANY + misses;
  return misses + (uncoveredBy(rule, caller, asked).length > 0 ? 0.5 : 0);
}

/** More than a rule has conditions. */
const MANY = 1_000;

function explainRule(rule: Rule, caller: Caller, asked: readonly Triple[], viewer: Viewer): RuleExplanation {
  const pins = rule.effect === 'deny' ? 0 : rule.pins;
  const conditions = rule.when.map((condition, at) =>
    explainCondition(condition, caller, viewer === 'caller' && at < pins),
  );
  const base = {
    rule: rule.name,
    effect: rule.effect,
    verdict: evaluateConditions(rule.when, caller.claims),
    conditions,
  };
  switch (rule.effect) {
    case 'allow': {
      const grants = rule.entries.map(showEntry);
      const uncovered = uncoveredBy(rule, caller, asked).map(showTriple);
      return { ...base, instance: rule.instance, max_ttl: formatDuration(rule.ttl.max), grants, uncovered };
    }
    case 'deny':
      return { ...base, grants: rule.entries.map(showEntry), denied: denies(rule, caller, asked).map(showTriple) };
    case 'roles':
      return { ...base, grants: rule.roles };
  }
}

function explainCondition(condition: Condition, caller: Caller, hideExpected: boolean): ConditionExplanation {
  const { claim, path, test } = condition;
  return {
    claim,
    verdict: evaluateCondition(condition, caller.claims),
    actual: showClaim(readClaim(caller.claims, path)),
    ...(hideExpected ? {} : { expected: describeTest(test) }),
  };
}

function uncoveredBy(rule: AllowRule, caller: Caller, asked: readonly Triple[]): readonly Triple[] {
  return asked.filter((triple) => !rule.entries.some((entry) => covers(entry, triple, caller.claims)));
}

function denies(rule: DenyRule, caller: Caller, asked: readonly Triple[]): readonly Triple[] {
  if (evaluateConditions(rule.when, caller.claims) === 'no') return [];
  return asked.filter((triple) => rule.entries.some((entry) => intersects(entry, triple, caller.claims)));
}

function changesFor(
  reason: string,
  ordered: readonly Rule[],
  caller: Caller,
  asked: readonly Triple[],
): Explanation['changes'] {
  if (reason !== 'no_rule' && reason !== 'not_granted') return [];
  const allow = ordered.filter((rule): rule is AllowRule => rule.effect === 'allow');
  const covering = allow.find((rule) => uncoveredBy(rule, caller, asked).length === 0);
  const matching = allow.find((rule) => evaluateConditions(rule.when, caller.claims) === 'yes');
  const misses = covering === undefined ? [] : missesOf(covering.when, caller.claims);
  const uncovered = matching === undefined ? [] : uncoveredBy(matching, caller, asked);
  const change = (of: 'caller' | 'policy', text: string) => ({ of, change: text });
  return [
    ...(covering === undefined || misses.length === 0
      ? []
      : [
          change(
            'caller',
            `Come with a token whose ${misses.map(({ claim, expected }) => `${claim} is ${expected}`).join(' and whose ')}.`,
          ),
          change(
            'policy',
            `Let rule "${covering.name}" accept ${misses.map(({ claim, actual }) => `${claim} ${actual}`).join(' and ')}.`,
          ),
        ]),
    ...(matching === undefined || uncovered.length === 0
      ? []
      : [
          change('caller', `Ask for ${matching.entries.map(showEntry).join(', ')} at most.`),
          change('policy', `Add ${joinTriples(uncovered).join(', ')} to rule "${matching.name}".`),
        ]),
  ];
}

/** The tree as indented lines, for a terminal or a build log. */
export function formatExplanation(explanation: Explanation): readonly string[] {
  return [
    `${explanation.outcome}${explanation.reason === undefined ? '' : ` (${explanation.reason})`}: ${explanation.detail}`,
    ...explanation.rules.flatMap(formatRule),
    ...explanation.changes.map(
      ({ of, change }) => `to change it, ${of === 'caller' ? 'the caller' : 'the policy'}: ${change}`,
    ),
  ];
}

function formatRule(rule: RuleExplanation): readonly string[] {
  const open = [
    ...(rule.uncovered ?? []).map((permission) => `does not cover ${permission}`),
    ...(rule.denied ?? []).map((permission) => `refuses ${permission}`),
  ];
  return [
    `  ${rule.effect} rule "${rule.rule}" (${rule.grants.join(', ')}): ${rule.verdict === 'yes' ? 'matches' : `matches: ${rule.verdict}`}`,
    ...rule.conditions.map(({ claim, verdict, actual, expected }) =>
      expected === undefined
        ? `    ${verdict.padEnd(7)} ${claim} is ${actual}`
        : `    ${verdict.padEnd(7)} ${claim} is ${actual}, wanted ${expected}`,
    ),
    ...open.map((line) => `    ${line}`),
  ];
}
