// One outbound HTTP request, bounded on every side: its time, its size, and no redirects. It never throws, and never interprets the answer
// or the status; its callers do.

import { faultOf } from './network-fault.ts';
import type { Runtime } from './runtime.ts';
import { USER_AGENT } from './version.ts';

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

/** `timeout` and `network` mean no answer at all; the others are answers that we refuse to follow or to read. */
export type OutboundFault = 'timeout' | 'network' | 'redirect' | 'too_large' | 'not_text';

export type Outbound =
  | { readonly ok: true; readonly answer: Answer }
  | {
      readonly ok: false;
      readonly fault: OutboundFault;
      /** The fault in words for an operator; nothing that the other side wrote. */
      readonly detail: string;
      /** Asking again changes nothing. */
      readonly lasting: boolean;
    };

/** What came in the place of an answer. */
export type Unanswered = Extract<Outbound, { readonly ok: false }>;

export interface Sent extends Omit<RequestInit, 'headers'> {
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * On a timeout the request is aborted: the platform opens few connections at a time, and one that hangs would keep its place. One promise,
 * one timer and one controller, because a vend makes a request and each layer more takes several microseconds.
 */
export function send(
  runtime: Pick<Runtime, 'fetch' | 'after'>,
  url: string,
  init: Sent,
  bounds: Bounds,
): Promise<Outbound> {
  return new Promise((resolve) => {
    const controller = new AbortController();
    const cancel = runtime.after(bounds.timeoutMs, () => {
      resolve(timedOut(bounds.timeoutMs));
      controller.abort();
    });
    void exchange(runtime, url, init, controller.signal, bounds).then((outbound) => {
      cancel();
      resolve(outbound);
    });
  });
}

export function timedOut(milliseconds: number): Unanswered {
  return { ok: false, fault: 'timeout', detail: `no answer within ${milliseconds / 1000} s`, lasting: false };
}

/** Never rejects. */
async function exchange(
  runtime: Pick<Runtime, 'fetch'>,
  url: string,
  init: Sent,
  signal: AbortSignal,
  bounds: Bounds,
): Promise<Outbound> {
  try {
    const headers = { 'user-agent': USER_AGENT, ...init.headers };
    // workerd throws on `redirect: 'error'`, so redirects are taken as they are and refused by their status.
    const response = await runtime.fetch(url, { ...init, headers, signal, redirect: 'manual' });
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      return { ok: false, fault: 'redirect', detail: redirectWords(response), lasting: true };
    }
    const body = await readBounded(response, bounds.maxBytes);
    if (!body.ok) {
      // A body that was read to its end can no longer be cancelled.
      await response.body?.cancel().catch(() => {});
      const what = body.fault === 'too_large' ? `larger than ${bounds.maxBytes} bytes` : 'no UTF-8';
      return { ...body, detail: `an answer (status ${response.status}) that is ${what}`, lasting: false };
    }
    const contentType = response.headers.get('content-type') ?? '';
    return { ok: true, answer: { status: response.status, contentType, body: body.text } };
  } catch (error) {
    const { words, lasting } = faultOf(error);
    return { ok: false, fault: 'network', detail: words, lasting };
  }
}

/** Of the address that it names the host alone: the rest of it may hold a credential. */
function redirectWords({ status, headers, url }: Response): string {
  const location = headers.get('location') ?? '';
  const base = url === '' ? 'https://this-host.invalid' : url;
  const host = URL.canParse(location, base) ? new URL(location, base).host : '';
  const elsewhere = host === '' || host === new URL(base).host ? '' : ` to ${host.slice(0, 100)}`;
  return `a redirect (status ${status})${elsewhere}, which is not followed`;
}

export type BodyText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly fault: 'too_large' | 'not_text' };

/**
 * Reads a message's body as UTF-8, at most `maxBytes` of it, and leaves the rest of a larger one; rejects only when the connection
 * breaks.
 */
export async function readBounded(message: Request | Response, maxBytes: number): Promise<BodyText> {
  // Touch `body` last: on workerd, its stream costs more than the rest of a small read.
  const declared = message.headers.get('content-length');
  // The declared length of a compressed body says nothing about its decompressed length.
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
