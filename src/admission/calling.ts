// How an object that keeps state is called: within a time, and once more where that may help. It never rejects.

import { withinDeadline } from '../foundation/deadline.ts';
import type { Runtime } from '../foundation/runtime.ts';

/**
 * Calls an object, and once more through a fresh stub where the platform says that this may help. Null when it did not answer in time.
 * @param stub the object by its name, a new stub each time.
 */
export function callObject<One, T>(
  stub: () => One,
  work: (one: One) => Promise<T>,
  milliseconds: number,
  runtime: Pick<Runtime, 'after'>,
): Promise<T | null> {
  let again = true;
  const attempt = async (): Promise<T> => {
    try {
      return await work(stub());
    } catch (error) {
      if (!again || !mayRetry(error)) throw error;
      again = false;
      return attempt();
    }
  };
  return withinDeadline(attempt(), milliseconds, runtime);
}

/** A superseded or unreachable object may answer through a fresh stub; one that is overloaded must not be asked again. */
function mayRetry(error: unknown): boolean {
  const { retryable, overloaded } = error as { readonly retryable?: unknown; readonly overloaded?: unknown };
  return retryable === true && overloaded !== true;
}
