// What the service answers to who looks and does not vend, as `test/client/answers.test.ts` holds it against the service's own schemas.

export interface ListedToken {
  readonly name: string;
  readonly rule: string;
  readonly instance: string;
  readonly permissions: readonly string[];
  readonly created_at: string;
  readonly expires_at: string;
  readonly shared: boolean;
}

export interface WhoAmI {
  readonly issuer: string;
  readonly subject: Readonly<Record<string, string>>;
  readonly description: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly expires_at: string;
  readonly roles: readonly 'operator'[];
  readonly grants: readonly {
    readonly rule: string;
    readonly instance: string;
    readonly permissions: readonly string[];
    readonly default_ttl: string;
    readonly max_ttl: string;
  }[];
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
  readonly grants: readonly string[];
  readonly uncovered?: readonly string[];
  readonly denied?: readonly string[];
}
