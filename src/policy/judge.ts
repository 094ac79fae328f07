// How a policy would decide what an audit event tells of, as far as the event goes. What hangs on claims that it does not hold is
// unknown, never guessed. No I/O.

import type { AllowRule, CompiledPolicy, DenyRule, Rule } from './compiled.ts';
import type { Condition } from './condition.ts';
import { covers, type Entry, intersects } from './entry.ts';
import { evaluateKnown, expandWith, type KnownClaims, valueFor } from './partial-claims.ts';
import { factsOf, type PastEvent, triplesOf } from './past-event.ts';
import type { Triple } from './permission.ts';

export interface Judgement {
  readonly outcome: 'allowed' | 'refused' | 'unknown';
  readonly why: string;
}

export type Judge = (event: PastEvent) => Judgement;

/** Judges events by one policy; `recorded` is the policy whose digest the events may carry. */
export function createJudge(policy: CompiledPolicy, recorded: CompiledPolicy): Judge {
  const recordedRules = new Map(recorded.rules.map((rule) => [rule.name, rule]));
  const recordedMeanings = new Set(recorded.rules.map((rule) => meaningOf(rule, recorded)));
  const meanings = new Map(policy.rules.map((rule) => [rule, meaningOf(rule, policy)]));
  const isNew = (rule: Rule) => !recordedMeanings.has(meanings.get(rule)!);
  const allow = Map.groupBy(
    policy.rules.filter((rule): rule is AllowRule => rule.effect === 'allow'),
    ({ issuer }) => issuer,
  );
  const deny = Map.groupBy(
    policy.rules.filter((rule): rule is DenyRule => rule.effect === 'deny'),
    ({ issuer }) => policy.issuers[issuer]!.iss,
  );

  return (event) => {
    const issuer = Object.hasOwn(policy.issuers, event.issuer!) ? policy.issuers[event.issuer!]! : null;
    if (issuer === null) return { outcome: 'refused', why: `the issuer entry "${event.issuer}" is gone` };
    const exact = event.policy === recorded.digest;
    if (exact && recorded.issuers[issuer.name]?.iss !== issuer.iss) {
      return { outcome: 'unknown', why: `the issuer entry "${issuer.name}" stands for another issuer` };
    }
    const decided = exact ? (recordedRules.get(event.rule ?? '') ?? null) : null;
    const known = factsOf(event, decided);
    const triples = triplesOf(event)!;

    // A deny rule that let the request pass then lets it pass now, unless it was never reached.
    const passedDenials = exact && (event.outcome === 'allowed' || event.reason === 'not_granted');
    const open: string[] = [];
    for (const rule of deny.get(issuer.iss) ?? []) {
      if (!isNew(rule) && passedDenials) continue;
      const fires = denies(rule, triples, known);
      if (fires === 'yes') return { outcome: 'refused', why: `the deny rule "${rule.name}" refuses it` };
      if (fires !== 'no') open.push(`the deny rule "${rule.name}" looks at ${fires}`);
    }

    // Likewise an allow rule that did not grant it; after a denial nothing is known of them.
    const notGranted = exact && event.outcome === 'refused' && event.reason !== 'denied_by_rule';
    const granted = decided !== null && event.outcome === 'allowed' ? meaningOf(decided, recorded) : null;
    const granting: string[] = [];
    for (const rule of allow.get(issuer.name) ?? []) {
      if (event.instance !== undefined && rule.instance !== event.instance) continue;
      if (!isNew(rule) && notGranted) continue;
      const grants = meanings.get(rule) === granted ? 'yes' : allows(rule, triples, known);
      if (grants === 'yes') {
        if (open.length === 0) return { outcome: 'allowed', why: `the rule "${rule.name}" grants it` };
        return { outcome: 'unknown', why: `${open.join('; ')}, which the event does not hold` };
      }
      if (grants !== 'no') granting.push(`the rule "${rule.name}" looks at ${grants}`);
    }
    if (granting.length === 0) return { outcome: 'refused', why: 'no rule grants it' };
    const shown = granting.slice(0, MAX_REASONS);
    const more = granting.length > MAX_REASONS ? ` and ${granting.length - MAX_REASONS} more rules at others` : '';
    return { outcome: 'unknown', why: `${shown.join('; ')}${more}, which the event does not hold` };
  };
}

const MAX_REASONS = 3;

/** Two rules with the same meaning decide alike, whatever their names and lives. */
function meaningOf(rule: Rule, policy: CompiledPolicy): string {
  const { when, effect } = rule;
  const conditions = when.map((condition) => JSON.stringify(condition)).sort();
  switch (effect) {
    case 'allow':
      return JSON.stringify([effect, rule.issuer, rule.instance, conditions, rule.entries]);
    case 'deny':
      return JSON.stringify([effect, policy.issuers[rule.issuer]!.iss, conditions, rule.entries]);
    case 'roles':
      return effect;
  }
}

/** Whether it does, or the claims that would have to be known. */
type Answer = string;

function denies(rule: DenyRule, triples: readonly Triple[], known: KnownClaims): Answer {
  const conditions = evaluateKnown(rule.when, known);
  if (conditions.verdict === 'no') return 'no';
  const meetings = rule.entries.map((entry) => {
    const resolved = resolve(entry, known);
    if (resolved === 'unseen') return 'unseen';
    // A deny template that cannot expand meets everything.
    return resolved === null || triples.some((triple) => intersects(resolved, triple, {})) ? 'yes' : 'no';
  });
  if (meetings.every((one) => one === 'no')) return 'no';
  if (meetings.includes('yes') && conditions.verdict !== 'unseen') return 'yes';
  return missing(rule, conditions.open, known);
}

function allows(rule: AllowRule, triples: readonly Triple[], known: KnownClaims): Answer {
  const conditions = evaluateKnown(rule.when, known);
  if (conditions.verdict === 'no' || conditions.verdict === 'unknown') return 'no';
  const entries = rule.entries.map((entry) => ({ entry, resolved: resolve(entry, known) }));
  const certain = (triple: Triple) =>
    entries.some(({ resolved }) => resolved !== null && resolved !== 'unseen' && covers(resolved, triple, {}));
  const possible = (triple: Triple) =>
    entries.some(({ entry, resolved }) => resolved === 'unseen' && mayCover(entry, triple));
  if (triples.some((triple) => !certain(triple) && !possible(triple))) return 'no';
  if (triples.every(certain) && conditions.verdict === 'yes') return 'yes';
  return missing(rule, conditions.open, known);
}

/** The entry with its template filled in; null when the claim does not fit, `unseen` when it is not known. */
function resolve(entry: Entry, known: KnownClaims): Entry | null | 'unseen' {
  const { name } = entry;
  if (name.kind !== 'template') return entry;
  const claim = known(name.path);
  if (claim === null) return 'unseen';
  const text = expandWith(name, claim.value);
  return text === null ? null : { ...entry, name: { kind: 'literal', text } };
}

function mayCover({ type, name, actions }: Entry, triple: Triple): boolean {
  if (name.kind !== 'template' || type !== triple.type || !actions.includes(triple.action)) return false;
  return valueFor(name, triple.name) !== null;
}

function missing({ entries }: AllowRule | DenyRule, open: readonly Condition[], known: KnownClaims): string {
  const templates = entries.flatMap(({ name }) =>
    name.kind === 'template' && known(name.path) === null ? [name.claim] : [],
  );
  return [...new Set([...open.map(({ claim }) => claim), ...templates])].join(', ');
}
