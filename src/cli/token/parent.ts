// Notices that the process which started this one has ended. A shell in between, such as npx starts, dies of a signal without passing it
// on: its death is then the only trace of the signal. It never stops the process itself.

import { FIRST_PARENT } from './early-signals.ts';

/** A longer pause lets a leaked token live longer; a shorter one costs more checks, of one system call each. */
const LOOK_MS = 200;

/**
 * Returns a function that stops watching. It keeps no process alive. Once the parent is dead, our parent is the machine's first process, or
 * another one that adopts orphans. The same is true of a process that such a parent started, or that was detached on purpose, so only a
 * change counts.
 */
export function watchParent(onDeath: () => void): () => void {
  const timer = setInterval(() => {
    if (process.ppid === FIRST_PARENT) return;
    clearInterval(timer);
    onDeath();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}
