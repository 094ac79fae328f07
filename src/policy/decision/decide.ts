// The second verb: Identity -> Grant. The only place that makes a `Grant`; it adds to the evaluation what only a verified identity
// has: the owner, and the end of the subject token's own life. No I/O.

import { failure, type Result, success } from '../../foundation/failure.ts';
import type { Identity } from '../../identity/verifier.ts';
import type { CompiledPolicy, Instance, Limit, Rule } from '../language/compiled.ts';
import type { Triple } from '../language/permission.ts';
import { evaluate, type PermissionRequest } from './evaluate.ts';

declare const decided: unique symbol;

/** Whose a token is. Subjects are unique below their signer alone. */
export type Owner = readonly (Identity['signer'][number] | Identity['subject'][number])[];

export function ownerOf({ signer, subject }: Pick<Identity, 'signer' | 'subject'>): Owner {
  return [...signer, ...subject];
}

/** Leave to mint one token: these permissions, on this instance, for so long, by this rule. */
export interface Grant {
  readonly [decided]: true;
  readonly rule: string;
  readonly instance: Instance;
  readonly permissions: readonly Triple[];
  /** Whole seconds, at least 1. */
  readonly ttl: number;
  /** Callers with the same rule, instance, permissions and ttl receive the same token. */
  readonly share: boolean;
  /** What its rule gives at most. */
  readonly limit: Limit | null;
  /** Whose token it will be: the issuer and the claims that identify the caller. */
  readonly owner: Owner;
}

export interface Decision {
  readonly result: Result<Grant>;
  /** The rule that settled it or came nearest, for the audit. */
  readonly rule: Rule | null;
}

/** `now` in milliseconds since the epoch. */
export function decide(policy: CompiledPolicy, identity: Identity, request: PermissionRequest, now: number): Decision {
  const { result, rule } = evaluate(policy, { issuer: identity.issuer.name, claims: identity.claims }, request, now);
  if (!result.ok) return { result, rule };
  const allowance = result.value;
  // Without the skew that verifying allows: the new token must not outlive the old one by it.
  const left = Math.floor(identity.expiresAt - now / 1000);
  if (allowance.rule.withinSubjectToken && left < 1) {
    const detail = `The rule "${allowance.rule.name}" gives no token that outlives the subject token, and that one has expired.`;
    return { result: failure('token_expired', detail), rule };
  }
  const grant = {
    rule: allowance.rule.name,
    instance: policy.instances[allowance.rule.instance]!,
    permissions: allowance.permissions,
    ttl: allowance.rule.withinSubjectToken ? Math.min(allowance.ttl, left) : allowance.ttl,
    share: allowance.rule.share,
    limit: allowance.rule.limit,
    owner: ownerOf(identity),
  };
  // The one place where the brand is given.
  return { result: success(grant as unknown as Grant), rule };
}
