// The signals that ask this process to end, or that are meant for the command it runs: caught, kept until there is such a command, and
// then passed on.

import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';

export interface Signals {
  /** The first that came while there was no command. */
  readonly early: Promise<NodeJS.Signals>;
  readonly passTo: (child: ChildProcess) => void;
  /** From now on they do again what they usually do. */
  readonly release: () => void;
}

/** Of the terminal's keys. */
const KEYS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const OTHERS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];

export function catchSignals(): Signals {
  let child: ChildProcess | null = null;
  let missed: NodeJS.Signals | null = null;
  let tell: (signal: NodeJS.Signals) => void;
  const early = new Promise<NodeJS.Signals>((resolve) => {
    tell = resolve;
  });
  // A terminal sends what its keys mean to the command as well, which is of our process group; twice would be once too often for
  // programs that take the second Ctrl-C for impatience.
  const keysReachBoth = hasTerminal();
  const receive = (signal: NodeJS.Signals) => {
    if (child === null) {
      missed ??= signal;
      tell(signal);
    } else if (!(keysReachBoth && KEYS.includes(signal))) child.kill(signal);
  };
  const all = [...KEYS, ...OTHERS];
  for (const signal of all) process.on(signal, receive);
  return {
    early,
    passTo: (one) => {
      child = one;
      // It came in the moment in which the command was started.
      if (missed !== null) one.kill(missed);
    },
    release: () => {
      for (const signal of all) process.off(signal, receive);
    },
  };
}

/** The exit code by which a shell says that a signal ended a command. */
export function exitForSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** Whether this process belongs to a terminal, wherever its input and output go. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
