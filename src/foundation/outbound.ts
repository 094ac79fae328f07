// One outbound HTTP request, bounded on every side: time, size, no redirects. It never throws and never interprets the answer.

import { withinDeadline } from './deadline.ts';
import type { Runtime } from './runtime.ts';

export interface Bounds {
  /** For the whole exchange, the body included. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** `timeout` and `network` are no answer at all; the others are answers that we refuse to follow or to read. */
export type OutboundFault = 'timeout' | 'network' | 'redirect' | 'too_large' | 'not_text';

export type Outbound =
  | { readonly ok: true; readonly answer: Answer }
  | {
      readonly ok: false;
      readonly fault: OutboundFault;
      /** The status of a redirect, or what the platform says of the network. */
      readonly detail?: string;
    };

/** On a timeout the request is aborted: the platform opens few connections at a time, and one that hangs would keep its place. */
export async function send(
  runtime: Pick<Runtime, 'fetch' | 'after'>,
  url: string,
  init: RequestInit,
  bounds: Bounds,
): Promise<Outbound> {
  const controller = new AbortController();
  const attempt = exchange(runtime, url, { ...init, signal: controller.signal }, bounds);
  const outbound = await withinDeadline(attempt, bounds.timeoutMs, runtime);
  if (outbound !== null) return outbound;
  controller.abort();
  return { ok: false, fault: 'timeout' };
}

async function exchange(
  runtime: Pick<Runtime, 'fetch'>,
  url: string,
  init: RequestInit,
  bounds: Bounds,
): Promise<Outbound> {
  try {
    // workerd throws on `redirect: 'error'`, so redirects are taken as they are and refused by their status.
    const response = await runtime.fetch(url, { ...init, redirect: 'manual' });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      return { ok: false, fault: 'redirect', detail: String(response.status) };
    }
    const body = await readBounded(response, bounds.maxBytes);
    if (!body.ok) {
      // What was read to its end can no longer be cancelled.
      await response.body?.cancel().catch(() => {});
      return body;
    }
    const contentType = response.headers.get('content-type') ?? '';
    return { ok: true, answer: { status: response.status, contentType, body: body.text } };
  } catch (error) {
    return { ok: false, fault: 'network', ...causeOf(error) };
  }
}

/** Node.js names a code behind a general message; workerd has a sentence. */
function causeOf(error: unknown): { readonly detail?: string } {
  const { cause, message } = (error ?? {}) as {
    readonly cause?: { readonly code?: unknown };
    readonly message?: unknown;
  };
  const detail = cause?.code ?? message;
  return typeof detail === 'string' && detail !== '' ? { detail: detail.slice(0, MAX_CAUSE_LENGTH) } : {};
}

/** A sentence; the rest would be an address or a trace. */
const MAX_CAUSE_LENGTH = 120;

export type BodyText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly fault: 'too_large' | 'not_text' };

/**
 * Reads a message's body as UTF-8, at most `maxBytes` of it, and leaves the rest of a larger one; rejects only when the connection
 * breaks.
 */
export async function readBounded(message: Request | Response, maxBytes: number): Promise<BodyText> {
  // `body` is touched last: on workerd the stream behind it costs more than the rest of a small read.
  const declared = message.headers.get('content-length');
  // The declared length of a compressed body says nothing of what comes out of it.
  if (declared === null || message.headers.has('content-encoding')) {
    if (message.body === null) return { ok: true, text: '' };
    return readChunks(message.body as ReadableStream<Uint8Array>, maxBytes);
  }
  if (!(Number(declared) <= maxBytes)) return { ok: false, fault: 'too_large' };
  // The declared length bounds the body, so it may be read at once. Bytes that are no UTF-8 come out as U+FFFD, which nothing that
  // we read has a use for, and a byte order mark not at all: then the length tells.
  const text = await message.text();
  if (text.length > maxBytes) return { ok: false, fault: 'too_large' };
  const whole = text.length === Number(declared) || new TextEncoder().encode(text).length === Number(declared);
  return whole && !text.includes('\uFFFD') ? { ok: true, text } : { ok: false, fault: 'not_text' };
}

async function readChunks(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<BodyText> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      reader.releaseLock();
      return { ok: false, fault: 'too_large' };
    }
    chunks.push(value);
  }
  return decodeUtf8(chunks.length === 1 ? chunks[0]! : join(chunks, size));
}

function join(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeUtf8(bytes: Uint8Array): BodyText {
  try {
    return { ok: true, text: strictUtf8.decode(bytes) };
  } catch {
    return { ok: false, fault: 'not_text' };
  }
}
