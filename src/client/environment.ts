// What a client takes from the platform: network, clock, randomness and timers. The defaults need only the web's own functions; tests bring
// their own. It never reads environment variables.

export interface ClientEnvironment {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** From 0 up to, but not including, 1. It spreads requests in time and protects nothing. */
  readonly chance: () => number;
  /**
   * Calls `action` after so many milliseconds, unless the returned function is called before.
   * @param background a program that has nothing else to do does not wait for it.
   */
  readonly after: (milliseconds: number, action: () => void, background?: boolean) => () => void;
}

export const webEnvironment: ClientEnvironment = {
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  chance: () => Math.random(),
  after: (milliseconds, action, background = false) => {
    const timer = setTimeout(action, milliseconds);
    // Where a timer is an object, as in Node, it keeps the program running.
    if (background) (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer);
  },
};

/** Waits, or rejects as soon as the signal aborts. */
export function sleep(
  milliseconds: number,
  { after }: Pick<ClientEnvironment, 'after'>,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel();
      reject(signal?.reason);
    };
    const cancel = after(milliseconds, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
  });
}
