// One call of the service: bounded in time and size, its answer turned into a value or an `StsError`. It never follows a redirect, because
// that would carry a credential to another place, and never retries.

import { MAX_DEPTH, parseJson } from '../foundation/json.ts';
import { faultOf } from '../foundation/network-fault.ts';
import { type ClientEnvironment, sleep } from './environment.ts';
import { StsError, type StsErrorOptions } from './error.ts';
import { readProblem } from './problem.ts';
import { unusedProxy } from './proxy.ts';

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** Sent as `Authorization: Bearer`. */
  readonly credential?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a form, instead of JSON. */
  readonly form?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  /** An answer without a body says all there is to say. */
  readonly bodiless?: boolean;
}

export interface Reply {
  readonly status: number;
  /** The JSON of the answer; null when it has no body. */
  readonly body: unknown;
  /** The service's clock when it answered, milliseconds since the epoch; null when the answer does not say. */
  readonly serverTime: number | null;
}

export interface Connection {
  /** Scheme, host and port of the service. */
  readonly origin: string;
  /** Rejects with an `StsError` unless the service says that it did what was asked. */
  readonly call: (call: Call) => Promise<Reply>;
}

/** The longest answer is a page of a hundred tokens, or a caller's claims. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** @param timeoutMs for one call, its answer included. */
export function createConnection(url: string, timeoutMs: number, environment: ClientEnvironment): Connection {
  const origin = originOf(url);
  return {
    origin,
    call: async (call) => {
      const controller = new AbortController();
      const give = () => controller.abort(call.signal?.reason);
      if (call.signal?.aborted) give();
      call.signal?.addEventListener('abort', give, { once: true });
      const ended = new AbortController();
      const late = sleep(timeoutMs, environment, ended.signal).then(
        () => controller.abort(),
        () => {},
      );
      try {
        return await exchange(origin, call, controller.signal, environment);
      } catch (error) {
        if (error instanceof StsError) throw error;
        if (call.signal?.aborted) throw aborted(call.signal);
        const late = controller.signal.aborted;
        throw late ? silent(origin, `did not answer within ${timeoutMs / 1000} s`, error) : unreachable(origin, error);
      } finally {
        ended.abort();
        call.signal?.removeEventListener('abort', give);
        await late;
      }
    },
  };
}

/** @param error what `fetch` rejected with. */
function unreachable(origin: string, error: unknown): StsError {
  const { words, lasting } = faultOf(error);
  const proxy = unusedProxy(origin);
  const advice = proxy === null ? '' : `. ${proxy}`;
  return silent(origin, `cannot be reached: ${words}${advice}`, error, !lasting);
}

function silent(origin: string, problem: string, cause: unknown, retryable = true): StsError {
  const detail = `The service at ${origin} ${problem}.`;
  return new StsError({ reason: 'service_unreachable', detail, retryable, cause });
}

export function aborted(signal: AbortSignal): StsError {
  return new StsError({ reason: 'aborted', detail: 'The caller gave up.', retryable: false, cause: signal.reason });
}

/** Credentials travel by https only, or to this very machine. */
function originOf(url: string): string {
  // A program in plain JavaScript may have read it from an unset variable.
  if (typeof url !== 'string' || !URL.canParse(url)) {
    throw new TypeError('url is missing or no URL; write https://sts.example.com');
  }
  const { origin, protocol, hostname, pathname, search, hash, username, password } = new URL(url);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol !== 'https:' && !(protocol === 'http:' && loopback)) {
    throw new TypeError(
      'The address of the service is not https; write https://sts.example.com (http is for this machine only).',
    );
  }
  if (pathname !== '/' || [search, hash, username, password].some((part) => part !== '')) {
    throw new TypeError(`The address of the service is more than a host; it would be ${origin}.`);
  }
  return origin;
}

async function exchange(
  origin: string,
  { method, path, credential, body, form, bodiless = false }: Call,
  signal: AbortSignal,
  environment: ClientEnvironment,
): Promise<Reply> {
  const headers: Record<string, string> = { accept: 'application/json, application/problem+json' };
  if (credential !== undefined) headers.authorization = `Bearer ${credential}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (form !== undefined) headers['content-type'] = 'application/x-www-form-urlencoded';
  const content = form === undefined ? JSON.stringify(body) : new URLSearchParams(form).toString();
  const init: RequestInit = { method, headers, redirect: 'manual', signal };
  const response = await environment.fetch(origin + path, method === 'POST' ? { ...init, body: content } : init);
  const text = await readBounded(response, origin);
  const date = Date.parse(response.headers.get('date') ?? '');
  const json = text === '' ? null : readJson(text);
  // Something on the way has lost it.
  if (response.ok && text === '' && !bodiless) throw unreadable(origin, 'sent an empty answer', true);
  if (response.ok && json !== undefined) {
    return { status: response.status, body: json, serverTime: Number.isNaN(date) ? null : date };
  }
  throw refusal(origin, response, json);
}

async function readBounded(response: Response, origin: string): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let text = '';
  for (let size = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      await reader.cancel();
      throw unreadable(origin, 'sent an answer that is too large', false);
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** An answer holds a whole token's claims inside objects of its own, and numbers there as the issuer wrote them. */
const ANSWER_LIMITS = { maxDepth: 2 * MAX_DEPTH, keepDigits: true };

/** Undefined where the text is not JSON. */
function readJson(text: string): unknown {
  const json = parseJson(text, ANSWER_LIMITS);
  return json.ok ? json.value : undefined;
}

function refusal(origin: string, response: Response, json: unknown): StsError {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) && seconds >= 0 ? { retryAfter: seconds } : {};
  const problem = readProblem(json);
  if (problem !== null) {
    const { reason, detail, retryable } = problem;
    return new StsError({ reason, detail, retryable, problem, ...retryAfter });
  }
  const { status } = response;
  const what = `gave an answer that is not of this service (status ${status})`;
  return unreadable(origin, what, PASSING.includes(status), retryAfter);
}

/** With these a gateway says that it may pass; 52x and 530 are Cloudflare's, whose 525 and 526 are faults of a certificate. */
const PASSING: readonly number[] = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530];

function unreadable(
  origin: string,
  what: string,
  retryable: boolean,
  retryAfter: Pick<StsErrorOptions, 'retryAfter'> = {},
): StsError {
  const detail = `The server at ${origin} ${what}.`;
  return new StsError({ reason: 'service_unreadable', detail, retryable, ...retryAfter });
}
