// The question the other way round: not what a caller may have, but which callers may have a permission. Answered from the rules alone,
// for kinds of callers; it knows no caller and decides nothing. No I/O.

import type { AllowRule, CompiledPolicy, DenyRule } from '../language/compiled.ts';
import type { Condition } from '../language/condition.ts';
import { describeCondition } from '../language/condition-words.ts';
import { formatDuration } from '../language/duration.ts';
import { formatEnd, hasEnded } from '../language/end.ts';
import { covers, type Entry, intersects } from '../language/entry.ts';
import { evaluateOn, expandWith, valuesFor } from '../language/partial-claims.ts';
import type { Triple } from '../language/permission.ts';
import { equalValues } from '../language/rule-index.ts';

/** One kind of caller: whom a rule admits to all that was asked about. */
export interface Admission {
  readonly rule: string;
  readonly issuer: string;
  readonly iss: string;
  readonly instance: string;
  readonly max_ttl: string;
  /** When the rule ends. */
  readonly until?: string;
  /** What a caller must be, in words. */
  readonly conditions: readonly string[];
  /** Deny rules that refuse them all, or some of them. */
  readonly denials: readonly Denial[];
}

export interface Denial {
  readonly rule: string;
  readonly always: boolean;
  /** What else a caller must be to be refused; empty when it is all of them. */
  readonly when: readonly string[];
}

/**
 * All asked permissions in one token, as a request would; `instance` narrows to rules that grant on it. `now` is in milliseconds since
 * the epoch: a rule that has ended admits nobody.
 */
export function whoMayHave(
  policy: CompiledPolicy,
  permissions: readonly Triple[],
  now: number,
  instance?: string,
): readonly Admission[] {
  const rules = policy.rules.filter(
    (rule): rule is AllowRule =>
      rule.effect === 'allow' && !hasEnded(rule, now) && (instance === undefined || rule.instance === instance),
  );
  const denies = policy.rules.filter((rule): rule is DenyRule => rule.effect === 'deny');
  return rules.flatMap((rule) =>
    fillingsFor(rule, permissions)
      .filter((filling) => rule.when.every((condition) => admits(condition, filling)))
      .map((filling) => describe(policy, rule, filling, permissions, denies)),
  );
}

/** Values that the claims of templates must have, by the claim as the policy spells it. */
type Filling = ReadonlyMap<string, string | number>;

/** Every way of filling the rule's templates so that its entries cover all permissions; one empty way if it needs none. */
function fillingsFor(rule: AllowRule, permissions: readonly Triple[]): readonly Filling[] {
  let fillings: readonly Filling[] = [new Map()];
  for (const triple of permissions) {
    if (rule.entries.some((entry) => entry.name.kind !== 'template' && covers(entry, triple, {}))) continue;
    const ways = rule.entries.flatMap((entry) => fillingOf(entry, triple));
    fillings = fillings.flatMap((filling) =>
      ways
        .filter(([claim, value]) => (filling.get(claim) ?? value) === value)
        .map(([claim, value]) => new Map([...filling, [claim, value]])),
    );
  }
  return [...new Map(fillings.map((filling) => [JSON.stringify([...filling].sort()), filling])).values()];
}

/** The values with which a templated entry covers the triple. */
function fillingOf(entry: Entry, triple: Triple): readonly (readonly [claim: string, value: string | number])[] {
  const { name } = entry;
  if (name.kind !== 'template' || entry.type !== triple.type || !entry.actions.includes(triple.action)) return [];
  return valuesFor(name, triple.name).map((value) => [name.claim, value]);
}

function admits(condition: Condition, filling: Filling): boolean {
  const value = filling.get(condition.claim);
  return value === undefined || evaluateOn(condition, value) === 'yes';
}

function describe(
  policy: CompiledPolicy,
  rule: AllowRule,
  filling: Filling,
  permissions: readonly Triple[],
  denies: readonly DenyRule[],
): Admission {
  const { iss } = policy.issuers[rule.issuer]!;
  // A claim whose value is settled by a template needs no further condition.
  const others = rule.when.filter(({ claim }) => !filling.has(claim));
  return {
    rule: rule.name,
    issuer: rule.issuer,
    iss,
    instance: rule.instance,
    max_ttl: formatDuration(rule.ttl.max),
    ...(rule.until === null ? {} : { until: formatEnd(rule.until) }),
    conditions: [
      ...others.map(describeCondition),
      ...[...filling].map(([claim, value]) => `${claim} is ${JSON.stringify(value)}`),
    ],
    denials: denies
      .filter((deny) => policy.issuers[deny.issuer]!.iss === iss)
      .flatMap((deny) => denialOf(deny, rule, filling, permissions)),
  };
}

function denialOf(
  deny: DenyRule,
  rule: AllowRule,
  filling: Filling,
  permissions: readonly Triple[],
): readonly Denial[] {
  const meets = deny.entries.map((entry) => meetingOf(entry, rule, filling, permissions));
  if (meets.every((meeting) => meeting === 'never')) return [];
  const relations = deny.when.map((condition) => ({ condition, relation: relationOf(condition, rule, filling) }));
  if (relations.some(({ relation }) => relation === 'never')) return [];
  const open = relations.filter(({ relation }) => relation === 'some').map(({ condition }) => condition);
  const byName = meets.includes('always') ? [] : ['a name made from their claims is met'];
  const when = [...open.map(describeCondition), ...byName];
  return [{ rule: deny.name, always: when.length === 0, when }];
}

type Extent = 'always' | 'some' | 'never';

function meetingOf(entry: Entry, rule: AllowRule, filling: Filling, permissions: readonly Triple[]): Extent {
  const { name } = entry;
  if (name.kind !== 'template') return permissions.some((triple) => intersects(entry, triple, {})) ? 'always' : 'never';
  const values = valuesOf(name.claim, rule, filling);
  if (values === null) return 'some';
  return extentOf(
    values.map((value) => {
      const expanded = expandWith(name, value);
      // One that cannot expand meets everything.
      if (expanded === null) return true;
      const literal: Entry = { ...entry, name: { kind: 'literal', text: expanded } };
      return permissions.some((triple) => intersects(literal, triple, {}));
    }),
  );
}

/** For how many of the callers that the allow rule admits a deny rule's condition refuses: it does on yes and on unknown. */
function relationOf(condition: Condition, rule: AllowRule, filling: Filling): Extent {
  const values = valuesOf(condition.claim, rule, filling);
  if (values !== null) return extentOf(values.map((value) => evaluateOn(condition, value) !== 'no'));
  const wanted = JSON.stringify(condition.test);
  const same = rule.when.some(({ claim, test }) => claim === condition.claim && JSON.stringify(test) === wanted);
  return same ? 'always' : 'some';
}

/** The values that a claim can have in callers whom the rule admits, if it names them. */
function valuesOf(claim: string, rule: AllowRule, filling: Filling): readonly unknown[] | null {
  const value = filling.get(claim);
  if (value !== undefined) return [value];
  const condition = rule.when.find((one) => one.claim === claim);
  return condition === undefined ? null : equalValues(condition.test);
}

function extentOf(answers: readonly boolean[]): Extent {
  if (answers.every(Boolean)) return 'always';
  return answers.some(Boolean) ? 'some' : 'never';
}
