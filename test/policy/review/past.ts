// Past requests as their audit events tell them, and what replaying them against another policy comes to: for the tests of the replay.

import { describeIdentity, describeRule } from '../../../src/audit/event.ts';
import type { Claims } from '../../../src/identity/claim.ts';
import type { Identity } from '../../../src/identity/verifier.ts';
import { evaluate, type PermissionRequest } from '../../../src/policy/decision/evaluate.ts';
import type { CompiledPolicy } from '../../../src/policy/language/compiled.ts';
import { joinTriples } from '../../../src/policy/language/permission.ts';
import { eventSchema, type PastEvent } from '../../../src/policy/review/past-event.ts';
import { replayEvents } from '../../../src/policy/review/replay.ts';
import { triples } from '../policy-text.ts';

export const rule = (name: string, when: string, allow: string, more = '') =>
  `{ name: ${name}, issuer: backend, instance: main, when: ${when}, allow: [${allow}]${more} }`;

/**
 * The event that a request leaves under a policy, as the service writes it. `null` names no permissions; `more` is what else is asked.
 * @param as takes the place of the policy's digest.
 */
export function past(
  policy: CompiledPolicy,
  claims: Claims,
  permissions: readonly string[] | null,
  as = policy.digest,
  more: Omit<PermissionRequest, 'permissions'> = {},
  now = Date.parse('2026-11-23T12:00:00Z'),
): PastEvent {
  const issuer = policy.issuers.backend!;
  const asked = permissions === null ? {} : { permissions: triples(...permissions) };
  const { result, rule: deciding } = evaluate(policy, { issuer: 'backend', claims }, { ...asked, ...more }, now);
  const identity = { issuer, subject: [['sub', String(claims.sub)]] } as unknown as Identity;
  return eventSchema.parse({
    kind: 'vend',
    policy: as,
    time: new Date(now).toISOString(),
    ...(asked.permissions === undefined ? {} : { permissions_asked: joinTriples(asked.permissions) }),
    ...describeIdentity(identity),
    ...(deciding === null ? {} : describeRule(deciding, claims)),
    ...(result.ok
      ? {
          outcome: 'allowed',
          instance: result.value.rule.instance,
          permissions_given: joinTriples(result.value.permissions),
        }
      : { outcome: 'refused', reason: result.failure.reason }),
  });
}

/** `effect xcount: why`, or how many are as before. */
export function effects(before: CompiledPolicy, after: CompiledPolicy, ...events: readonly PastEvent[]) {
  const { same, skipped, affected } = replayEvents(before, after, events);
  const lines = affected.map(({ effect, count, why }) => `${effect} x${count}: ${why}`);
  return lines.length === 0 ? `${same} same, ${skipped} skipped` : lines.join('; ');
}
