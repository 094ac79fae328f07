// Why a decision came out as it did: a tree of rules and conditions, nearest first, and the smallest change that would alter it. It
// discloses what the viewer may know and decides nothing: the verdict is `evaluate`'s. No I/O.

import { readClaim, showClaim } from '../../identity/claim.ts';
import type { AllowRule, CompiledPolicy, DenyRule, Rule } from '../language/compiled.ts';
import { type Condition, evaluateCondition, evaluateConditions, type Verdict } from '../language/condition.ts';
import { formatDuration } from '../language/duration.ts';
import { describeEnd, formatEnd, hasEnded } from '../language/end.ts';
import { covers, intersects, showEntry } from '../language/entry.ts';
import { type ShownLimit, showLimit } from '../language/limit.ts';
import { joinTriples, showTriple, type Triple } from '../language/permission.ts';
import { type Caller, denyCandidates, knownRolesRules, knownRules, rulesOfIssuer, type Viewer } from './candidates.ts';
import { coversAll, type Evaluation, evaluate, type PermissionRequest } from './evaluate.ts';
import { countMisses, describeDemand, describeTest, hidesExpected, missesOf, unmet } from './nearest.ts';

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
  /** When an allow rule ends, or has ended. */
  readonly until?: string;
  readonly ended?: boolean;
  /** What an allow rule gives at most. */
  readonly limit?: ShownLimit;
  /** What the rule allows, denies or gives. */
  readonly grants: readonly string[];
  /** Asked permissions that an allow rule does not cover, or that a deny rule meets; at most 20. */
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
  /** What would admit the caller: a change of their own situation, or one of the policy. */
  readonly changes: readonly { readonly of: 'caller' | 'policy'; readonly change: string }[];
}

/** How many rules are looked at, and how many of them are shown: what people read, whatever the size of the table. */
const LOOKED_AT = 256;
const SHOWN = 20;

/** `evaluation` is that of the same request at the same time for the same viewer, where it has been made already. */
export function explain(
  policy: CompiledPolicy,
  caller: Caller,
  request: PermissionRequest,
  now: number,
  viewer: Viewer,
  evaluation: Evaluation = evaluate(policy, caller, request, now, viewer),
): Explanation {
  const { result, rule } = evaluation;
  const asked = request.permissions ?? [];
  const sorted = relevantRules(policy, caller, request, viewer, rule)
    .map((one) => ({ rule: one, distance: distanceOf(one, caller, asked, now) }))
    .sort((a, b) => a.distance - b.distance);
  // The rule that settled it comes first, if the viewer may know it.
  const near = [...sorted.filter((one) => one.rule === rule), ...sorted.filter((one) => one.rule !== rule)];
  const rules = near.slice(0, SHOWN).map((one) => explainRule(one.rule, caller, asked, now, viewer));
  if (result.ok) {
    const { rule: granting, permissions, ttl } = result.value;
    const given = joinTriples(permissions);
    const detail = `The rule "${granting.name}" grants ${given.join(', ')} for ${formatDuration(ttl)} on instance "${granting.instance}".`;
    return { outcome: 'allowed', detail, rule: granting.name, permissions: given, rules, changes: [] };
  }
  const { reason, detail } = result.failure;
  return { outcome: 'refused', reason, detail, rules, changes: changesFor(reason, near, caller, asked, viewer) };
}

function relevantRules(
  policy: CompiledPolicy,
  caller: Caller,
  request: PermissionRequest,
  viewer: Viewer,
  settled: Rule | null,
): readonly Rule[] {
  const known = knownRules(policy, caller);
  const named = request.rule === undefined ? undefined : known.named(request.rule);
  const allow = named === undefined ? known.some(LOOKED_AT) : [named];
  const roles = knownRolesRules(policy, caller).slice(0, SHOWN);
  if (viewer === 'caller') return [...allow, ...roles];
  const denials = denyCandidates(policy, caller).slice(0, LOOKED_AT);
  const others = rulesOfIssuer(policy, caller.issuer, request.rule, LOOKED_AT);
  return [...new Set([...(settled === null ? [] : [settled]), ...allow, ...roles, ...denials, ...others])];
}

