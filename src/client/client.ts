// The caller's side of the service, typed: exchange a subject token, look, revoke. It never holds a token between two calls; `session.ts`
// does.

import { credentialIn } from '../foundation/misplaced-credential.ts';
import { type Explanation, type ListedToken, readPage, type WhoAmI } from './answers.ts';
import { type AuditCalls, createAuditCalls } from './audit.ts';
import { aborted, type Connection, createConnection, type Reply } from './connection.ts';
import { type DatabaseToken, readDatabaseToken } from './database-token.ts';
import { boundedFetch, type ClientEnvironment, sleep, webEnvironment } from './environment.ts';
import { StsError } from './error.ts';
import { type Retry, withRetries } from './retry.ts';
import type { SubjectTokenSource } from './subject-token.ts';
import { createSwitchCalls, type Switches } from './switches.ts';
import { NAME_PREFIX, noName } from './token-name.ts';

export interface ClientOptions {
  /** Address of the service, such as "https://sts.example.com". */
  readonly url: string;
  readonly subjectToken: SubjectTokenSource;
  /**
   * What subject tokens are asked for. By default what the service's metadata says, which is believed only when it names the service's
   * own origin: one that was taken over could otherwise collect tokens for others.
   */
  readonly audience?: string;
  /** The total number of attempts for what is retryable; 4 by default. */
  readonly attempts?: number;
  /** For one call, milliseconds; 30 s by default. */
  readonly timeoutMs?: number;
  /** Told before each pause between attempts. */
  readonly onRetry?: (retry: Retry) => void;
  readonly environment?: ClientEnvironment;
}

