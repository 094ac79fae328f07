// Which rules may speak to a caller: those they are known to, those a request narrows them to, those that match. On a shared issuer a
// caller is known to a rule when its id pins hold; elsewhere to every rule of their issuer. Cost does not grow with the table.

import type { Claims } from '../../identity/claim.ts';
import type {
  AllowRule,
  CompiledPolicy,
  DenyRule,
  PositionedIndex,
  Role,
  RolesRule,
  Rule,
} from '../language/compiled.ts';
import { evaluateConditions } from '../language/condition.ts';
import { rulesNotExcluded, rulesThatMatch } from '../language/rule-index.ts';

/** Whose claims they are: the issuer entry that vouches for them. */
export interface Caller {
  readonly issuer: string;
  readonly claims: Claims;
}

/** For whom words are: a caller hears of rules that they are known to; an operator of all that concern the caller. */
export type Viewer = 'caller' | 'operator';

/** The allow rules that a caller is known to. */
export interface KnownRules {
  /** They are known to no rule at all, of any kind: a stranger. */
  readonly isEmpty: boolean;
  /** Known rules that can match, in file order. */
  readonly candidates: readonly AllowRule[];
  /** The known rule of that name, if there is one. */
  readonly named: (name: string) => AllowRule | undefined;
  readonly hasInstance: (instance: string) => boolean;
  /** Up to so many known rules, those that can match first. */
  readonly some: (limit: number) => readonly AllowRule[];
}

export function knownRules(policy: CompiledPolicy, caller: Caller): KnownRules {
  const issuer = ownEntry(policy.issuers, caller.issuer);
  const index = ownEntry(policy.allow, caller.issuer);
  const at = (position: number) => policy.rules[position] as AllowRule;
  const isKnown = (rule: AllowRule) => issuer?.shared === false || pinsHold(rule, caller.claims);
  const candidates = index === undefined ? [] : rulesThatMatch(index, caller.claims).map(at).filter(isKnown);
  // On a shared issuer rules are filed under their pins, so every rule whose pins hold is among the candidates.
  const anyKnown = issuer?.shared === false ? index !== undefined : candidates.length > 0;
  return {
    isEmpty: !anyKnown && knownRolesRules(policy, caller).length === 0,
    candidates,
    named: (name) => {
      const position = ownEntry(policy.allowByName, name);
      const rule = position === undefined ? undefined : at(position);
      return rule !== undefined && rule.issuer === caller.issuer && isKnown(rule) ? rule : undefined;
    },
    hasInstance: (instance) =>
      issuer?.shared === false
        ? (index?.instances.includes(instance) ?? false)
        : candidates.some((rule) => rule.instance === instance),
    some: (limit) => {
      const others = issuer?.shared === false ? (index?.positions.slice(0, limit) ?? []) : [];
      return [...new Set([...candidates, ...others.map(at)])].slice(0, limit);
    },
  };
}

/** Roles rules that a caller is known to, whether or not they match. */
export function knownRolesRules(policy: CompiledPolicy, caller: Caller): readonly RolesRule[] {
  const issuer = ownEntry(policy.issuers, caller.issuer);
  const index = ownEntry(policy.roles, caller.issuer);
  if (issuer === undefined || index === undefined) return [];
  const positions = issuer.shared ? rulesThatMatch(index, caller.claims) : index.positions;
  const rules = positions.map((position) => policy.rules[position] as RolesRule);
  return issuer.shared ? rules.filter((rule) => pinsHold(rule, caller.claims)) : rules;
}

/** The roles that the policy gives to a caller. */
export function rolesOf(policy: CompiledPolicy, caller: Caller): ReadonlySet<Role> {
  const matching = knownRolesRules(policy, caller).filter(
    (rule) => evaluateConditions(rule.when, caller.claims) === 'yes',
  );
  return new Set(matching.flatMap(({ roles }) => roles));
}

/** What a caller may read about their own request. */
export function viewerOf(policy: CompiledPolicy, caller: Caller): Viewer {
  return rolesOf(policy, caller).has('operator') ? 'operator' : 'caller';
}

/** Deny rules that can refuse this caller, whichever entry of their issuer they were written for. */
export function denyCandidates(policy: CompiledPolicy, caller: Caller): readonly DenyRule[] {
  const issuer = ownEntry(policy.issuers, caller.issuer);
  const index = issuer === undefined ? undefined : ownEntry(policy.deny, issuer.iss);
  if (index === undefined) return [];
  return rulesNotExcluded(index, caller.claims).map((position) => policy.rules[position] as DenyRule);
}

function pinsHold(rule: AllowRule | RolesRule, claims: Claims): boolean {
  return rule.pins > 0 && evaluateConditions(rule.when.slice(0, rule.pins), claims) === 'yes';
}

/** An issuer's allow and roles rules, known to a caller or not, up to so many of each; the named one alone if it is there. */
export function rulesOfIssuer(
  policy: CompiledPolicy,
  issuer: string,
  name: string | undefined,
  limit: number,
): readonly Rule[] {
  const rulesAt = (index: PositionedIndex | undefined) =>
    (index?.positions.slice(0, limit) ?? []).map((position) => policy.rules[position]!);
  const named = name === undefined ? undefined : ownEntry(policy.allowByName, name);
  const rule = named === undefined ? undefined : policy.rules[named];
  if (rule?.issuer === issuer) return [rule];
  return [...rulesAt(ownEntry(policy.allow, issuer)), ...rulesAt(ownEntry(policy.roles, issuer))];
}

/** Names may be those of an object's own machinery, such as "constructor". */
function ownEntry<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
