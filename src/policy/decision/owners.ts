// Who owns a rule: people who may switch it off and see its events. To own a rule gives no token and no role, and a rule that has ended
// still has its owners. No I/O, no clock.

import { type AllowRule, allowRuleNamed, type CompiledPolicy } from '../language/compiled.ts';
import { evaluateConditions } from '../language/condition.ts';
import type { Caller } from './candidates.ts';

/** @param rule its name; one that the policy does not know is nobody's. */
export function ownsRule(policy: CompiledPolicy, rule: string, caller: Caller): boolean {
  const owned = allowRuleNamed(policy, rule);
  return owned !== null && owns(owned, caller);
}

/** In file order. It looks at every rule: for lists that people ask for, and not for each vend. */
export function rulesOwnedBy(policy: CompiledPolicy, caller: Caller): readonly AllowRule[] {
  return policy.rules.filter((rule): rule is AllowRule => rule.effect === 'allow' && owns(rule, caller));
}

/** As for a role, all conditions must be yes. */
function owns({ owners }: AllowRule, { issuer, claims }: Caller): boolean {
  return owners !== null && owners.issuer === issuer && evaluateConditions(owners.when, claims) === 'yes';
}
