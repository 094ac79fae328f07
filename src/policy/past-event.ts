// A past decision as its audit event tells it: what was asked, what came of it, and what is known of the caller. No I/O.

import * as z from 'zod';
import type { Rule } from './compiled.ts';
import { type KnownClaims, knownClaims } from './partial-claims.ts';
import { canonicalTriples, parseRequested, type Triple } from './permission.ts';

/** What is read of an audit event; everything else in it is ignored. */
export const eventSchema = z.looseObject({
  kind: z.string(),
  outcome: z.enum(['allowed', 'refused']),
  policy: z.string(),
  reason: z.string().optional(),
  issuer: z.string().optional(),
  subject: z.record(z.string(), z.string()).optional(),
  claims: z.record(z.string(), z.unknown()).optional(),
  rule: z.string().optional(),
  instance: z.string().optional(),
  permissions_asked: z.array(z.string()).optional(),
  permissions_given: z.array(z.string()).optional(),
});

export type PastEvent = z.output<typeof eventSchema>;

/** Refusals by which the policy decided about the permissions themselves. */
const DECIDED = ['no_rule', 'not_granted', 'denied_by_rule'];

/** Whether the event tells how the policy decided about permissions, which not every event does. */
export function isDecision(event: PastEvent): boolean {
  if (event.kind !== 'vend' || event.issuer === undefined || triplesOf(event) === null) return false;
  return event.outcome === 'allowed' || DECIDED.includes(event.reason ?? '');
}

export function permissionsOf(event: PastEvent): readonly string[] {
  return event.permissions_given ?? event.permissions_asked ?? [];
}

export function triplesOf(event: PastEvent): readonly Triple[] | null {
  const parsed = permissionsOf(event).map(parseRequested);
  const triples = parsed.flatMap((one) => (one.ok ? one.value : []));
  return triples.length === 0 || parsed.some(({ ok }) => !ok) ? null : canonicalTriples(triples);
}

/** What is known of the caller; `decided` is the rule that decided it, if it is known for sure. */
export function factsOf(event: PastEvent, decided: Rule | null): KnownClaims {
  const claims = event.claims ?? {};
  const whole = [...Object.entries(claims), ...Object.entries(event.subject ?? {})].filter(
    ([, value]) => !isCut(value),
  );
  // The rule looked at them and the event has no value for them: the caller had none.
  const absent = (decided?.when ?? []).flatMap(({ claim }) =>
    Object.hasOwn(claims, claim) ? [] : [[claim, undefined] as const],
  );
  return knownClaims([...whole, ...absent]);
}

/** Long values are cut in events, and end so. */
function isCut(value: unknown): boolean {
  return typeof value === 'string' && value.length > 256 && value.endsWith('…');
}
