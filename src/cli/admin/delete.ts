// Deletes an admin token by its name. In a cluster, a node that has not heard of the token answers 404, so it repeats the request until
// every node must know. It never checks the name: its callers have.

import type { Runtime } from '../../foundation/runtime.ts';
import type { DeleteOutcome } from '../../influx/answer.ts';
import type { Target } from './target.ts';

const ATTEMPTS = 3;
const SHORTEST_PAUSE_MS = 100;

/** The result of the last attempt. */
export async function deleteAdminToken(target: Target, name: string): Promise<DeleteOutcome> {
  return attempt(
    () => target.client.deleteToken(name),
    (outcome) => outcome === 'deleted' || outcome === 'refused',
    target,
  );
}

/** Repeats the work until it is done, a few times at least and in a cluster for two sync intervals. */
export async function attempt<T>(
  work: () => Promise<T>,
  isDone: (outcome: T) => boolean,
  { syncInterval, runtime }: Pick<Target, 'syncInterval' | 'runtime'>,
): Promise<T> {
  const until = runtime.now() + 2 * syncInterval * 1000;
  for (let tried = 1; ; tried++) {
    const outcome = await work();
    if (isDone(outcome) || (tried >= ATTEMPTS && runtime.now() >= until)) return outcome;
    await pause(Math.max(SHORTEST_PAUSE_MS, syncInterval * 100), runtime);
  }
}

export function pause(milliseconds: number, runtime: Pick<Runtime, 'after'>): Promise<void> {
  return new Promise((resolve) => {
    runtime.after(milliseconds, resolve);
  });
}
