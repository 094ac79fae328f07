// How an operation of the API is described.
// It uses the schemas of the routes themselves, and never a copy.

import type * as z from 'zod/mini';
import type { Reason } from '../../foundation/failure.ts';
import type { FORM_TYPE } from '../form-body.ts';

export interface Operation {
  /** A template of OpenAPI, such as `/v1/tokens/{name}`. */
  readonly path: string;
  readonly method: 'get' | 'post' | 'delete';
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description: string;
  /** The credentials that `Authorization: Bearer` accepts, where one is needed. */
  readonly bearer: readonly ('subjectToken' | 'lease')[];
  /** The credential is optional. */
  readonly bearerOptional?: boolean;
  readonly pathParameters?: Readonly<Record<string, string>>;
  readonly query?: z.ZodMiniObject;
  readonly body?: {
    readonly type: 'application/json' | typeof FORM_TYPE;
    readonly required: boolean;
    readonly name: string;
    readonly schema: z.core.$ZodType;
    readonly example: Readonly<Record<string, unknown>>;
  };
  readonly answers: readonly Answer[];
  /** The manner of its refusals, and their reasons. */
  readonly refusals: Manner;
  readonly reasons: readonly Reason[];
}

/** RFC 9457, or RFC 6749 section 5.2. */
export type Manner = 'problem' | 'oauth';

export type Tag = 'Tokens' | 'Switches' | 'OAuth' | 'Audit' | 'Service';

export interface Answer {
  readonly status: number;
  readonly description: string;
  /** Absent where the answer has no body. */
  readonly body?: {
    readonly type: string;
    readonly name: string;
    readonly schema: z.core.$ZodType;
    readonly example?: unknown;
  };
}

/** Faults of a subject token, and floods, which are found before the decision. */
export const SUBJECT_TOKEN: readonly Reason[] = [
  'rate_limited',
  'token_missing',
  'token_malformed',
  'algorithm_refused',
  'issuer_untrusted',
  'signature_invalid',
  'claim_invalid',
  'token_expired',
  'token_not_yet_valid',
  'token_too_old',
  'keys_unavailable',
];

/** Faults of the service. */
export const SERVICE: readonly Reason[] = ['internal_error', 'misconfigured'];

/** Every refusal of a request for a token. */
export const VEND: readonly Reason[] = [
  ...SUBJECT_TOKEN,
  ...SERVICE,
  'request_malformed',
  'body_too_large',
  'content_type_unsupported',
  'ttl_refused',
  'permissions_conflict',
  'request_ambiguous',
  'instance_unknown',
  'rule_unknown',
  'token_replayed',
  'no_rule',
  'not_granted',
  'denied_by_rule',
  'switched_off',
  'limit_reached',
  'database_unknown',
  'upstream_refused',
  'upstream_unreadable',
  'upstream_unreachable',
  'state_unavailable',
];
