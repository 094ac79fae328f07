// What happens to this process before its command is loaded, which takes a tenth of a second: the first signal is kept and the parent is
// noted, because a signal that found no handler would be lost on process 1 of a container. It imports nothing, and decides nothing.

/** A parent that is another one later has ended. */
export const FIRST_PARENT = process.ppid;

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP'];

let first: NodeJS.Signals | null = null;
const keep = (signal: NodeJS.Signals) => {
  first ??= signal;
};
for (const signal of SIGNALS) process.on(signal, keep);

/** From now on signals are for others to catch, or do what they usually do. Gives back the first that came. */
export function takeEarlySignal(): NodeJS.Signals | null {
  for (const signal of SIGNALS) process.off(signal, keep);
  return first;
}
