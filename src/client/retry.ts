// Retries when that may help: only after what the service calls retryable, or after no answer at all, a few times, with growing pauses. The
// pauses are random, so that many callers never come back at once.

import { aborted } from './connection.ts';
import { type ClientEnvironment, sleep } from './environment.ts';
import { StsError } from './error.ts';
import { plain } from './plain.ts';

/** An attempt that failed, and how long until the next. */
export interface Retry {
  readonly error: StsError;
  /** The attempts made so far. */
  readonly made: number;
  readonly attempts: number;
  readonly pauseMs: number;
}

/** One line for a person. */
export function describeRetry({ error, made, attempts, pauseMs }: Retry): string {
  const pause = (pauseMs / 1000).toFixed(1);
  return plain(`attempt ${made} of ${attempts}: ${error.reason}: ${error.detail} Asking again in ${pause} s.`);
}

interface RetryOptions {
  /** How often to try in all, at least 1. */
  readonly attempts: number;
  readonly signal?: AbortSignal | undefined;
  /** Once it aborts, no attempt follows the current one. */
  readonly last?: AbortSignal | undefined;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** If the service asks for a longer pause than this, it is down for longer than a caller should wait. */
const LONGEST_RETRY_AFTER_MS = 60_000;

export async function withRetries<T>(
  attempt: () => Promise<T>,
  { attempts, signal, last, onRetry }: RetryOptions,
  environment: Pick<ClientEnvironment, 'after' | 'chance'>,
): Promise<T> {
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (error) {
      if (signal?.aborted) throw aborted(signal);
      if (!(error instanceof StsError) || !error.retryable || made >= attempts) throw error;
      const asked = (error.retryAfter ?? 0) * 1000;
      if (asked > LONGEST_RETRY_AFTER_MS) throw error;
      const longest = Math.min(FIRST_PAUSE_MS * 2 ** (made - 1), LONGEST_PAUSE_MS);
      const pauseMs = asked + longest * environment.chance();
      if (last?.aborted) throw error;
      onRetry?.({ error, made, attempts, pauseMs });
      const ends = [signal, last].filter((one) => one !== undefined);
      await sleep(pauseMs, environment, AbortSignal.any(ends)).catch(() => {});
      if (signal?.aborted) throw aborted(signal);
      if (last?.aborted) throw error;
    }
  }
}
