// Notices that the process which started this one has ended. A shell that is in between, as npx puts one there, dies of a signal without
// passing it on: its death is then all that we hear of the signal.

/** What a leaked token may live longer for, against the cost of a look, which is one system call. */
const LOOK_MS = 200;

/**
 * As early as can be: once it is dead, our parent is the machine's first process, or another that takes in orphans. So is the parent of
 * who was started by that one, or detached on purpose, which is why only a change counts.
 */
const PARENT = process.ppid;

/** Gives back how to stop watching. It keeps no process alive. */
export function watchParent(onDeath: () => void): () => void {
  const timer = setInterval(() => {
    if (process.ppid === PARENT) return;
    clearInterval(timer);
    onDeath();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}
