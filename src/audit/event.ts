// The audit event: who asked for what, and why it was given or refused. It is built from parts that hold no secret: neither the
// subject token, nor a database token, nor an admin token is ever passed in here.

import type { Reason } from '../foundation/failure.ts';
import { type Claims, readClaim } from '../identity/claim.ts';
import type { Identity } from '../identity/verifier.ts';
import type { Rule } from '../policy/language/compiled.ts';

export type AuditKind =
  | 'switch'
  | 'vend'
  | 'revoke'
  | 'list'
  | 'explain'
  | 'whoami'
  | 'offer'
  | 'ready'
  | 'session'
  | 'usage'
  | 'sweep'
  | 'read';

/** One line of the audit log. Times are RFC 3339, durations milliseconds. */
export interface AuditEvent {
  readonly kind: AuditKind;
  /** The request id of the answer. */
  readonly id: string;
  readonly time: string;
  readonly outcome: 'allowed' | 'refused';
  readonly reason?: Reason;
  /** Before verification: the `iss` that the token claims, cut short. Nothing else a forger could plant is kept. */
  readonly claimed_issuer?: string;
  readonly issuer?: string;
  readonly subject?: Readonly<Record<string, string>>;
  /** The claims that the rule looked at. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly rule?: string;
  /** For an explanation: the result that the same request for a token would have had. */
  readonly decision?: 'allowed' | Reason;
  /** For an explanation of pasted claims, which nobody has verified: the issuer entry that they were compared with. */
  readonly about_issuer?: string;
  readonly policy: string;
  readonly permissions_asked?: readonly string[];
  readonly permissions_given?: readonly string[];
  readonly instance?: string;
  /** For a list or a read of the trail: the instances or gates that could not be read. */
  readonly incomplete?: readonly string[];
  readonly token_name?: string;
  readonly expires_at?: string;
  /** Of a switch: what was switched, and which way. */
  readonly switch?: object;
  /** What a sweep has done; the numbers are tokens. */
  readonly sweep?: object;
  readonly duration_ms: number;
}

/** Stores an event. */
export type RecordEvent = (event: AuditEvent) => void;

/** Who asked, once that is proven. */
export function describeIdentity(identity: Identity): Pick<AuditEvent, 'issuer' | 'subject'> {
  return {
    issuer: identity.issuer.name,
    subject: Object.fromEntries(identity.subject.map(([claim, value]) => [claim, cut(value)])),
  };
}

/** The rule, and the values of the claims that it looked at. */
export function describeRule(rule: Rule, claims: Claims): Pick<AuditEvent, 'rule' | 'claims'> {
  const looked = rule.when.map(({ claim, path }) => [claim, cut(readClaim(claims, path))] as const);
  return { rule: rule.name, claims: Object.fromEntries(looked.filter(([, value]) => value !== undefined)) };
}

/** Longer values are cut: an event must stay one line that a log keeps whole. */
const MAX_VALUE_LENGTH = 256;

export function cut<T>(value: T): T | string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text === undefined || text.length <= MAX_VALUE_LENGTH) return value;
  return `${text.slice(0, MAX_VALUE_LENGTH)}…`;
}
