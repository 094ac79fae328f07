// InfluxDB 3 Enterprise's token endpoints, called with an instance's admin token. Each call is one bounded request. Its answer is sorted
// into what InfluxDB definitely did, definitely refused, or left unknown. The admin token never leaves this closure.

import { withinDeadline } from '../foundation/deadline.ts';
import { isJsonObject, type JsonObject, parseJson } from '../foundation/json.ts';
import { equalInConstantTime } from '../foundation/keyring.ts';
import { credentialIn } from '../foundation/misplaced-credential.ts';
import { type Answer, type OutboundFault, send } from '../foundation/outbound.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { type AdminToken, listedHash } from './admin-token.ts';
import { describeRefusal, type RefusalWords, unknownResource } from './refusal-words.ts';

/** A create or a delete is one catalogue write; if it takes longer than this, there is an outage. */
export const UPSTREAM_TIMEOUT_MS = 10_000;
/** A created token's record is below 500 bytes. */
export const MAX_ANSWER_BYTES = 16 * 1024;
/** A row of a listing is below 400 bytes; the longest listing asks for five thousand names, some of which may not be ours. */
const MAX_LISTING_BYTES = 8 * 1024 * 1024;

/** The body of `POST /api/v3/enterprise/configure/token`. */
export interface CreateTokenRequest {
  readonly token_name: string;
  readonly permissions: readonly {
    readonly resource_type: 'db' | 'system';
    readonly resource_names: readonly string[];
    readonly actions: readonly string[];
  }[];
  /** Whole seconds, at least 1: InfluxDB takes a missing one for "for ever" and 0 for "expired". */
  readonly expiry_secs: number;
}

/** The content of a 201, not yet checked against the request. */
export interface CreatedToken {
  readonly name: string;
  readonly token: string;
  /** RFC 3339, as InfluxDB writes them. */
  readonly createdAt: string;
  readonly expiry: string;
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly created: CreatedToken }
  /** InfluxDB has refused, and created nothing. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly words: RefusalWords;
      /** The resource that InfluxDB does not know; only for comparisons. */
      readonly unknownResource: string | null;
    }
  /** Something may have been created: `unreachable` without an answer, `unreadable` with one that we cannot trust. */
  | { readonly kind: 'unknown'; readonly why: 'unreachable' | 'unreadable' };

/**
 * `not_found` from one node of a cluster does not mean that no node knows it; `refused`: InfluxDB does not accept the admin token.
 */
export type DeleteOutcome = 'deleted' | 'not_found' | 'refused' | 'failed';

/** A row of a query's answer, unchecked: InfluxDB leaves null columns out. */
export type Row = JsonObject;

export interface InfluxClient {
  /** The server that it calls. */
  readonly url: string;
  readonly createToken: (request: CreateTokenRequest) => Promise<CreateOutcome>;
  readonly deleteToken: (name: string) => Promise<DeleteOutcome>;
  /** Runs SQL on the `_internal` database; null when InfluxDB did not answer it. */
  readonly query: (
    sql: string,
    parameters: Readonly<Record<string, string>>,
  ) => Promise<readonly Row[] | RefusedAdminToken | null>;
  /** The admin token in use, from InfluxDB's catalogue; null when InfluxDB did not answer or does not know it. */
  readonly describeAdminToken: () => Promise<AdminToken | RefusedAdminToken | null>;
}

/** InfluxDB does not accept the token, or not as an admin token. */
export type RefusedAdminToken = 'refused';

export interface InfluxClientOptions {
  readonly url: string;
  /** Tried in this order: if InfluxDB does not accept one, as during a rotation, the next is tried. */
  readonly adminTokens: readonly string[];
  /** Those of every instance: none of them is ever taken for a token that was made. */
  readonly neverMade?: readonly string[];
}

export function createInfluxClient(
  options: InfluxClientOptions,
  runtime: Pick<Runtime, 'fetch' | 'after'>,
): InfluxClient {
  // The token that InfluxDB accepted last is tried first, so that a rotation costs one request and not one per call.
  let preferred = 0;

  async function call(
    method: string,
    path: string,
    body?: unknown,
    maxBytes = MAX_ANSWER_BYTES,
  ): Promise<Answer | OutboundFault> {
    const attempts = callWithAny(method, path, body, maxBytes);
    // Two attempts must not take longer than one, because code that waits for a late commit relies on that.
    if (options.adminTokens.length === 1) return attempts;
    return (await withinDeadline(attempts, UPSTREAM_TIMEOUT_MS, runtime)) ?? 'timeout';
  }

  async function callWithAny(
    method: string,
    path: string,
    body: unknown,
    maxBytes: number,
  ): Promise<Answer | OutboundFault> {
    let answer: Answer | OutboundFault = 'network';
    for (let tried = 0; tried < options.adminTokens.length; tried++) {
      const at = (preferred + tried) % options.adminTokens.length;
      answer = await callWith(options.adminTokens[at]!, method, path, body, maxBytes);
      if (typeof answer === 'string' || !isRefusedCredential(answer)) {
        preferred = at;
        break;
      }
    }
    return answer;
  }

  async function callWith(
    token: string,
    method: string,
    path: string,
    body?: unknown,
    maxBytes = MAX_ANSWER_BYTES,
  ): Promise<Answer | OutboundFault> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const bounds = { timeoutMs: UPSTREAM_TIMEOUT_MS, maxBytes };
    const outbound = await send(runtime, options.url + path, init, bounds);
    return outbound.ok ? outbound.answer : outbound.fault;
  }

  const query: InfluxClient['query'] = async (sql, parameters) => {
    const body = { db: '_internal', q: sql, params: parameters, format: 'json' };
    return readRows(await call('POST', '/api/v3/query_sql', body, MAX_LISTING_BYTES));
  };

  async function findByToken(at: number) {
    const hash = await listedHash(options.adminTokens[at]!);
    const rows = await query('SELECT name, hash, expiry FROM system.tokens WHERE hash = $hash', { hash });
    return Array.isArray(rows) ? rows.filter((row) => row.hash === hash) : rows;
  }

  return {
    url: options.url,
    createToken: async (request) => {
      const outcome = readCreate(await call('POST', '/api/v3/enterprise/configure/token', request));
      return withoutAdminToken(outcome, options.neverMade ?? options.adminTokens);
    },
    deleteToken: async (name) =>
      readDelete(await call('DELETE', `/api/v3/configure/token?token_name=${encodeURIComponent(name)}`), name),
    query,
    describeAdminToken: async () => {
      const asked = preferred;
      let rows = await findByToken(asked);
      // InfluxDB may have accepted another token than the one that was searched for.
      if (preferred !== asked) rows = await findByToken(preferred);
      if (rows === null || rows === 'refused') return rows;
      const [row] = rows;
      // It is shown to operators, so it must not be a credential that a gateway sent back.
      if (typeof row?.name !== 'string' || credentialIn(row.name) !== null) return null;
      return { name: row.name, expiry: typeof row.expiry === 'string' ? row.expiry : null };
    },
  };
}

