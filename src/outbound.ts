// One outbound HTTP request, bounded on every side: time, size, no redirects. It never throws and never interprets the answer.

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
  | { readonly ok: false; readonly fault: OutboundFault };

export async function send(
  runtime: Pick<Runtime, 'fetch' | 'timeout'>,
  url: string,
  init: RequestInit,
  bounds: Bounds,
): Promise<Outbound> {
  const signal = runtime.timeout(bounds.timeoutMs);
  const expired = new Promise<Outbound>((resolve) => {
    signal.addEventListener('abort', () => resolve({ ok: false, fault: 'timeout' }), { once: true });
  });
  // The race is not redundant: a body that trickles may outlive the signal it was fetched with.
  return Promise.race([exchange(runtime, url, init, bounds, signal), expired]);
}

async function exchange(
  runtime: Pick<Runtime, 'fetch'>,
  url: string,
  init: RequestInit,
  bounds: Bounds,
  signal: AbortSignal,
): Promise<Outbound> {
  try {
    // workerd throws on `redirect: 'error'`, so redirects are taken as they are and refused by their status.
    const response = await runtime.fetch(new Request(url, { ...init, signal, redirect: 'manual' }));
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      return { ok: false, fault: 'redirect' };
    }
    const body = await readBounded(response, bounds.maxBytes);
    if (!body.ok) return body;
    const contentType = response.headers.get('content-type') ?? '';
    return { ok: true, answer: { status: response.status, contentType, body: body.text } };
  } catch {
    return { ok: false, fault: signal.aborted ? 'timeout' : 'network' };
  }
}

export type BodyText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly fault: 'too_large' | 'not_text' };

/** Reads a message's body as UTF-8, at most `maxBytes` of it; rejects only when the connection breaks. */
export async function readBounded(message: Request | Response, maxBytes: number): Promise<BodyText> {
  if (message.body === null) return { ok: true, text: '' };
  const declared = Number(message.headers.get('content-length') ?? Number.NaN);
  if (declared > maxBytes) {
    await message.body.cancel();
    return { ok: false, fault: 'too_large' };
  }
  const reader = (message.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
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

function decodeUtf8(bytes: Uint8Array): BodyText {
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { ok: false, fault: 'not_text' };
  }
}
