// The outside world as the command gives it to the code that it shares with the Worker. It never prints an alarm, because the command
// reports its findings itself.

import type { Runtime } from '../../foundation/runtime.ts';

/** @param unanswered ends requests that nobody waits for any more; they would keep the process alive. */
export function createRuntime(unanswered: AbortSignal): Runtime {
  return {
    fetch: (url, init) => fetch(url, { ...init, signal: unanswered }),
    now: () => Date.now(),
    random: (size) => crypto.getRandomValues(new Uint8Array(size)),
    waitUntil: () => {},
    after: (milliseconds, action) => {
      const timer = setTimeout(action, milliseconds);
      return () => clearTimeout(timer);
    },
    alarm: () => {},
  };
}
