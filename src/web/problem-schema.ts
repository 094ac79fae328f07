// What a refusal holds, reason by reason: the schemas that the API's document shows, for the problems of `problem.ts` and for the errors of
// `oauth-error.ts`. Tests check every refusal of the whole suite against them, so the service never sends a refusal that the document
// lacks.

import * as z from 'zod';
import type { Reason } from '../foundation/failure.ts';
import { type OAuthCode, problemType, WIRE } from './problem.ts';
import { limitOf, permissionTexts, time } from './token-answer-schema.ts';

/** What a switch is about. */
export const switchTarget = z.strictObject({
  kind: z.enum(['everything', 'rule', 'issuer', 'instance', 'identity']),
  name: z.string().optional().describe('Of the rule, the issuer or the instance.'),
  issuer: z.string().optional().describe('Of an identity.'),
  claims: z.record(z.string(), z.string()).optional().describe('Of an identity: the claims that are switched off.'),
});

const choices = z
  .array(z.strictObject({ rule: z.string(), instance: z.string(), permissions: permissionTexts }))
  .describe('What is open to the caller, at most 20.');
const miss = z.strictObject({
  claim: z.string(),
  actual: z.string(),
  expected: z.string().optional().describe("Missing where it would reveal somebody else's id."),
  hint: z.string().optional(),
});
const nearest = z
  .strictObject({
    rule: z.string(),
    misses: z.array(miss),
    ended: time.optional().describe('Since when the rule grants nothing any more.'),
  })
  .describe('The rule that came nearest, and what kept it from matching.');

/** Members that some reasons have besides the usual ones. */
const MEMBERS: Partial<Record<Reason, z.ZodRawShape>> = {
  request_malformed: {
    errors: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  },
  ttl_refused: {
    max_ttl: z.string(),
    alternative: z.string().optional().describe('A rule that would allow it.'),
  },
  request_ambiguous: { choices },
  claim_invalid: {
    audience_expected: z.array(z.string()).optional(),
    audience_received: z.unknown().optional(),
  },
  no_rule: {
    identity: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('The claims to send to the people who keep the policy.'),
    nearest: nearest.optional(),
  },
  not_granted: {
    not_covered: permissionTexts.optional(),
    choices,
    nearest: nearest.optional(),
  },
  denied_by_rule: {
    denied: z.string(),
    claims: z.array(z.string()).describe('The claims that the deny rule examined.'),
    rule: z.string().optional().describe('For operators.'),
  },
  switched_off: {
    switched_off: z.strictObject({
      target: switchTarget,
      why: z.string(),
      until: time.nullable().describe('Null: until it is switched on again.'),
    }),
  },
  limit_reached: {
    limit: z
      .strictObject({
        vends: z.int().optional().describe('So many tokens in the time `per`.'),
        per: z.int().optional().describe('Seconds.'),
        live: z.int().optional().describe('So many tokens that live at the same time.'),
      })
      .describe('What the rule gives at most.'),
    left: z
      .strictObject({ vends: z.int().optional(), live: z.int().optional() })
      .describe('What of it is left; 0 where it is reached.'),
    of: limitOf,
    retry_after: z.int().min(1).describe('Seconds until the next is free, at the latest; `Retry-After` says the same.'),
  },
  database_unknown: { database: z.string() },
};

/** Whether asking again may help depends on the instance here. */
const retryableOf = (reason: Reason) =>
  reason === 'database_unknown' || reason === 'signature_invalid' ? z.boolean() : z.literal(WIRE[reason].retryable);

const usual = (reason: Reason) => ({
  reason: z.literal(reason).describe('For programs.'),
  request_id: z.string().describe('The same as `x-request-id`; leads to the audit line.'),
  retryable: retryableOf(reason).describe('Whether the same request may succeed later.'),
});

/** RFC 9457. */
export function problemSchema(reason: Reason) {
  const { status, title } = WIRE[reason];
  return z.strictObject({
    type: z.literal(problemType(reason)),
    title: z.literal(title),
    status: z.literal(status),
    detail: z.string().describe("For the person who reads the job's log."),
    ...usual(reason),
    ...MEMBERS[reason],
  });
}

/** RFC 6749 section 5.2. */
export function oauthErrorSchema(reason: Reason) {
  return z.strictObject({
    error: z.enum(oauthCodes(reason)),
    error_description: z.string().regex(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/),
    ...usual(reason),
    ...MEMBERS[reason],
  });
}

function oauthCodes(reason: Reason): OAuthCode[] {
  const { code } = WIRE[reason];
  return reason === 'request_malformed' ? [code, 'unsupported_grant_type'] : [code];
}