/** Everything may be left out where one rule matches and says it all. */
export interface TokenRequest {
  /** In InfluxDB's notation, such as "db:metrics:write". */
  readonly permissions?: readonly string[];
  /** Seconds, or digits with s, m, h or d. */
  readonly ttl?: string | number;
  readonly rule?: string;
  readonly instance?: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface ExchangeOptions extends CallOptions {
  /**
   * Do not wait until every node of a cluster knows the token. With a signal: once it aborts, do not wait for the other nodes or before
   * another attempt.
   */
  readonly withoutWaiting?: boolean | AbortSignal;
  /** Called with the token as soon as it exists, before any wait: a program that may be killed can note its lease. */
  readonly onVended?: (token: DatabaseToken) => void;
}

export interface RevokeOptions extends CallOptions {
  /** The InfluxDB instance of a database token, by name or address; needed where the service has several. */
  readonly instance?: string;
}

export interface ListOptions extends CallOptions {
  /** Called, once for each page, with the InfluxDB instances that could not be read: their tokens are missing from it. */
  readonly onIncomplete?: (instances: readonly string[]) => void;
}

export interface ListQuery {
  /** Everybody's; for operators. */
  readonly all?: boolean;
  readonly rule?: string;
  readonly instance?: string;
}

/** Every call rejects with an `StsError`. */
export interface Client extends AuditCalls {
  /** Scheme, host and port of the service. */
  readonly origin: string;
  /** A database token; in a cluster, once every node knows it. A refusal that will not change is not retried. */
  readonly exchange: (request?: TokenRequest, options?: ExchangeOptions) => Promise<DatabaseToken>;
  /**
   * Revokes a token by its lease, or by the database token itself; neither needs a subject token. You can revoke twice. For a database
   * token, the service does not say whether there was one to revoke: admin tokens, shared tokens and those of others live on.
   */
  readonly revoke: (credential: string, options?: RevokeOptions) => Promise<void>;
  /**
   * Revokes one of the caller's tokens, or for an operator anyone's. `pending`: it is repeated until every node has heard of it. The name
   * is part of an address, which logs keep, so this call refuses a credential and does not send it.
   */
  readonly revokeByName: (name: string, options?: CallOptions) => Promise<'revoked' | 'pending'>;
  /** The caller's live tokens, page after page. Those of an instance that does not answer are missing: see `onIncomplete`. */
  readonly list: (query?: ListQuery, options?: ListOptions) => AsyncGenerator<ListedToken, void, void>;
  readonly whoami: (options?: CallOptions) => Promise<WhoAmI>;
  readonly explain: (request?: TokenRequest, options?: CallOptions) => Promise<Explanation>;
  readonly switches: Switches;
  readonly environment: ClientEnvironment;
}

const ATTEMPTS = 4;
/** Longer than the service ever waits for InfluxDB before it answers. */
const TIMEOUT_MS = 30_000;
const MAX_PAGES = 1_000;
/** Of that, for each request of a source of subject tokens: an endpoint that hangs is asked again while there is time. */
const SOURCE_TIMEOUT_MS = 12_000;
const METADATA = '/.well-known/oauth-authorization-server';

export function createClient(options: ClientOptions): Client {
  const { subjectToken, onRetry } = options;
  const { attempts = ATTEMPTS, timeoutMs = TIMEOUT_MS, environment = webEnvironment } = options;
  if (typeof subjectToken !== 'function') {
    throw new TypeError('subjectToken must be a function, such as fromEnvironment("NAME") or () => token');
  }
  const connection = createConnection(options.url, timeoutMs, environment);
  const fetch = boundedFetch(environment, Math.min(timeoutMs, SOURCE_TIMEOUT_MS));
  const never = new AbortController().signal;
  let audience = options.audience ?? null;

  const patiently = <T>(attempt: () => Promise<T>, signal: AbortSignal | undefined, last?: AbortSignal) =>
    withRetries(attempt, { attempts, signal, last, onRetry }, environment);

  /** Each attempt shows a fresh subject token, because the last one may be used up. */
  async function identified(call: Parameters<Connection['call']>[0]): Promise<Reply> {
    const signal = call.signal ?? never;
    const credential = await give({ fetch, signal, audience: () => audienceFor(signal) });
    return connection.call({ ...call, credential });
  }

  async function audienceFor(signal: AbortSignal): Promise<string> {
    audience ??= await publishedAudience(connection, signal);
    return audience;
  }

  async function give(context: Parameters<SubjectTokenSource>[0]): Promise<string> {
    try {
      return await subjectToken(context);
    } catch (error) {
      if (error instanceof StsError) throw error;
      if (context.signal.aborted) throw aborted(context.signal);
      const detail = `The source of the subject token failed: ${(error as Error)?.message ?? 'it says nothing of why'}`;
      throw new StsError({ reason: 'subject_token_unavailable', detail, retryable: false, cause: error });
    }
  }

  const get = async (path: string, signal: AbortSignal | undefined) =>
    (await patiently(() => identified({ method: 'GET', path, signal }), signal)).body;

  const revoke: Client['revoke'] = async (credential, { signal, instance } = {}) => {
    const form = { token: credential, ...(instance === undefined ? {} : { resource: instance }) };
    const call = { method: 'POST', path: '/oauth/revoke', form, signal, bodiless: true } as const;
    await patiently(() => connection.call(call), signal);
  };

  return {
    origin: connection.origin,
    environment,
    ...createAuditCalls(get, connection.origin),
    switches: createSwitchCalls((call) => patiently(() => identified(call), call.signal)),
    exchange: async (request = {}, { signal, withoutWaiting = false, onVended } = {}) => {
      const last = typeof withoutWaiting === 'boolean' ? undefined : withoutWaiting;
      const call = { method: 'POST', path: '/v1/tokens', body: request, signal } as const;
      const { body, serverTime } = await patiently(() => identified(call), signal, last);
      try {
        const token = readDatabaseToken(body, connection.origin);
        onVended?.(token);
        if (withoutWaiting !== true) {
          await waitUntilUsable(token, serverTime ?? environment.now(), environment, { signal, last });
        }
        return token;
      } catch (error) {
        // Nobody will ever hold it.
        const { lease } = (body ?? {}) as { readonly lease?: unknown };
        if (typeof lease === 'string') await revoke(lease).catch(() => {});
        throw error;
      }
    },
    revoke,
    revokeByName: async (name, { signal } = {}) => {
      if (!name.startsWith(NAME_PREFIX)) throw noName(credentialIn(name));
      const path = `/v1/tokens/${encodeURIComponent(name)}`;
      const { status } = await patiently(() => identified({ method: 'DELETE', path, signal, bodiless: true }), signal);
      return status === 202 ? 'pending' : 'revoked';
    },
    list: async function* ({ all, rule, instance } = {}, { signal, onIncomplete } = {}) {
      let cursor: string | null = null;
      let pages = 0;
      do {
        const query = new URLSearchParams();
        if (all === true) query.set('all', 'true');
        if (rule !== undefined) query.set('rule', rule);
        if (instance !== undefined) query.set('instance', instance);
        if (cursor !== null) query.set('cursor', cursor);
        const path = query.size === 0 ? '/v1/tokens' : `/v1/tokens?${query}`;
        const page = readPage(await get(path, signal));
        if (page === null || ++pages > MAX_PAGES) {
          const detail = `The server at ${connection.origin} gave a list that has no end or is none.`;
          throw new StsError({ reason: 'service_unreadable', detail, retryable: false });
        }
        if (page.incomplete.length > 0) onIncomplete?.(page.incomplete);
        yield* page.tokens;
        cursor = page.cursor;
      } while (cursor !== null);
    },
    whoami: async ({ signal } = {}) => (await get('/v1/whoami', signal)) as WhoAmI,
    explain: async (request = {}, { signal } = {}) => {
      const call = { method: 'POST', path: '/v1/explain', body: request, signal } as const;
      return (await patiently(() => identified(call), signal)).body as Explanation;
    },
  };
}

/** The audience in the service's metadata, if it is the service's own address. */
async function publishedAudience({ origin, call }: Connection, signal: AbortSignal): Promise<string> {
  const { body } = await call({ method: 'GET', path: METADATA, signal });
  const metadata = (body ?? {}) as { readonly issuer?: unknown; readonly audience?: unknown };
  const unknown = (detail: string) => new StsError({ reason: 'audience_unknown', detail, retryable: false });
  // RFC 8414 section 3.3.
  if (metadata.issuer !== origin) throw unknown(`The metadata of ${origin} is not its own.`);
  const named = metadata.audience;
  if (typeof named !== 'string' || !isPrintable(named)) {
    throw unknown(`The service at ${origin} names no audience; say yourself which audience to ask for.`);
  }
  if (!URL.canParse(named) || new URL(named).origin !== origin) {
    throw unknown(
      `The service at ${origin} asks for tokens for ${JSON.stringify(named)}, which is not its own address. If that is right, name this audience yourself.`,
    );
  }
  return named;
}

function isPrintable(text: string): boolean {
  return /^[\x21-\x7e]{1,1024}$/.test(text);
}

/** @param serverTime the clock to which `usable_after` refers. */
async function waitUntilUsable(
  { usable_after, expires_in }: DatabaseToken,
  serverTime: number,
  environment: ClientEnvironment,
  { signal, last }: { readonly signal: AbortSignal | undefined; readonly last: AbortSignal | undefined },
): Promise<void> {
  if (usable_after === null || last?.aborted) return;
  // A wrong clock must not make us wait longer than the token lives.
  const wait = Math.min(Date.parse(usable_after) - serverTime, expires_in * 1000);
  if (!(wait > 0)) return;
  const ends = [signal, last].filter((one) => one !== undefined);
  await sleep(wait, environment, AbortSignal.any(ends)).catch(() => {});
  if (signal?.aborted) throw aborted(signal);
}
