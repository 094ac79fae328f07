// What a client takes from the platform: network, clock, randomness and timers. The defaults need only the web's own functions; tests bring
// their own. It never reads environment variables.

import { USER_AGENT } from '../foundation/version.ts';

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

/** A browser says itself who it is, and would ask every server first whether a page may say it. */
const IN_A_PAGE = 'document' in globalThis || 'WorkerNavigator' in globalThis;

function named(init: RequestInit): RequestInit {
  const headers = new Headers(init.headers);
  if (!headers.has('user-agent')) headers.set('user-agent', USER_AGENT);
  return { ...init, headers };
}

export const webEnvironment: ClientEnvironment = {
  fetch: (url, init) => fetch(url, IN_A_PAGE ? init : named(init)),
  now: () => Date.now(),
  chance: () => Math.random(),
  after: (milliseconds, action, background = false) => {
    const timer = setTimeout(action, milliseconds);
    // Where a timer is an object, as in Node, it keeps the program running.
    if (background) (timer as { unref?: () => void }).unref?.();
    return () => clearTimeout(timer);
  },
};

/** Gives each request its own time, its answer's body included. */
export function boundedFetch({ fetch }: ClientEnvironment, timeoutMs: number): ClientEnvironment['fetch'] {
  return (url, init) => {
    const ends = [init.signal, AbortSignal.timeout(timeoutMs)].filter((one) => one != null);
    return fetch(url, { ...init, signal: AbortSignal.any(ends) });
  };
}

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
