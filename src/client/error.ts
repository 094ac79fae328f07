// What a client throws: the service's own problem, typed, or the fault that kept the client from getting an answer. It never holds a token
// or another credential.

import type { Reason } from '../foundation/failure.ts';

/** Why the service refused; each has one status and one meaning (docs/operations.md). */
export type ServiceReason = Reason;

/** Why the service has not answered at all. */
export type ClientReason =
  /** No connection, or no answer in time. */
  | 'service_unreachable'
  /** An answer that did not come from this service, such as a gateway's page. */
  | 'service_unreadable'
  /** The source gave no subject token. */
  | 'subject_token_unavailable'
  /** The service does not say what audience to ask for, or names somebody else's. */
  | 'audience_unknown'
  /** The caller gave up. */
  | 'aborted';

/** The problem body (RFC 9457) of a refusal. Which further members there are depends on the reason. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: ServiceReason;
  readonly request_id: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** `no_rule`, `not_granted`: the rule that came nearest, and the caller's own claims that kept it from matching. */
  readonly nearest?: {
    readonly rule: string;
    readonly misses: readonly Miss[];
    /** Since when the rule grants nothing any more. */
    readonly ended?: string;
  };
  /** `request_ambiguous`, `not_granted`: what the caller can ask for. */
  readonly choices?: readonly {
    readonly rule: string;
    readonly instance: string;
    readonly permissions: readonly string[];
  }[];
  /** `not_granted`: what no rule covers. */
  readonly not_covered?: readonly string[];
  /** `ttl_refused`: the longest life that the caller can ask for, such as "15m". */
  readonly max_ttl?: string;
  /** `limit_reached`: what the rule gives at most (`per` in seconds), what of it is left, and whether to all callers together or to each. */
  readonly limit?: { readonly vends?: number; readonly per?: number; readonly live?: number };
  readonly left?: { readonly vends?: number; readonly live?: number };
  readonly of?: 'rule' | 'caller';
  /** `limit_reached`: seconds until the next is free, at the latest. */
  readonly retry_after?: number;
  /** `claim_invalid`, where the audience is wrong: the audiences that the token may have. */
  readonly audience_expected?: readonly string[];
  /** `no_rule` for a stranger: their own id claims. */
  readonly identity?: Readonly<Record<string, unknown>>;
  readonly [member: string]: unknown;
}

/** A claim that kept a rule from matching. */
export interface Miss {
  readonly claim: string;
  readonly actual: string;
  /** Absent where the caller must not know it. */
  readonly expected?: string;
  readonly hint?: string;
}

export interface StsErrorOptions {
  readonly reason: ServiceReason | ClientReason;
  readonly detail: string;
  readonly retryable: boolean;
  readonly problem?: Problem;
  /** Seconds, from the answer's `Retry-After`. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

export class StsError extends Error {
  override readonly name = 'StsError';
  readonly reason: ServiceReason | ClientReason;
  /** For a person to read. */
  readonly detail: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What the service answered; null when it did not. */
  readonly problem: Problem | null;
  readonly retryAfter: number | null;

  constructor({ reason, detail, retryable, problem, retryAfter, cause }: StsErrorOptions) {
    super(`${reason}: ${detail}`, { cause });
    this.reason = reason;
    this.detail = detail;
    this.retryable = retryable;
    this.problem = problem ?? null;
    this.retryAfter = retryAfter ?? null;
  }
}