/** By InfluxDB's own words, because a gateway's 401 or 403 says nothing about what InfluxDB has done. */
export function isRefusedCredential({ status, body }: Answer): boolean {
  if (status === 401) return body.includes('not authenticated');
  return status === 403 && (body === '' || body.includes('unauthorized'));
}

/** Statuses with which InfluxDB says that it has done nothing. */
const DEFINITE_REFUSALS: readonly number[] = [400, 401, 403, 404, 413, 415];
/** InfluxDB reports an unusable permission as a server error. */
const PERMISSION_REFUSED = 'cannot parse token permission, ';

/** Sorts the answer to a create, of a database token or of an admin token. */
export function readCreate(answer: Answer | OutboundFault): CreateOutcome {
  if (answer === 'timeout' || answer === 'network') return { kind: 'unknown', why: 'unreachable' };
  if (typeof answer === 'string' || looksLikeHtml(answer)) return { kind: 'unknown', why: 'unreadable' };
  if (answer.status === 201) {
    const created = readCreated(answer.body);
    return created === null ? { kind: 'unknown', why: 'unreadable' } : { kind: 'created', created };
  }
  const credential = answer.status === 401 || answer.status === 403;
  if (credential && !isRefusedCredential(answer)) return { kind: 'unknown', why: 'unreadable' };
  const refused =
    DEFINITE_REFUSALS.includes(answer.status) || (answer.status === 500 && answer.body.startsWith(PERMISSION_REFUSED));
  if (refused) {
    const { status, body } = answer;
    return { kind: 'refused', status, words: describeRefusal(body), unknownResource: unknownResource(body) };
  }
  return { kind: 'unknown', why: answer.status >= 500 || answer.status === 429 ? 'unreachable' : 'unreadable' };
}

/** A server that echoes one of our credentials, in any case, has made nothing, and its answer must not be handed out. */
export function withoutAdminToken(outcome: CreateOutcome, adminTokens: readonly string[]): CreateOutcome {
  if (outcome.kind !== 'created') return outcome;
  const encode = (text: string) => new TextEncoder().encode(text.toLowerCase());
  const token = encode(outcome.created.token);
  const ours = adminTokens.filter((own) => equalInConstantTime(encode(own), token));
  return ours.length === 0 ? outcome : { kind: 'unknown', why: 'unreadable' };
}

/** A gateway's page does not come from InfluxDB, whatever its status says. */
export function looksLikeHtml(answer: Answer): boolean {
  return answer.contentType.toLowerCase().includes('html') || answer.body.trimStart().startsWith('<');
}

/** Recognised by its shape, because the documented content type of this answer is not a media type. */
function readCreated(body: string): CreatedToken | null {
  const json = parseJson(body);
  if (!json.ok || !isJsonObject(json.value)) return null;
  const { name, token, created_at: createdAt, expiry } = json.value;
  if (
    typeof name !== 'string' ||
    typeof token !== 'string' ||
    typeof createdAt !== 'string' ||
    typeof expiry !== 'string'
  ) {
    return null;
  }
  return { name, token, createdAt, expiry };
}

function readRows(answer: Answer | OutboundFault): readonly Row[] | RefusedAdminToken | null {
  if (typeof answer === 'string') return null;
  if (isRefusedCredential(answer)) return 'refused';
  if (answer.status !== 200) return null;
  const json = parseJson(answer.body);
  return json.ok && Array.isArray(json.value) && json.value.every(isJsonObject) ? json.value : null;
}

/** InfluxDB's 404 quotes the name. The 404 of a gateway without a route does not, and says nothing about the token. */
function readDelete(answer: Answer | OutboundFault, name: string): DeleteOutcome {
  if (typeof answer === 'string' || looksLikeHtml(answer)) return 'failed';
  if (answer.status === 200) return 'deleted';
  if (isRefusedCredential(answer)) return 'refused';
  return answer.status === 404 && answer.body.includes(name) ? 'not_found' : 'failed';
}
