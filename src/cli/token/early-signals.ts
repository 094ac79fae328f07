// Watches this process before its command is loaded, which takes a tenth of a second: it keeps the first signal and notes the parent.
// Without a handler, process 1 of a container would lose a signal. It never imports anything and never decides anything.

/** If the parent is another one later, this one has ended. */
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
