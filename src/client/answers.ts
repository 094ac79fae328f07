// The service's answers to calls that make no token. `test/client/answers.test.ts` compares them with the service's own schemas. It only
// describes them, and never makes a call.

import type { SwitchedOff } from './switches.ts';

export interface ListedToken {
  readonly name: string;
  readonly rule: string;
  readonly instance: string;
  readonly permissions: readonly string[];
  readonly created_at: string;
  readonly expires_at: string;
  readonly shared: boolean;
  /** Of a token that has ended: when, why, and by whom it was revoked. */
  readonly ended_at?: string;
  readonly end?: 'revoked' | 'expired' | 'undelivered';
  readonly revoked_by?: 'owner' | 'operator' | 'lease' | 'holder';
}

export interface TokenPage {
  readonly tokens: readonly ListedToken[];
  readonly cursor: string | null;
  /** Instances that could not be read. */
  readonly incomplete: readonly string[];
}

/** Null when it is not a page of a list. */
export function readPage(body: unknown): TokenPage | null {
  const { tokens, cursor, incomplete = [] } = (body ?? {}) as { readonly [member in keyof TokenPage]?: unknown };
  const sound =
    Array.isArray(tokens) &&
    (cursor === null || typeof cursor === 'string') &&
    Array.isArray(incomplete) &&
    incomplete.every((instance) => typeof instance === 'string');
  return sound ? { tokens, cursor, incomplete } : null;
}

export interface WhoAmI {
  readonly issuer: string;
  readonly subject: Readonly<Record<string, string>>;
  readonly description: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Claims that no condition of a policy can be made of, and why. */
  readonly notes: readonly string[];
  readonly expires_at: string;
  readonly roles: readonly 'operator'[];
  /** Names of rules that the caller may switch off and on. */
  readonly owns: readonly string[];
  readonly grants: readonly {
    readonly rule: string;
    readonly instance: string;
    readonly permissions: readonly string[];
    readonly default_ttl: string;
    readonly max_ttl: string;
    /** When the rule ends. */
    readonly until?: string;
    /** What the rule gives at most. */
    readonly limit?: ShownLimit;
  }[];
  /** Switches that cover the caller; null when that is not known at the moment. */
  readonly switched_off: readonly SwitchedOff[] | null;
}

/** A limit as the policy says it. */
export interface ShownLimit {
  readonly vends?: number;
  /** Such as "1h". */
  readonly per?: string;
  readonly live?: number;
  /** For all callers of the rule together, or for each. */
  readonly of: 'rule' | 'caller';
}

/** A decision as a tree: docs/operations.md, `POST /v1/explain`. */
export interface Explanation {
  readonly outcome: 'allowed' | 'refused';
  readonly reason?: string;
  readonly detail: string;
  readonly rule?: string;
  readonly permissions?: readonly string[];
  readonly rules: readonly ExplainedRule[];
  readonly changes: readonly { readonly of: 'caller' | 'policy'; readonly change: string }[];
  readonly switched_off: readonly SwitchedOff[] | null;
  readonly request_id: string;
}

export interface ExplainedRule {
  readonly rule: string;
  readonly effect: 'allow' | 'deny' | 'roles';
  readonly verdict: 'yes' | 'no' | 'unknown';
  readonly conditions: readonly {
    readonly claim: string;
    readonly verdict: 'yes' | 'no' | 'unknown';
    readonly actual: string;
    readonly expected?: string;
  }[];
  readonly instance?: string;
  readonly max_ttl?: string;
  readonly until?: string;
  readonly ended?: boolean;
  readonly limit?: ShownLimit;
  readonly grants: readonly string[];
  readonly uncovered?: readonly string[];
  readonly denied?: readonly string[];
}
