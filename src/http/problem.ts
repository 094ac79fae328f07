// From Failure to the wire: the one table of status, title and retrying per reason, and the problem body of RFC 9457.

import type { Context } from 'hono';
import type { Failure, Reason } from '../failure.ts';
import { answer, type DoorEnv } from './door.ts';

interface Wire {
  readonly status: number;
  readonly title: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
}

const once = (status: Wire['status'], title: string): Wire => ({ status, title, retryable: false });
const again = (status: Wire['status'], title: string): Wire => ({ status, title, retryable: true });

/** Exhaustive: a reason without a line here does not compile. */
export const WIRE: Readonly<Record<Reason, Wire>> = {
  request_malformed: once(400, 'The request is malformed'),
  ttl_refused: once(400, 'The requested life is too long'),
  permissions_conflict: once(400, 'The requested permissions exclude each other'),
  request_ambiguous: once(400, 'The request fits several grants'),
  instance_unknown: once(400, 'The instance is unknown'),
  rule_unknown: once(400, 'The rule is unknown'),
  token_missing: once(401, 'A subject token is missing'),
  token_malformed: once(401, 'The subject token is malformed'),
  algorithm_refused: once(401, "The subject token's algorithm is refused"),
  issuer_untrusted: once(401, "The subject token's issuer is not trusted"),
  signature_invalid: once(401, "The subject token's signature is invalid"),
  claim_invalid: once(401, 'A claim of the subject token is invalid'),
  token_expired: once(401, 'The subject token has expired'),
  token_not_yet_valid: again(401, 'The subject token is not valid yet'),
  token_too_old: once(401, 'The subject token is too old'),
  token_replayed: once(401, 'The subject token has been used before'),
  no_rule: once(403, 'No rule matches this identity'),
  not_granted: once(403, 'The permissions are not granted'),
  denied_by_rule: once(403, 'The policy denies it'),
  operator_required: once(403, 'Only operators may do this'),
  not_found: once(404, 'There is nothing here'),
  method_not_allowed: once(405, 'The method is not allowed'),
  body_too_large: once(413, 'The body is too large'),
  content_type_unsupported: once(415, 'The content type is not supported'),
  database_unknown: once(422, 'The database does not exist'),
  rate_limited: again(429, 'Too many requests'),
  internal_error: once(500, 'The service has failed'),
  upstream_refused: once(502, 'InfluxDB has refused'),
  upstream_unreadable: again(502, "InfluxDB's answer cannot be read"),
  keys_unavailable: again(503, "The issuer's keys are unavailable"),
  upstream_unreachable: again(503, 'InfluxDB cannot be reached'),
  state_unavailable: again(503, "The service's state is unavailable"),
  audit_unavailable: again(503, 'The audit log is unavailable'),
  misconfigured: again(503, 'The service is not configured'),
};

/** Longer than a key-set cooldown and a passing fault; seconds. */
const RETRY_AFTER = '10';

export function isRetryable(failure: Failure): boolean {
  return failure.retryable ?? WIRE[failure.reason].retryable;
}

/** Answers with `application/problem+json`. */
export function problem(
  c: Context<DoorEnv>,
  failure: Failure,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { reason, detail, members } = failure;
  const { status, title } = WIRE[reason];
  const type = `urn:influx-sts:problem:${reason}`;
  const retryable = isRetryable(failure);
  const body = { type, title, status, detail, reason, request_id: c.var.receipt.id, retryable, ...members };
  return answer(c, status, body, {
    'content-type': 'application/problem+json',
    ...(status === 401 ? { 'www-authenticate': challenge(reason) } : {}),
    ...(status === 429 || status === 503 ? { 'retry-after': RETRY_AFTER } : {}),
    ...headers,
  });
}

/** RFC 6750 section 3: a request without a credential is told no error code. */
function challenge(reason: Reason): string {
  const realm = 'Bearer realm="influx-sts"';
  return reason === 'token_missing' ? realm : `${realm}, error="invalid_token", error_description="${reason}"`;
}
