// The calls that read the audit trail, for operators and the owners of rules, and their answers. `test/client/answers.test.ts` compares the
// answers with the service's own schemas. It never keeps an entry.

import { StsError } from './error.ts';

/** What is known of an entry besides its outcome. Times are RFC 3339. */
export interface AuditFacts {
  readonly gate: string;
  readonly time: string;
  readonly kind:
    | 'vend'
    | 'hand_out'
    | 'mint'
    | 'refusal'
    | 'revoke'
    | 'switch'
    | 'sweep'
    | 'read'
    | 'policy'
    | 'key'
    | 'left_out';
  readonly actor: 'caller' | 'service' | 'owner' | 'operator' | 'lease' | 'holder';
  readonly request_id?: string;
  readonly issuer?: string;
  readonly rule?: string;
  readonly instance?: string;
  readonly policy?: string;
  readonly permissions?: readonly string[];
  readonly ttl?: number;
  readonly token_name?: string;
  readonly switch?: AuditSwitch;
  readonly key?: string;
  readonly previous_key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly reason?: string;
  readonly expires_at?: string;
  readonly count?: number;
  readonly subject?: Readonly<Record<string, string>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly run?: Readonly<Record<string, unknown>>;
}

/** What was switched, and which way. */
export interface AuditSwitch {
  readonly id: string;
  readonly target: {
    readonly kind: 'everything' | 'rule' | 'issuer' | 'instance' | 'identity';
    readonly name?: string;
    readonly issuer?: string;
    readonly claims?: Readonly<Record<string, string>>;
  };
  readonly level: 'operator' | 'owner';
  readonly why: string;
  readonly note?: string;
  readonly until: string | null;
  readonly turned: 'off' | 'on';
}

export type AuditOutcome =
  | 'made'
  | 'failed'
  | 'abandoned'
  | 'undelivered'
  | 'unknown'
  | 'found'
  | 'never_made'
  | 'expired'
  | 'done'
  | 'pending'
  | 'refused';

/** One entry of the trail; `GET /docs` of the service says what each word means. */
export interface AuditEntry extends AuditFacts {
  readonly epoch: number;
  readonly number: number;
  readonly outcome: AuditOutcome;
  readonly corrects?: number;
  readonly sweep?: Readonly<Record<string, unknown>>;
  readonly commitment?: string;
}

export interface AuditPage {
  /** Newest first. A page may be short or empty although more follow. */
  readonly events: readonly AuditEntry[];
  /** Gates that did not answer. */
  readonly incomplete: readonly string[];
  readonly cursor: string | null;
}

export interface AuditOfRequest extends Pick<AuditPage, 'events' | 'incomplete'> {
  /** What is no entry yet. */
  readonly open: readonly (AuditFacts & { readonly outcome?: AuditOutcome })[];
}

export interface AuditQuery {
  /** RFC 3339; the window is at most 24 hours. */
  readonly since?: string;
  readonly until?: string;
  readonly rule?: string;
  readonly issuer?: string;
  readonly outcome?: string;
  readonly request_id?: string;
  readonly token_name?: string;
  /** 1 to 100. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** When each rule was last used, for operators. */
export interface Usage {
  /** Since when uses are counted. */
  readonly since: string;
  readonly rules: readonly { readonly rule: string; readonly last_used: string; readonly admissions: number }[];
}

/** Null when it is none. */
export function readUsage(body: unknown): Usage | null {
  const { since, rules } = (body ?? {}) as { readonly [member in keyof Usage]?: unknown };
  const isTime = (value: unknown) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
  const isRule = (one: Partial<Usage['rules'][number]> | null) =>
    typeof one?.rule === 'string' && isTime(one.last_used);
  return isTime(since) && Array.isArray(rules) && rules.every(isRule) ? (body as Usage) : null;
}

/** All reject with an `StsError`. */
export interface AuditCalls {
  /** One page of the trail; owners see what is about their rules. */
  readonly auditEvents: (query?: AuditQuery, options?: { readonly signal?: AbortSignal }) => Promise<AuditPage>;
  /** All that is kept of one request, as far as the caller may see it. */
  readonly auditRequest: (requestId: string, options?: { readonly signal?: AbortSignal }) => Promise<AuditOfRequest>;
  /** Which rules are used; for operators. */
  readonly usage: (options?: { readonly signal?: AbortSignal }) => Promise<Usage>;
}

/** @param get makes the call as the caller, and gives the body of the answer. */
export function createAuditCalls(
  get: (path: string, signal: AbortSignal | undefined) => Promise<unknown>,
  origin: string,
): AuditCalls {
  const read = async <T extends AuditPage | AuditOfRequest>(path: string, signal?: AbortSignal): Promise<T> => {
    const body = (await get(path, signal)) as { readonly events?: unknown; readonly incomplete?: unknown } | null;
    if (Array.isArray(body?.events) && Array.isArray(body.incomplete)) return body as unknown as T;
    const detail = `The server at ${origin} gave a page of the audit trail that is none.`;
    throw new StsError({ reason: 'service_unreadable', detail, retryable: false });
  };
  return {
    auditEvents: (query = {}, { signal } = {}) => {
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
      return read<AuditPage>(`/v1/audit/events${search.size === 0 ? '' : `?${search}`}`, signal);
    },
    auditRequest: (requestId, { signal } = {}) =>
      read<AuditOfRequest>(`/v1/audit/events/${encodeURIComponent(requestId)}`, signal),
    usage: async ({ signal } = {}) => {
      const usage = readUsage(await get('/v1/audit/usage', signal));
      if (usage !== null) return usage;
      const detail = `The server at ${origin} gave an answer that is no list of rules.`;
      throw new StsError({ reason: 'service_unreadable', detail, retryable: false });
    },
  };
}
