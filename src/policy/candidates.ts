// Which rules may speak to a caller: those he is known to, those a request narrows them to, those that match. On a shared issuer a
// caller is known to a rule when its id pins hold; elsewhere to every rule of his issuer. Cost does not grow with the table.

import type { Claims } from '../identity/claim.ts';
import type { AllowRule, CompiledPolicy, DenyRule } from './compiled.ts';
import { evaluateConditions } from './condition.ts';
import { rulesNotExcluded, rulesThatMatch } from './rule-index.ts';

/** Whose claims they are: the issuer entry that vouches for them. */
export interface Caller {
  readonly issuer: string;
  readonly claims: Claims;
}

/** The rules of other callers' making that this one may hear of. */
export interface KnownRules {
  readonly isEmpty: boolean;
  /** Known rules that can match, in file order. */
  readonly candidates: readonly AllowRule[];
  /** The known rule of that name, if there is one. */
  readonly named: (name: string) => AllowRule | undefined;
  readonly hasInstance: (instance: string) => boolean;
  /** Up to so many known rules, those that can match first. */
  readonly some: (limit: number) => readonly AllowRule[];
}

const NO_RULES: KnownRules = {
  isEmpty: true,
  candidates: [],
  named: () => undefined,
  hasInstance: () => false,
  some: () => [],
};

export function knownRules(policy: CompiledPolicy, caller: Caller): KnownRules {
  const issuer = Object.hasOwn(policy.issuers, caller.issuer) ? policy.issuers[caller.issuer] : undefined;
  const index = Object.hasOwn(policy.allow, caller.issuer) ? policy.allow[caller.issuer] : undefined;
  if (issuer === undefined || index === undefined) return NO_RULES;

  const at = (position: number) => policy.rules[position] as AllowRule;
  const isKnown = (rule: AllowRule) => !issuer.shared || pinsHold(rule, caller.claims);
  const candidates = rulesThatMatch(index, caller.claims).map(at).filter(isKnown);
  return {
    // On a shared issuer rules are filed under their pins, so every rule whose pins hold is among the candidates.
    isEmpty: issuer.shared ? candidates.length === 0 : index.positions.length === 0,
    candidates,
    named: (name) => {
      const rule = Object.hasOwn(policy.allowByName, name) ? at(policy.allowByName[name]!) : undefined;
      return rule !== undefined && rule.issuer === caller.issuer && isKnown(rule) ? rule : undefined;
    },
    hasInstance: (instance) =>
      issuer.shared ? candidates.some((rule) => rule.instance === instance) : index.instances.includes(instance),
    some: (limit) => {
      if (issuer.shared) return candidates.slice(0, limit);
      return [...new Set([...candidates, ...index.positions.slice(0, limit).map(at)])].slice(0, limit);
    },
  };
}

/** Deny rules that can refuse this caller, whichever entry of his issuer they were written for. */
export function denyCandidates(policy: CompiledPolicy, caller: Caller): readonly DenyRule[] {
  const iss = policy.issuers[caller.issuer]!.iss;
  if (!Object.hasOwn(policy.deny, iss)) return [];
  return rulesNotExcluded(policy.deny[iss]!, caller.claims).map((position) => policy.rules[position] as DenyRule);
}

function pinsHold(rule: AllowRule, claims: Claims): boolean {
  return rule.pins > 0 && evaluateConditions(rule.when.slice(0, rule.pins), claims) === 'yes';
}
