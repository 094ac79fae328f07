// Reads the rest of a request's body once its answer is made. Without this, the connection of a client that is still sending would be cut:
// the client may never see the answer, and the proxy of `wrangler dev` fails. It never keeps what it reads.

import { withinDeadline } from '../foundation/deadline.ts';
import type { Runtime } from '../foundation/runtime.ts';

/** On most plans the platform accepts no larger request; the time limit below ends a slow one sooner. */
const MAX_DISCARDED_BYTES = 100 * 1024 * 1024;
/** A client that sends for longer is not waiting for an answer. */
const DISCARD_TIMEOUT_MS = 5_000;

export async function discardUnread({ body }: Request, runtime: Pick<Runtime, 'after'>): Promise<void> {
  // A body that was read to its end, or that broke, stays locked.
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
