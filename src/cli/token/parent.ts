// Notices that the process which started this one has ended. A shell that is in between, as npx puts one there, dies of a signal without
// passing it on: its death is then all that we hear of the signal.

import { FIRST_PARENT } from './early-signals.ts';

/** What a leaked token may live longer for, against the cost of a look, which is one system call. */
const LOOK_MS = 200;

/**
 * Gives back how to stop watching. It keeps no process alive. Once the parent is dead, ours is the machine's first process, or another that
 * takes in orphans. The same is true of a process that was started by that one, or detached on purpose, so only a change counts.
 */
export function watchParent(onDeath: () => void): () => void {
  const timer = setInterval(() => {
    if (process.ppid === FIRST_PARENT) return;
    clearInterval(timer);
    onDeath();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}
