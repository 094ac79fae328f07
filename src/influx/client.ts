// InfluxDB 3 Enterprise's token endpoints, called with an instance's admin token. Each call is one bounded request whose answer is
// sorted into what InfluxDB definitely did, definitely refused, or left unknown. The admin token never leaves this closure.

import { isJsonObject, parseJson } from '../json.ts';
import { type Answer, type OutboundFault, send } from '../outbound.ts';
import type { Runtime } from '../runtime.ts';

/** A create and a delete are each one catalogue write; more than this is an outage. */
export const UPSTREAM_TIMEOUT_MS = 10_000;
/** A created token's record is below 500 bytes. */
const MAX_ANSWER_BYTES = 16 * 1024;

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

/** What a 201 holds, unchecked against what was asked. */
export interface CreatedToken {
  readonly name: string;
  readonly token: string;
  /** RFC 3339, as InfluxDB writes them. */
  readonly createdAt: string;
  readonly expiry: string;
}

export type CreateOutcome =
  | { readonly kind: 'created'; readonly created: CreatedToken }
  /** InfluxDB has said no, and nothing was created. */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** Something may have been created: `unreachable` without an answer, `unreadable` with one that we cannot trust. */
  | { readonly kind: 'unknown'; readonly why: 'unreachable' | 'unreadable' };

/** `gone` when InfluxDB has deleted it or does not know it. */
export type DeleteOutcome = 'deleted' | 'not_found' | 'failed';

export interface InfluxClient {
  readonly createToken: (request: CreateTokenRequest) => Promise<CreateOutcome>;
  readonly deleteToken: (name: string) => Promise<DeleteOutcome>;
}

export interface InfluxClientOptions {
  readonly url: string;
  /** Tried in this order; the next one when InfluxDB does not accept the one before, as during a rotation. */
  readonly adminTokens: readonly string[];
}

export function createInfluxClient(
  options: InfluxClientOptions,
  runtime: Pick<Runtime, 'fetch' | 'after'>,
): InfluxClient {
  // The token that InfluxDB accepted last is tried first, so that a rotation costs one request and not one per call.
  let preferred = 0;

  async function call(method: string, path: string, body?: unknown): Promise<Answer | OutboundFault> {
    let answer: Answer | OutboundFault = 'network';
    for (let tried = 0; tried < options.adminTokens.length; tried++) {
      const at = (preferred + tried) % options.adminTokens.length;
      answer = await callWith(options.adminTokens[at]!, method, path, body);
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
  ): Promise<Answer | OutboundFault> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const bounds = { timeoutMs: UPSTREAM_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
    const outbound = await send(runtime, options.url + path, init, bounds);
    return outbound.ok ? outbound.answer : outbound.fault;
  }

  /** A gateway that complains of a request may echo its headers. */
  function redact(outcome: CreateOutcome): CreateOutcome {
    if (outcome.kind !== 'refused') return outcome;
    const message = options.adminTokens.reduce(
      (text, token) => text.replaceAll(token, '[admin token]'),
      outcome.message,
    );
    return { ...outcome, message };
  }

  return {
    createToken: async (request) =>
      redact(readCreate(await call('POST', '/api/v3/enterprise/configure/token', request))),
    deleteToken: async (name) =>
      readDelete(await call('DELETE', `/api/v3/configure/token?token_name=${encodeURIComponent(name)}`)),
  };
}

function isRefusedCredential(answer: Answer): boolean {
  return !looksLikeHtml(answer) && (answer.status === 401 || answer.status === 403);
}

/** Statuses with which InfluxDB says that it has done nothing. */
const DEFINITE_REFUSALS: readonly number[] = [400, 401, 403, 404, 413, 415];
/** InfluxDB reports a permission that it cannot use as a server error. */
const PERMISSION_REFUSED = 'cannot parse token permission, ';

function readCreate(answer: Answer | OutboundFault): CreateOutcome {
  if (answer === 'timeout' || answer === 'network') return { kind: 'unknown', why: 'unreachable' };
  if (typeof answer === 'string' || looksLikeHtml(answer)) return { kind: 'unknown', why: 'unreadable' };
  if (answer.status === 201) {
    const created = readCreated(answer.body);
    return created === null ? { kind: 'unknown', why: 'unreadable' } : { kind: 'created', created };
  }
  const refused =
    DEFINITE_REFUSALS.includes(answer.status) || (answer.status === 500 && answer.body.startsWith(PERMISSION_REFUSED));
  if (refused) return { kind: 'refused', status: answer.status, message: answer.body };
  return { kind: 'unknown', why: answer.status >= 500 || answer.status === 429 ? 'unreachable' : 'unreadable' };
}

/** A gateway's page, whatever its status says, is no word of InfluxDB's. */
function looksLikeHtml(answer: Answer): boolean {
  return answer.contentType.toLowerCase().includes('html') || answer.body.trimStart().startsWith('<');
}

/** By its shape alone: the documented content type of this answer is not a media type. */
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

function readDelete(answer: Answer | OutboundFault): DeleteOutcome {
  if (typeof answer === 'string' || looksLikeHtml(answer)) return 'failed';
  if (answer.status === 200) return 'deleted';
  return answer.status === 404 ? 'not_found' : 'failed';
}