interface NearRule<R extends Rule = Rule> {
  readonly rule: R;
  /** Of an allow rule: the conditions that fail, and a half when it does not cover what is asked or a quarter when it has ended. */
  readonly distance: number;
}

/** Conditions that fail count most, then what is not covered; a denial that holds is nearest of all. */
function distanceOf(rule: Rule, caller: Caller, asked: readonly Triple[], now: number): number {
  if (rule.effect === 'deny') return denies(rule, caller, asked).length > 0 ? -1 : MANY;
  const misses = countMisses(rule.when, caller.claims);
  if (rule.effect === 'roles') return MANY + misses;
  return misses + (coversAll(rule, asked, caller.claims) ? 0 : 0.5) + (hasEnded(rule, now) ? 0.25 : 0);
}

/** More than a rule has conditions. */
const MANY = 1_000;

function explainRule(
  rule: Rule,
  caller: Caller,
  asked: readonly Triple[],
  now: number,
  viewer: Viewer,
): RuleExplanation {
  const base = {
    rule: rule.name,
    effect: rule.effect,
    verdict: evaluateConditions(rule.when, caller.claims),
    conditions: rule.when.map((condition) => explainCondition(condition, caller, viewer)),
  };
  switch (rule.effect) {
    case 'allow': {
      const grants = rule.entries.map(showEntry);
      const uncovered = uncoveredBy(rule, caller, asked).slice(0, SHOWN).map(showTriple);
      return {
        ...base,
        ...endOf(rule, base.verdict, now),
        instance: rule.instance,
        max_ttl: formatDuration(rule.ttl.max),
        ...(rule.limit === null ? {} : { limit: showLimit(rule.limit) }),
        grants,
        uncovered,
      };
    }
    case 'deny':
      return {
        ...base,
        grants: rule.entries.map(showEntry),
        denied: denies(rule, caller, asked).slice(0, SHOWN).map(showTriple),
      };
    case 'roles':
      return { ...base, grants: rule.roles };
  }
}

/** A rule that has ended is no rule any more: it matches nobody, whatever its conditions say. */
function endOf(rule: AllowRule, verdict: Verdict, now: number) {
  if (rule.until === null) return {};
  const ended = hasEnded(rule, now);
  return { until: formatEnd(rule.until), ended, verdict: ended ? ('no' as const) : verdict };
}

function explainCondition(condition: Condition, caller: Caller, viewer: Viewer): ConditionExplanation {
  const { claim, path, test } = condition;
  return {
    claim,
    verdict: evaluateCondition(condition, caller.claims),
    actual: showClaim(readClaim(caller.claims, path)),
    ...(hidesExpected(condition, viewer) ? {} : { expected: describeTest(test) }),
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
  near: readonly NearRule[],
  caller: Caller,
  asked: readonly Triple[],
  viewer: Viewer,
): Explanation['changes'] {
  if (reason !== 'no_rule' && reason !== 'not_granted') return [];
  const first = (fits: (distance: number) => boolean) =>
    near.find((one): one is NearRule<AllowRule> => one.rule.effect === 'allow' && fits(one.distance))?.rule;
  const covering = first(Number.isInteger);
  const matching = first((distance) => distance === 0 || distance === 0.5);
  const misses = covering === undefined ? [] : missesOf(covering.when, caller.claims, viewer);
  const uncovered = matching === undefined ? [] : uncoveredBy(matching, caller, asked);
  const over = first((distance) => distance === 0.25);
  const change = (of: 'caller' | 'policy', text: string) => ({ of, change: text });
  return [
    ...(over === undefined
      ? []
      : [change('policy', `Let rule "${over.name}" go on: it ended on ${describeEnd(over.until!)}.`)]),
    ...(covering === undefined || misses.length === 0
      ? []
      : [
          change(
            'caller',
            `Come with a token whose ${unmet(covering.when, caller.claims)
              .map((one) => demandOf(one, viewer))
              .join(' and whose ')}.`,
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

function demandOf(condition: Condition, viewer: Viewer): string {
  const demand = hidesExpected(condition, viewer) ? 'is one that the rule admits' : describeDemand(condition.test);
  return `${condition.claim} ${demand}`;
}
