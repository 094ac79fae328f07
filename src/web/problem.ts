// From Failure to the wire: the one table of status, title, retrying and OAuth code for each reason, and the problem body of RFC 9457. It
// never decides whether to refuse.

import type { Context } from 'hono';
import type { Failure, Reason } from '../foundation/failure.ts';
import { answer, type DoorEnv } from './door.ts';

interface Wire {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** The `error` of RFC 6749 and its extensions, on the OAuth routes. */
  readonly code: OAuthCode;
}

/** RFC 6749 sections 4.1.2.1 and 5.2, RFC 8628 section 3.5 (`slow_down`), RFC 8707 section 2 (`invalid_target`). */
export type OAuthCode =
  | 'invalid_request'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'invalid_target'
  | 'unsupported_grant_type'
  | 'access_denied'
  | 'slow_down'
  | 'server_error'
  | 'temporarily_unavailable';

const once = (status: number, code: OAuthCode, title: string): Wire => ({ status, code, title, retryable: false });
const again = (status: number, code: OAuthCode, title: string): Wire => ({ status, code, title, retryable: true });

/** Exhaustive: a reason without a line here does not compile. */
export const WIRE: Readonly<Record<Reason, Wire>> = {
  request_malformed: once(400, 'invalid_request', 'The request is malformed'),
  ttl_refused: once(400, 'invalid_request', 'The requested life is too long'),
  permissions_conflict: once(400, 'invalid_scope', 'The requested permissions exclude each other'),
  request_ambiguous: once(400, 'invalid_scope', 'The request fits several grants'),
  instance_unknown: once(400, 'invalid_target', 'The instance is unknown'),
  rule_unknown: once(400, 'invalid_scope', 'The rule is unknown'),
  token_missing: once(401, 'invalid_request', 'A subject token is missing'),
  token_malformed: once(401, 'invalid_grant', 'The subject token is malformed'),
  algorithm_refused: once(401, 'invalid_grant', "The subject token's algorithm is refused"),
  issuer_untrusted: once(401, 'invalid_grant', "The subject token's issuer is not trusted"),
  signature_invalid: once(401, 'invalid_grant', "The subject token's signature is invalid"),
  claim_invalid: once(401, 'invalid_grant', 'A claim of the subject token is invalid'),
  token_expired: once(401, 'invalid_grant', 'The subject token has expired'),
  token_not_yet_valid: again(401, 'invalid_grant', 'The subject token is not valid yet'),
  token_too_old: once(401, 'invalid_grant', 'The subject token is too old'),
  token_replayed: once(401, 'invalid_grant', 'The subject token has been used before'),
  no_rule: once(403, 'access_denied', 'No rule matches this identity'),
  not_granted: once(403, 'access_denied', 'The permissions are not granted'),
  denied_by_rule: once(403, 'access_denied', 'The policy denies it'),
  switched_off: once(403, 'access_denied', 'It is switched off'),
  operator_required: once(403, 'access_denied', 'Only operators may do this'),
  not_found: once(404, 'invalid_request', 'There is nothing here'),
  method_not_allowed: once(405, 'invalid_request', 'The method is not allowed'),
  body_too_large: once(413, 'invalid_request', 'The body is too large'),
  content_type_unsupported: once(415, 'invalid_request', 'The content type is not supported'),
  database_unknown: once(422, 'invalid_scope', 'The database does not exist'),
  rate_limited: again(429, 'slow_down', 'Too many requests'),
  limit_reached: again(429, 'slow_down', "The rule's limit is reached"),
  internal_error: once(500, 'server_error', 'The service has failed'),
  upstream_refused: once(502, 'temporarily_unavailable', 'InfluxDB has refused'),
  upstream_unreadable: again(502, 'temporarily_unavailable', "InfluxDB's answer cannot be read"),
  keys_unavailable: again(503, 'temporarily_unavailable', "The issuer's keys are unavailable"),
  upstream_unreachable: again(503, 'temporarily_unavailable', 'InfluxDB cannot be reached'),
  state_unavailable: again(503, 'temporarily_unavailable', "The service's state is unavailable"),
  misconfigured: again(503, 'temporarily_unavailable', 'The service is not configured'),
};

/** Longer than a key-set cooldown or a passing fault; seconds. */
const RETRY_AFTER = 10;

/** The parts of a refusal that every door shows. */
export function problemBody({ reason, detail, members, retryable }: Failure, requestId: string): ProblemBody {
  const { status, title, retryable: usually } = WIRE[reason];
  return {
    type: problemType(reason),
    title,
    status,
    detail,
    reason,
    request_id: requestId,
    retryable: retryable ?? usually,
    ...members,
  };
}

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: Reason;
  readonly request_id: string;
  readonly retryable: boolean;
  /** Further members of the reason: see `problem-schema.ts`. */
  readonly [member: string]: unknown;
}

/** A name that never changes, because no page of ours is sure to stay (RFC 9457 section 3.1.1). */
export function problemType(reason: Reason): string {
  return `urn:influx-sts:problem:${reason}`;
}

/** Answers with `application/problem+json`. */
export function problem(
  c: Context<DoorEnv>,
  failure: Failure,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { status } = WIRE[failure.reason];
  return answer(c, status, problemBody(failure, c.get('receipt').id), {
    'content-type': 'application/problem+json',
    ...refusalHeaders(status, failure),
    ...headers,
  });
}

/** What the status obliges an answer to carry (RFC 9110 sections 11.6.1 and 15.6.4); also when to ask again, where that may help at all. */
export function refusalHeaders(status: number, { reason, retryable, retryAfter }: Failure): Record<string, string> {
  return {
    ...(status === 401 ? { 'www-authenticate': challenge(reason) } : {}),
    ...(status === 429 || status === 503 || retryable === true
      ? { 'retry-after': String(retryAfter ?? RETRY_AFTER) }
      : {}),
  };
}

/** RFC 6750 section 3: a request without a credential is told no error code. */
function challenge(reason: Reason): string {
  const realm = 'Bearer realm="influx-sts"';
  return reason === 'token_missing' ? realm : `${realm}, error="invalid_token", error_description="${reason}"`;
}
