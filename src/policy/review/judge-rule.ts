// What one rule says to a caller of whom only some claims are known, and whether two rules mean the same. No I/O.

import type { AllowRule, CompiledPolicy, DenyRule, Rule } from '../language/compiled.ts';
import type { Condition } from '../language/condition.ts';
import { describeEnd, hasEnded } from '../language/end.ts';
import { concreteTriples, covers, type Entry, intersects } from '../language/entry.ts';
import { evaluateKnown, expandWith, type KnownClaims, valuesFor } from '../language/partial-claims.ts';
import { canonicalTriples, type Triple } from '../language/permission.ts';

/** Or it hangs on claims that are not known. */
export type Answer = 'yes' | 'no' | Unknown;
export interface Unknown {
  readonly claims: readonly string[];
}

export function denies(rule: DenyRule, triples: readonly Triple[], known: KnownClaims): Answer {
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

export function allows(rule: AllowRule, triples: readonly Triple[], known: KnownClaims): Answer {
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

/** Whether it had ended when the event happened, which hangs on the event's time. */
export function isOver(rule: AllowRule, time: number | null): Answer {
  if (rule.until === null) return 'no';
  if (time === null) return { claims: ['time'] };
  return hasEnded(rule, time) ? 'yes' : 'no';
}

/** The later end of two rules that mean the same; Infinity is none. */
export function laterEnd(known: number | undefined, rule: Rule): number {
  const end = rule.effect === 'allow' ? (rule.until ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  return Math.max(known ?? end, end);
}

/** What one answer leaves open, or two. */
export function openOf(...answers: readonly (Answer | null)[]): Unknown | null {
  const claims = answers.flatMap((one) => (typeof one === 'object' && one !== null ? one.claims : []));
  return claims.length === 0 ? null : { claims: [...new Set(claims)] };
}

export function overWords(rules: readonly AllowRule[]): string {
  const [rule] = rules;
  return rule === undefined ? 'no rule grants it' : `the rule "${rule.name}" ended on ${describeEnd(rule.until!)}`;
}

/** Whether its conditions hold, whatever was asked. */
export function matches(rule: AllowRule, known: KnownClaims): Answer {
  const { verdict, open } = evaluateKnown(rule.when, known);
  if (verdict === 'unseen') return { claims: [...new Set(open.map(({ claim }) => claim))] };
  return verdict === 'yes' ? 'yes' : 'no';
}

/** A rule with a pattern gives nothing to who does not name it. */
export function namesNothing({ entries }: AllowRule): boolean {
  return entries.some(({ name }) => name.kind === 'pattern');
}

/** What the rule gives to a request that names no permissions; null when a template does not fit. */
export function ownTriples(rule: AllowRule, known: KnownClaims): readonly Triple[] | null | Unknown {
  const resolved = rule.entries.map((entry) => resolve(entry, known));
  if (resolved.includes('unseen')) return missing(rule, [], known);
  const triples = resolved.map((entry) => (entry === null || entry === 'unseen' ? null : concreteTriples(entry, {})));
  return triples.includes(null) ? null : canonicalTriples(triples.flatMap((one) => one ?? []));
}

/** Two rules with the same meaning decide alike, whatever their names and lives. */
export function meaningOf(rule: Rule, policy: CompiledPolicy): string {
  switch (rule.effect) {
    case 'allow':
      return JSON.stringify([rule.effect, rule.issuer, rule.instance, callersOf(rule), rule.entries]);
    case 'deny':
      return JSON.stringify([rule.effect, policy.issuers[rule.issuer]!.iss, callersOf(rule), rule.entries]);
    case 'roles':
      return rule.effect;
  }
}

/** Two rules of an issuer that agree in this match the same callers. */
export function callersOf({ when }: Rule): string {
  return JSON.stringify(when.map((condition) => JSON.stringify(condition)).sort());
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
  return valuesFor(name, triple.name).length > 0;
}

function missing({ entries }: AllowRule | DenyRule, open: readonly Condition[], known: KnownClaims): Unknown {
  const templates = entries.flatMap(({ name }) =>
    name.kind === 'template' && known(name.path) === null ? [name.claim] : [],
  );
  return { claims: [...new Set([...open.map(({ claim }) => claim), ...templates])] };
}
