// Takes in what is left of a request's body once its answer is made. An answer without that cuts the connection of a client that
// is still sending: it may never see the answer, and the proxy of `wrangler dev` ends over it. It keeps nothing of what it reads.

import { withinDeadline } from '../foundation/deadline.ts';
import type { Runtime } from '../foundation/runtime.ts';

/** The platform itself takes no larger request on most plans; the time limit below ends a slow one sooner. */
const MAX_DISCARDED_BYTES = 100 * 1024 * 1024;
/** A client that sends for longer is not waiting for an answer. */
const DISCARD_TIMEOUT_MS = 5_000;

export async function discardUnread({ body }: Request, runtime: Pick<Runtime, 'after'>): Promise<void> {
  // One that was read to its end, or broke, stays locked.
  if (body === null || body.locked) return;
  await withinDeadline(readToNowhere(body as ReadableStream<Uint8Array>), DISCARD_TIMEOUT_MS, runtime);
}

/** Rejects when the body breaks. */
async function readToNowhere(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  let size = 0;
  while (size <= MAX_DISCARDED_BYTES) {
    const { done, value } = await reader.read();
    if (done) return;
    size += value.byteLength;
  }
}
