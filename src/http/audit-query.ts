// The query of `GET /v1/audit/events`, and the cursor that leads from page to page: a place in the trail, which is no secret. A cursor never
// widens what its caller may see.

import * as z from 'zod/mini';
import type { Mark } from '../admission/trail-reader.ts';
import { decodeBase64urlText, encodeBase64url } from '../foundation/base64url.ts';
import type { AuditQuery } from '../service/audit-events.ts';
import { described, lazySchema } from '../web/lazy-schema.ts';

const MAX_CURSOR_LENGTH = 200;
const MAX_PAGE = 100;

const text = (form: RegExp, problem: string) => z.string().check(z.regex(form, problem));
const name = () => text(/^[a-z0-9-]{1,40}$/, 'a name is 1 to 40 of a-z, 0-9 and "-"');
const time = () => z.iso.datetime({ offset: true, error: 'a time is RFC 3339, such as 2026-11-23T12:00:00Z' });

export const auditQuery = lazySchema(() =>
  z.strictObject({
    since: described(
      time(),
      'Entries from this time on; an hour before `until` when left out, or from when the request or the token was made that the query names.',
    ),
    until: described(time(), 'Entries up to this time; now when left out. A window is at most 24 hours.'),
    rule: described(name(), 'Only entries about this rule.'),
    issuer: described(name(), 'Only entries about callers of this issuer entry.'),
    outcome: described(text(/^[a-z_]{1,40}$/, 'an outcome is a word such as made'), 'Only entries with this outcome.'),
    request_id: described(
      text(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'the id of a request has 26 characters, as `x-request-id` has it'),
      'Only entries of this request.',
    ),
    token_name: described(
      text(/^sts\.[a-zA-Z0-9.-]{1,196}$/, 'a name begins with "sts."'),
      'Only entries about the token of this name; of all names that begin so, if it ends in a dot.',
    ),
    limit: described(
      text(/^([1-9][0-9]?|100)$/, `a limit is 1 to ${MAX_PAGE}`),
      `Entries in one page, 1 to ${MAX_PAGE}; ${MAX_PAGE} when left out.`,
    ),
    cursor: described(
      z.string().check(
        z.maxLength(MAX_CURSOR_LENGTH),
        z.refine((cursor) => readMark(cursor) !== null, 'pass the cursor of the page before as it is'),
      ),
      'Leads to the next page; repeat the rest of the query beside it.',
    ),
  }),
);

export function auditFilter(query: z.output<ReturnType<typeof auditQuery>>): AuditQuery {
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
