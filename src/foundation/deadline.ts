// Limits a wait: for an outbound request, for a store that may never answer, for another request's work. It never rejects, and never
// cancels the work itself.

import type { Runtime } from './runtime.ts';

/** The result of the work, or null when it fails or takes longer than the given milliseconds. */
export function withinDeadline<T>(
  work: Promise<T>,
  milliseconds: number,
  runtime: Pick<Runtime, 'after'>,
): Promise<T | null> {
  return new Promise((resolve) => {
    const cancel = runtime.after(milliseconds, () => resolve(null));
    const settle = (value: T | null) => {
      cancel();
      resolve(value);
    };
    work.then(settle, () => settle(null));
  });
}
