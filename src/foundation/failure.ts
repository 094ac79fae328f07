// What can go wrong, as data. Every refusal in the service is one `Failure`, tagged by `reason`; `web/problem.ts` alone knows
// how a reason looks on the wire. Nothing here throws: a `throw` elsewhere in the core is a bug.

/** Why a request was refused. Each has one status, one title and one problem type on the wire. */
export type Reason =
  | 'request_malformed'
  | 'ttl_refused'
  | 'permissions_conflict'
  | 'request_ambiguous'
  | 'instance_unknown'
  | 'rule_unknown'
  | 'token_missing'
  | 'token_malformed'
  | 'algorithm_refused'
  | 'issuer_untrusted'
  | 'signature_invalid'
  | 'claim_invalid'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'token_too_old'
  | 'token_replayed'
  | 'no_rule'
  | 'not_granted'
  | 'denied_by_rule'
  | 'switched_off'
  | 'operator_required'
  | 'switched_off'
  | 'not_found'
  | 'method_not_allowed'
  | 'body_too_large'
  | 'content_type_unsupported'
  | 'database_unknown'
  | 'rate_limited'
  | 'limit_reached'
  | 'upstream_refused'
  | 'upstream_unreadable'
  | 'keys_unavailable'
  | 'upstream_unreachable'
  | 'state_unavailable'
  | 'misconfigured'
  | 'internal_error';

/** A refusal: `detail` is for the person who reads the job's log and never holds a secret. */
export interface Failure {
  readonly reason: Reason;
  readonly detail: string;
  /** Further members of the problem body, such as the choices or the nearest rule. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Overrides the reason's default for retrying, where it depends on the case. */
  readonly retryable?: boolean;
  /** Seconds after which it may help to ask again, where that is known. */
  readonly retryAfter?: number;
}

/** A value or the reason why there is none. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

export function success<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function failure(
  reason: Reason,
  detail: string,
  more: Pick<Failure, 'members' | 'retryable' | 'retryAfter'> = {},
): { readonly ok: false; readonly failure: Failure } {
  return { ok: false, failure: { reason, detail, ...more } };
}
