// Bounds a wait on something that is not an HTTP request of ours: a store that may never answer, another request's fetch.

import type { Runtime } from './runtime.ts';

/** What the work gives, or null when it fails or takes longer than so many milliseconds. */
export async function withinDeadline<T>(
  work: Promise<T>,
  milliseconds: number,
  runtime: Pick<Runtime, 'timeout'>,
): Promise<T | null> {
  const signal = runtime.timeout(milliseconds);
  const expired = new Promise<null>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  return Promise.race([work.catch(() => null), expired]);
}
