// How a policy would decide what an audit event tells of, as far as the event goes. What hangs on claims that it does not hold is
// unknown, never guessed; which rule and instance the request named it does not hold either, so it is judged as if it named none. No I/O.

import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';
import type { AllowRule, CompiledPolicy, DenyRule, Rule } from '../language/compiled.ts';
import type { KnownClaims } from '../language/partial-claims.ts';
import { joinTriples, mixesWildcard, showTriple, type Triple } from '../language/permission.ts';
import {
  allows,
  callersOf,
  denies,
  isOver,
  laterEnd,
  matches,
  meaningOf,
  namesNothing,
  openOf,
  overWords,
  ownTriples,
  type Unknown,
} from './judge-rule.ts';
import { askedOf, factsOf, givenTo, type PastEvent, timeOf, wasGranted } from './past-event.ts';

export interface Judgement {
  readonly outcome: 'allowed' | 'refused' | 'unknown';
  readonly why: string;
  /** What a request that names no permissions gets. */
  readonly gives?: readonly Triple[];
}

/** Of an event that tells what a policy said. */
export type Judge = (event: PastEvent) => Judgement;

/** What is known of an event, and of how the recorded policy came to its decision. */
interface Case {
  readonly event: PastEvent;
  readonly issuer: TrustedIssuer;
  readonly known: KnownClaims;
  /** When it was, in milliseconds since the epoch: rules are judged as they stood then. */
  readonly time: number | null;
  /** The policy whose digest the event carries is at hand. */
  readonly exact: boolean;
  /** The rule that decided it, if it is known for sure. */
  readonly decided: Rule | null;
}

/** A rule that grants or matches, and the claims on which that hangs. */
interface Candidate {
  readonly rule: AllowRule;
  readonly open: Unknown | null;
}

/** Judges events by one policy; `recorded` is the policy whose digest the events may carry. */
export function createJudge(policy: CompiledPolicy, recorded: CompiledPolicy): Judge {
  const recordedRules = new Map(recorded.rules.map((rule) => [rule.name, rule]));
  // Each with the last end of the rules that it is of.
  const recordedMeanings = new Map<string, number>();
  const recordedCallers = new Map<string, number>();
  for (const rule of recorded.rules) {
    const meaning = meaningOf(rule, recorded);
    recordedMeanings.set(meaning, laterEnd(recordedMeanings.get(meaning), rule));
    if (rule.effect !== 'allow') continue;
    const callers = `${rule.issuer} ${callersOf(rule)}`;
    recordedCallers.set(callers, laterEnd(recordedCallers.get(callers), rule));
  }
  // Without a time, only one that never ends was there for sure.
  const stood = (end: number | undefined, time: number | null) =>
    end !== undefined && (time ?? Number.MAX_SAFE_INTEGER) < end * 1000;
  const meanings = new Map(policy.rules.map((rule) => [rule, meaningOf(rule, policy)]));
  const isNew = (rule: Rule, time: number | null) => !stood(recordedMeanings.get(meanings.get(rule)!), time);
  const allow = allowRules(policy);
  const deny = Map.groupBy(
    policy.rules.filter((rule): rule is DenyRule => rule.effect === 'deny'),
    ({ issuer }) => policy.issuers[issuer]!.iss,
  );

  return (event) => {
    const issuer = Object.hasOwn(policy.issuers, event.issuer!) ? policy.issuers[event.issuer!]! : null;
    if (issuer === null) return refused(`the issuer entry "${event.issuer}" is gone`);
    const exact = event.policy === recorded.digest;
    if (exact && recorded.issuers[issuer.name]?.iss !== issuer.iss) {
      return unknown(`the issuer entry "${issuer.name}" stands for another issuer`);
    }
    const asked = askedOf(event);
    if (asked === null) return unknown('its permissions cannot be read from the event');
    if (asked !== 'own' && mixesWildcard(asked)) return refused('it asks for all databases beside named ones');
    if (event.reason === 'rule_unknown' || event.reason === 'instance_unknown') {
      return unknown('it named a rule or an instance, which the event does not hold');
    }
    const decided = exact ? (recordedRules.get(event.rule ?? '') ?? null) : null;
    const one: Case = { event, issuer, exact, decided, time: timeOf(event), known: factsOf(event, decided) };
    return asked === 'own' ? judgeOwn(one) : judgeNamed(one, asked);
  };

  function judgeNamed(one: Case, triples: readonly Triple[]): Judgement {
    const { event, issuer, known, exact, decided, time } = one;
    // A deny rule that let the request pass then lets it pass now, unless it was never reached.
    const passed = exact && (wasGranted(event) || event.reason === 'not_granted');
    const denial = denialOf(one, triples, passed);
    if (denial?.outcome === 'refused') return denial;

    // Likewise an allow rule that did not grant it; after a denial nothing is known of them.
    const notGranted = exact && (event.reason === 'no_rule' || event.reason === 'not_granted');
    const granted = decided !== null && wasGranted(event) ? meaningOf(decided, recorded) : null;
    const candidates: Candidate[] = [];
    const over: AllowRule[] = [];
    for (const rule of allow.get(issuer.name) ?? []) {
      if (event.instance !== undefined && rule.instance !== event.instance) continue;
      if (!isNew(rule, time) && notGranted) continue;
      const grants = meanings.get(rule) === granted ? 'yes' : allows(rule, triples, known);
      const ended = isOver(rule, time);
      if (grants === 'no') continue;
      if (ended === 'yes') over.push(rule);
      else candidates.push({ rule, open: openOf(grants, ended) });
    }
    const certain = candidates.find(({ open }) => open === null);
    if (candidates.length === 0) return refused(overWords(over));
    if (certain === undefined) return unknown(lacking(candidates));
    return denial ?? granting(one, certain.rule, candidates);
  }

  /** As the service answers a request that names no permissions: one rule must match, and is concrete. */
  function judgeOwn(one: Case): Judgement {
    const { event, issuer, known, time } = one;
    const candidates: Candidate[] = [];
    const over: AllowRule[] = [];
    for (const rule of allow.get(issuer.name) ?? []) {
      const answer = matchedThen(rule, one) ?? matches(rule, known);
      const ended = isOver(rule, time);
      if (answer === 'no') continue;
      if (ended === 'yes') over.push(rule);
      else candidates.push({ rule, open: openOf(answer, ended) });
    }
    if (candidates.length === 0) return refused(overWords(over));
    const sure = candidates.flatMap(({ rule, open }) => (open === null ? [`"${rule.name}"`] : []));
    if (sure.length > 1) return refused(`it names no permissions, and the rules ${sure.join(', ')} match`);
    if (candidates.every(({ rule }) => namesNothing(rule))) {
      return refused(`it names no permissions, and the rule "${candidates[0]!.rule.name}" wants them named`);
    }
    if (candidates.some(({ open }) => open !== null)) return unknown(lacking(candidates));
    const [{ rule }] = candidates as [Candidate];

    const gives = ownTriples(rule, known);
    if (gives === null) return refused(`no name can be made by the rule "${rule.name}"`);
    if ('claims' in gives) return unknown(lacking([{ rule, open: gives }]));
    if (event.instance !== undefined && rule.instance !== event.instance) {
      return refused(`the rule "${rule.name}" grants on the instance "${rule.instance}"`);
    }
    const given = givenTo(event);
    const lost = given === null ? [] : without(given, gives);
    if (lost.length > 0) return refused(`the rule "${rule.name}" gives no ${joinTriples(lost).join(' ')}`);
    const denial = denialOf(one, gives, passedBefore(one, rule, gives));
    return denial ?? { ...granting(one, rule, candidates), gives };
  }

  /** What is known from then of a rule that matches the same callers, now that no permissions were named. */
  function matchedThen(rule: AllowRule, { event, exact, decided, time }: Case): 'yes' | 'no' | null {
    const callers = callersOf(rule);
    if (!exact || !stood(recordedCallers.get(`${rule.issuer} ${callers}`), time)) return null;
    if (event.reason === 'no_rule') return 'no';
    if (decided === null || !wasGranted(event)) return null;
    return callersOf(decided) === callers ? 'yes' : 'no';
  }

  function passedBefore({ event, exact, decided }: Case, rule: AllowRule, gives: readonly Triple[]): boolean {
    if (!exact || !wasGranted(event)) return false;
    const given = givenTo(event);
    if (given !== null) return without(gives, given).length === 0;
    return decided?.effect === 'allow' && JSON.stringify(decided.entries) === JSON.stringify(rule.entries);
  }

  /** What deny rules make of it; null when none stands in its way. @param passed those that were there then. */
  function denialOf({ issuer, known, time }: Case, triples: readonly Triple[], passed: boolean): Judgement | null {
    const open: string[] = [];
    for (const rule of deny.get(issuer.iss) ?? []) {
      if (!isNew(rule, time) && passed) continue;
      const fires = denies(rule, triples, known);
      if (fires === 'yes') return refused(`the deny rule "${rule.name}" refuses it`);
      if (fires !== 'no') open.push(`the deny rule "${rule.name}" looks at ${fires.claims.join(', ')}`);
    }
    return open.length === 0 ? null : unknown(`${open.join('; ')}, which the event does not hold`);
  }
}

