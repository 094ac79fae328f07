// A vended token as the service describes it, and the check that an answer is one. A service that has gone wrong must never make a program
// use something that is not a token, or put more than a token into a header or a file.

import { StsError } from './error.ts';

export interface DatabaseToken {
  readonly token: string;
  /** Revokes this token and nothing else; null for a shared token. */
  readonly lease: string | null;
  readonly name: string;
  readonly permissions: readonly string[];
  /** RFC 3339, by InfluxDB's clock. */
  readonly expires_at: string;
  /** Seconds from when the service answered. */
  readonly expires_in: number;
  readonly rule: string;
  readonly instance: string;
  /** Address of the InfluxDB instance. */
  readonly url: string;
  readonly shared: boolean;
  /** RFC 3339: before, other nodes of a cluster than the one that made it may answer 401; null for a single node. */
  readonly usable_after: string | null;
  /** What the limit of the rule still gives; absent where it has none. */
  readonly limit?: LimitLeft;
}

/** How many more tokens there are: in `per` seconds, and alive at once. */
export interface LimitLeft {
  readonly vends?: { readonly left: number; readonly per: number };
  readonly live?: { readonly left: number };
}

/** Characters that are safe in a header, an environment variable and a line of a file. */
const VISIBLE = /^[\x21-\x7e]+$/;

/** Throws an `StsError` when the answer of the service at `origin` is not a database token. */
export function readDatabaseToken(body: unknown, origin: string): DatabaseToken {
  const token = (typeof body === 'object' ? body : null) as DatabaseToken | null;
  const sound =
    token !== null &&
    isVisible(token.token) &&
    (token.lease === null || isVisible(token.lease)) &&
    [token.name, token.rule, token.instance].every(isVisible) &&
    isTime(token.expires_at) &&
    isVisible(token.url) &&
    /^https?:$/.test(URL.canParse(token.url) ? new URL(token.url).protocol : '') &&
    Array.isArray(token.permissions) &&
    token.permissions.every(isVisible) &&
    Number.isFinite(token.expires_in) &&
    token.expires_in >= 0 &&
    (token.usable_after === null || isTime(token.usable_after)) &&
    (token.limit === undefined || isLimit(token.limit));
  if (sound) return token;
  const detail = `The server at ${origin} gave an answer that is no database token.`;
  throw new StsError({ reason: 'service_unreadable', detail, retryable: false });
}

function isLimit(value: unknown): value is LimitLeft {
  const { vends, live } = (value ?? {}) as { readonly [part in keyof LimitLeft]: unknown };
  const counts = (part: unknown, ...names: readonly string[]) =>
    part === undefined || names.every((name) => Number.isFinite((part as Record<string, unknown> | null)?.[name]));
  return typeof value === 'object' && counts(vends, 'left', 'per') && counts(live, 'left');
}

function isTime(value: unknown): boolean {
  return isVisible(value) && !Number.isNaN(Date.parse(value));
}

function isVisible(value: unknown): value is string {
  return typeof value === 'string' && VISIBLE.test(value);
}
