// Whether a target means something in this policy, and which rules it covers. A slip of the pen must not be answered with "switched off".
// No I/O.

import type { Target } from '../../admission/switch.ts';
import { failure, type Result, success } from '../../foundation/failure.ts';
import type { CompiledPolicy } from '../../policy/language/compiled.ts';
import { nearestKey } from '../../policy/language/nearest-key.ts';

export function checkTarget(policy: CompiledPolicy, target: Target): Result<null> {
  switch (target.kind) {
    case 'everything':
      return success(null);
    case 'rule':
      return known('rule', target.name, allowRules(policy));
    case 'instance':
      return known('instance', target.name, Object.keys(policy.instances));
    case 'issuer':
      return known('issuer', target.name, Object.keys(policy.issuers));
    case 'identity': {
      const issuer = known('issuer', target.issuer, Object.keys(policy.issuers));
      if (!issuer.ok) return issuer;
      const { subject, pins } = policy.issuers[target.issuer]!;
      const usable = [...new Set([...subject.flat(), ...pins])];
      const named = Object.keys(target.claims);
      const unusable = named.find((claim) => !usable.includes(claim));
      if (named.length > 0 && unusable === undefined) return success(null);
      const detail =
        unusable === undefined ? 'Name at least one claim.' : `"${unusable}" identifies nobody of this issuer.`;
      return failure('request_malformed', `${detail} Its callers are told apart by ${usable.join(', ')}.`);
    }
  }
}

function known(what: string, name: string, names: readonly string[]): Result<null> {
  if (names.includes(name)) return success(null);
  const nearest = nearestKey(name, names);
  const meant = nearest === null ? '' : ` Did you mean "${nearest}"?`;
  return failure('request_malformed', `The policy has no ${what} "${name}", so nothing would be switched.${meant}`);
}

function allowRules(policy: CompiledPolicy): readonly string[] {
  return policy.rules.flatMap((rule) => (rule.effect === 'allow' ? [rule.name] : []));
}

/** The allow rules that are covered, wholly or for some of their callers. */
export function rulesHit(policy: CompiledPolicy, target: Target): readonly string[] {
  return policy.rules.flatMap((rule) => {
    if (rule.effect !== 'allow') return [];
    const hit =
      target.kind === 'everything' ||
      (target.kind === 'rule' && rule.name === target.name) ||
      (target.kind === 'instance' && rule.instance === target.name) ||
      (target.kind === 'issuer' && rule.issuer === target.name) ||
      (target.kind === 'identity' && rule.issuer === target.issuer);
    return hit ? [rule.name] : [];
  });
}