/** What a rule that grants makes of a ttl that was refused, or of a subject token that had ended. */
function granting({ event, decided }: Case, rule: AllowRule, candidates: readonly Candidate[]): Judgement {
  const allowed: Judgement = { outcome: 'allowed', why: `the rule "${rule.name}" grants it` };
  if (event.reason === 'token_expired' && rule.withinSubjectToken) {
    return refused(`the rule "${rule.name}" gives no token that outlives the subject token`);
  }
  if (event.reason !== 'ttl_refused') return allowed;
  const before = decided?.effect === 'allow' ? decided : null;
  const noLonger = ({ ttl, share }: AllowRule) =>
    before !== null &&
    (share ? before.share && ttl.max === before.ttl.max : !before.share && ttl.max <= before.ttl.max);
  if (candidates.every((one) => noLonger(one.rule))) return refused('its ttl is still not one of the rule');
  return unknown('it asked for a ttl, which the event does not hold');
}

function allowRules({ rules }: CompiledPolicy) {
  return Map.groupBy(
    rules.filter((rule): rule is AllowRule => rule.effect === 'allow'),
    ({ issuer }) => issuer,
  );
}

/** What stands in the first list and not in the second. */
export function without(triples: readonly Triple[], others: readonly Triple[]): readonly Triple[] {
  const texts = new Set(others.map(showTriple));
  return triples.filter((triple) => !texts.has(showTriple(triple)));
}

const MAX_REASONS = 3;

function lacking(candidates: readonly Candidate[]): string {
  const reasons = candidates.flatMap(({ rule, open }) =>
    open === null ? [] : [`the rule "${rule.name}" looks at ${open.claims.join(', ')}`],
  );
  const more = reasons.length > MAX_REASONS ? ` and ${reasons.length - MAX_REASONS} more rules at others` : '';
  return `${reasons.slice(0, MAX_REASONS).join('; ')}${more}, which the event does not hold`;
}

function refused(why: string): Judgement {
  return { outcome: 'refused', why };
}

function unknown(why: string): Judgement {
  return { outcome: 'unknown', why };
}
