// The environment of a client, until somebody ends it: from then on, nothing that is still under way keeps the process alive. It never ends
// the process itself.

import { type ClientEnvironment, webEnvironment } from '../../client/environment.ts';

export interface EndingEnvironment {
  readonly environment: ClientEnvironment;
  readonly end: () => void;
}

export function createEndingEnvironment(): EndingEnvironment {
  const over = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  return {
    environment: {
      ...webEnvironment,
      fetch: (url, init) => {
        const signals = init.signal ? [init.signal, over.signal] : [over.signal];
        return webEnvironment.fetch(url, { ...init, signal: AbortSignal.any(signals) });
      },
      after: (milliseconds, action, background = false) => {
        const timer = setTimeout(() => {
          timers.delete(timer);
          action();
        }, milliseconds);
        timers.add(timer);
        if (background || over.signal.aborted) timer.unref();
        return () => {
          timers.delete(timer);
          clearTimeout(timer);
        };
      },
    },
    end: () => {
      over.abort();
      for (const timer of timers) timer.unref();
    },
  };
}
