// The refusals of the OAuth routes: error JSON of RFC 6749 section 5.2, with the service's own reason beside the code. It never chooses a
// code itself: `problem.ts` holds the table for both kinds of refusal.

import type { Context } from 'hono';
import type { Failure, Reason } from '../foundation/failure.ts';
import { answer, type DoorEnv } from '../web/door.ts';
import { type OAuthCode, problemBody, refusalHeaders, WIRE } from '../web/problem.ts';

export function oauthError(
  c: Context<DoorEnv>,
  failure: Failure,
  headers: Readonly<Record<string, string>> = {},
  code: OAuthCode = WIRE[failure.reason].code,
): Response {
  const status = oauthStatus(failure.reason);
  const { type: _type, title: _title, status: _status, detail, ...rest } = problemBody(failure, c.get('receipt').id);
  const body = { error: code, error_description: describe(detail), ...rest };
  return answer(c, status, body, { ...refusalHeaders(status, failure), ...headers });
}

/** RFC 6749 section 5.2 has 400 for every fault in a grant or a scope, and leaves other faults to HTTP. */
export function oauthStatus(reason: Reason): number {
  const { status } = WIRE[reason];
  if (reason === 'token_missing') return status;
  return status === 401 || status === 404 || status === 422 ? 400 : status;
}

/** RFC 6749 section 5.2: printable ASCII without quotation marks and backslashes. */
function describe(detail: string): string {
  return detail
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replaceAll('…', '...')
    .replace(/[^\x20-\x7e]/gu, '?');
}
