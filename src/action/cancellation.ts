// What a cancelled job demands of the action. The runner sends SIGINT, SIGTERM 7.5 s later, and kills 2.5 s after that. The action gives up
// at once whatever it can. It never gives up a vend that the service may already be carrying out, because only its answer can be revoked.

import type { ClientEnvironment } from '../client/environment.ts';
import type { SubjectTokenSource } from '../client/subject-token.ts';

export interface Cancellation {
  readonly requested: () => boolean;
  /** Aborts once there is nothing left to wait for. */
  readonly signal: AbortSignal;
  /** The same source, which ends with the job. */
  readonly stopping: (source: SubjectTokenSource) => SubjectTokenSource;
  /** The same environment, in which it is noticed whether the service is vending. */
  readonly watching: (environment: ClientEnvironment) => ClientEnvironment;
  /** The result of the vend is known: from here on there is nothing to wait for. */
  readonly settle: () => void;
}

export interface CancellationOptions {
  /** Calls back when the runner wants the job to end. */
  readonly onRequest: (stop: () => void) => void;
  readonly after: ClientEnvironment['after'];
}

/** Leaves the rest of the ten seconds for revoking. */
const PATIENCE_MS = 6_000;
const VEND = { method: 'POST', path: '/v1/tokens' };

export function createCancellation({ onRequest, after }: CancellationOptions): Cancellation {
  const request = new AbortController();
  const giveUp = new AbortController();
  let vending = false;

  onRequest(() => {
    if (request.signal.aborted) return;
    request.abort();
    if (vending) after(PATIENCE_MS, () => giveUp.abort(), true);
    else giveUp.abort();
  });

  function settle(): void {
    vending = false;
    if (request.signal.aborted) giveUp.abort();
  }

  return {
    requested: () => request.signal.aborted,
    signal: giveUp.signal,
    settle,
    stopping: (source) => (context) => {
      request.signal.throwIfAborted();
      return source({ ...context, signal: AbortSignal.any([context.signal, request.signal]) });
    },
    watching: (environment) => ({
      ...environment,
      fetch: async (url, init) => {
        if (init.method !== VEND.method || new URL(url).pathname !== VEND.path) return environment.fetch(url, init);
        request.signal.throwIfAborted();
        vending = true;
        try {
          const response = await environment.fetch(url, init);
          // A success is still to be read.
          if (!response.ok) settle();
          return response;
        } catch (error) {
          settle();
          throw error;
        }
      },
    }),
  };
}
