// A past decision as its audit event tells it: what was asked, what came of it, and what is known of the caller. No I/O.

import * as z from 'zod';
import type { Rule } from '../language/compiled.ts';
import { type KnownClaims, knownClaims } from '../language/partial-claims.ts';
import { canonicalTriples, parseRequested, type Triple } from '../language/permission.ts';

/** What is read of an audit event; everything else in it is ignored. */
export const eventSchema = z.looseObject({
  kind: z.string(),
  outcome: z.enum(['allowed', 'refused']),
  policy: z.string(),
  time: z.string().optional(),
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

/** Refusals before which a rule granted what was asked. */
const GRANTED_AND_REFUSED = ['ttl_refused', 'token_expired'];
const REFUSED = [
  'no_rule',
  'not_granted',
  'denied_by_rule',
  'permissions_conflict',
  'request_ambiguous',
  'rule_unknown',
  'instance_unknown',
  ...GRANTED_AND_REFUSED,
];

/** What the policy said to a request for a token; null where it was not asked, as before anyone is identified. */
export function policyOutcome({ kind, issuer, outcome, reason, rule }: PastEvent): PastEvent['outcome'] | null {
  if (kind !== 'vend' || issuer === undefined) return null;
  if (outcome === 'allowed') return 'allowed';
  if (REFUSED.includes(reason ?? '')) return 'refused';
  // What failed then came after the decision.
  return rule === undefined ? null : 'allowed';
}

/** Milliseconds since the epoch; null where the event does not tell when it was. */
export function timeOf({ time }: PastEvent): number | null {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(at) ? null : at;
}

/** Whether a rule granted what was asked, whatever came of it. */
export function wasGranted(event: PastEvent): boolean {
  return policyOutcome(event) === 'allowed' || GRANTED_AND_REFUSED.includes(event.reason ?? '');
}

/** `own`: no permissions were named, and so whatever the one rule that matches gives. Null where they cannot be read, as when cut. */
export function askedOf({ permissions_asked: asked = [] }: PastEvent): readonly Triple[] | 'own' | null {
  return asked.length === 0 ? 'own' : readTriples(asked);
}

export function givenTo({ permissions_given: given }: PastEvent): readonly Triple[] | null {
  return given === undefined ? null : readTriples(given);
}

function readTriples(texts: readonly string[]): readonly Triple[] | null {
  const parsed = texts.map(parseRequested);
  const triples = parsed.flatMap((one) => (one.ok ? one.value : []));
  return parsed.every(({ ok }) => ok) ? canonicalTriples(triples) : null;
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
