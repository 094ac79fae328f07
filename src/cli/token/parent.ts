// Notices that the process which started this one has ended. A shell in between, such as npx starts, dies of a signal without passing it
// on: its death is then the only trace of the signal. It never stops the process itself.

/** A longer pause lets a leaked token live longer; a shorter one costs more checks, of one system call each. */
const LOOK_MS = 200;

/**
 * Read as early as possible. Once the parent is dead, our parent is the machine's first process, or another one that adopts orphans. A
 * process that such a parent started, or that was detached on purpose, has it from the beginning, so only a change counts.
 */
const PARENT = process.ppid;

/** Returns a function that stops watching. It keeps no process alive. */
export function watchParent(onDeath: () => void): () => void {
  const timer = setInterval(() => {
    if (process.ppid === PARENT) return;
    clearInterval(timer);
    onDeath();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}
