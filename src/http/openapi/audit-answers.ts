// The answers of the audit trail, as the document describes them; the routes take their types from here. Descriptions only: nothing here ever
// runs for a request.

import * as z from 'zod';
import { switchTarget } from '../../web/problem-schema.ts';
import { permissionTexts, time } from '../../web/token-answer-schema.ts';

const claims = z.record(z.string(), z.unknown());

const facts = {
  gate: z.string().describe('The gate that keeps it: one of 0 to 9 and a to f.'),
  time,
  kind: z
    .enum(['vend', 'hand_out', 'mint', 'refusal', 'revoke', 'switch', 'sweep', 'read', 'policy', 'key', 'left_out'])
    .describe(
      '`vend`: a token for one caller. `hand_out`: a shared token, given to one more caller. `mint`: a shared token that the service made. ' +
        '`refusal`: a caller known to a rule was refused. `revoke`: a token was to be deleted. `switch`: something was switched off or on. `sweep`: expired tokens were deleted. `read`: somebody ' +
        'read this trail. `policy`, `key`: the gate saw a policy or a key of the service for the first time. `left_out`: entries that were not kept ' +
        'because the gate was half full.',
    ),
  actor: z
    .enum(['caller', 'service', 'owner', 'operator', 'lease', 'holder'])
    .describe(
      "Who did it; of a revocation, by what: as the owner or an operator, or with the token's lease or the token itself. Of a read: an operator, " +
        'or an owner of the rules that it was about.',
    ),
  request_id: z.string().optional().describe('The `x-request-id` of the request; of a folded entry, of the first.'),
  issuer: z.string().optional().describe('The issuer entry of the policy that vouched for the caller.'),
  rule: z.string().optional().describe('The rule that granted, or came nearest.'),
  instance: z.string().optional(),
  policy: z.string().optional().describe('The digest of the policy that decided.'),
  permissions: permissionTexts.optional(),
  ttl: z.number().optional().describe('Seconds.'),
  token_name: z.string().optional(),
  switch: z
    .strictObject({
      id: z.string(),
      target: switchTarget,
      level: z.enum(['operator', 'owner']),
      why: z.string(),
      note: z.string().optional().describe('For operators.'),
      until: time.nullable(),
      turned: z.enum(['off', 'on']),
    })
    .optional()
    .describe('What was switched, as `/v1/switches` shows it, and which way.'),
  key: z.string().optional().describe("The fingerprint of the service's key: it opens nothing."),
  previous_key: z.string().optional(),
  query: z.record(z.string(), z.string()).optional().describe('The filters of a read.'),
  reason: z.string().optional().describe('Why it was refused or failed.'),
  expires_at: time.optional(),
  count: z.number().optional().describe('How many requests within a minute this entry stands for, at least.'),
  subject: z.record(z.string(), z.string()).optional().describe('The claims that identify the caller.'),
  claims: claims.optional().describe('The claims that the rule looked at.'),
  run: claims.optional().describe('The claims that name the run of the job.'),
} as const;

const OUTCOMES = [
  ...['made', 'failed', 'abandoned', 'undelivered', 'unknown', 'found', 'never_made', 'expired'],
  ...['done', 'pending', 'refused'],
] as const;
const OUTCOME =
  '`made`: the token was handed out. `failed`: there is none. `abandoned`: the caller was gone before InfluxDB was asked. `undelivered`: the caller ' +
  'was gone, and the token was deleted. `unknown`: nobody said what became of it; `found`, `never_made` and `expired` correct that once InfluxDB ' +
  'was asked. Of other kinds: `done`, `pending` (it is repeated until it is done), `failed` and `refused`.';

const entry = z.strictObject({
  ...facts,
  epoch: z.number().describe('A gate that has lost its storage begins a new epoch.'),
  number: z.number().describe('Within the gate, without a gap.'),
  outcome: z.enum(OUTCOMES).describe(OUTCOME),
  corrects: z.number().optional().describe('The number of the entry of this gate that this one corrects.'),
  sweep: z.record(z.string(), z.unknown()).optional().describe('What the sweep has done.'),
  commitment: z
    .string()
    .optional()
    .describe(
      'SHA-256 of a salt and of `subject`, `claims` and `run`, base64url: it stays when they are erased. The salt is never shown.',
    ),
});

const incomplete = z
  .array(z.string())
  .describe('Gates that did not answer: their entries are missing. Empty when nothing is.');

export const eventsAnswer = z.strictObject({
  events: z.array(entry).describe('Newest first. A page may be short or empty although more follow.'),
  incomplete,
  cursor: z.string().nullable().describe('Pass it on for the next page; null on the last one.'),
});

export const requestAnswer = z.strictObject({
  events: z.array(entry).describe('Newest first.'),
  open: z
    .array(z.strictObject({ ...facts, outcome: z.enum(OUTCOMES).optional() }))
    .describe(
      'What is no entry yet: an admission whose outcome is not known, or refusals of a minute that is not over.',
    ),
  incomplete,
});

export const usageAnswer = z.strictObject({
  since: time.describe('Since when uses are counted, without a gap; at most about 99 days ago.'),
  rules: z
    .array(
      z.strictObject({
        rule: z.string().describe('Its name; the policy may not have it any more.'),
        last_used: time.describe('The beginning of the hour, or of the day, in which it was used last.'),
        admissions: z.int().describe("How often, the service's own mints of shared tokens included."),
      }),
    )
    .describe('The rules that were used, by name.'),
});
