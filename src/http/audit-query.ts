// The query of `GET /v1/audit/events`, and the cursor that leads from page to page: a place in the trail, which is no secret. A cursor never
// widens what its caller may see.

import * as z from 'zod';
import type { Mark } from '../admission/trail-reader.ts';
import { decodeBase64urlText, encodeBase64url } from '../foundation/base64url.ts';
import type { AuditQuery } from '../service/audit-events.ts';

const name = z.string().regex(/^[a-z0-9-]{1,40}$/, 'a name is 1 to 40 of a-z, 0-9 and "-"');
const time = z.iso.datetime({ offset: true, error: 'a time is RFC 3339, such as 2026-11-23T12:00:00Z' });
const MAX_CURSOR_LENGTH = 200;
const MAX_PAGE = 100;

export const auditQuery = z.strictObject({
  since: time
    .optional()
    .describe(
      'Entries from this time on; an hour before `until` when left out, or from when the request or the token was made that the query names.',
    ),
  until: time.optional().describe('Entries up to this time; now when left out. A window is at most 24 hours.'),
  rule: name.optional().describe('Only entries about this rule.'),
  issuer: name.optional().describe('Only entries about callers of this issuer entry.'),
  outcome: z
    .string()
    .regex(/^[a-z_]{1,40}$/, 'an outcome is a word such as made')
    .optional()
    .describe('Only entries with this outcome.'),
  request_id: z
    .string()
    .regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'the id of a request has 26 characters, as `x-request-id` has it')
    .optional()
    .describe('Only entries of this request.'),
  token_name: z
    .string()
    .regex(/^sts\.[a-zA-Z0-9.-]{1,196}$/, 'a name begins with "sts."')
    .optional()
    .describe('Only entries about the token of this name; of all names that begin so, if it ends in a dot.'),
  limit: z
    .string()
    .regex(/^([1-9][0-9]?|100)$/, `a limit is 1 to ${MAX_PAGE}`)
    .optional()
    .describe(`Entries in one page, 1 to ${MAX_PAGE}; ${MAX_PAGE} when left out.`),
  cursor: z
    .string()
    .max(MAX_CURSOR_LENGTH)
    .refine((cursor) => readMark(cursor) !== null, 'pass the cursor of the page before as it is')
    .optional()
    .describe('Leads to the next page; repeat the rest of the query beside it.'),
});

export function auditFilter(query: z.output<typeof auditQuery>): AuditQuery {
  const { since, until, limit, cursor, ...filters } = query;
  return {
    ...(since === undefined ? {} : { since: Date.parse(since) }),
    ...(until === undefined ? {} : { until: Date.parse(until) }),
    filters: Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined)),
    limit: limit === undefined ? MAX_PAGE : Number(limit),
    after: cursor === undefined ? null : readMark(cursor),
  };
}

export function cursorTo(next: Mark | null): string | null {
  return next === null ? null : encodeBase64url(`${next.at}.${next.gate}.${next.number}`);
}

/** Null for any text that is no cursor of ours. */
function readMark(cursor: string): Mark | null {
  const match = /^([0-9]{1,15})\.([0-9a-f])\.([0-9]{1,15})$/.exec(decodeBase64urlText(cursor) ?? '');
  if (match === null) return null;
  const [, at, gate, number] = match as unknown as [string, string, string, string];
  return { at: Number(at), gate, number: Number(number) };
}
