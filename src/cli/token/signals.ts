// The signals that ask this process to end, or that are meant for the command it runs: caught, kept until there is such a command, and
// then passed on. The death of our parent counts as SIGTERM.

import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { takeEarlySignal } from './early-signals.ts';
import { watchParent } from './parent.ts';
import { sendToAll } from './remnants.ts';

export interface Signals {
  /** The first that came while there was no command. */
  readonly early: Promise<NodeJS.Signals>;
  /** @param mark tells what the command has started, see `remnants.ts`. */
  readonly passTo: (child: ChildProcess, mark: string) => void;
  /** Whether one came that asks for the end. */
  readonly endAsked: () => boolean;
  /** From now on they do again what they usually do. */
  readonly release: () => void;
}

/** Of the terminal's keys. */
const KEYS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const OTHERS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
/** What a program may do with as it likes. */
const MESSAGES: readonly NodeJS.Signals[] = ['SIGUSR1', 'SIGUSR2'];
/** What a command gets to end in, once nobody is left who would end it by force: as long as Docker and Buildkite give. */
const ORPHANED_GRACE_MS = 10_000;

/** @param onOrphaned told that our parent has died. */
export function catchSignals(onOrphaned: () => void): Signals {
  let command: { readonly child: ChildProcess; readonly mark: string } | null = null;
  let missed: NodeJS.Signals | null = null;
  let endAsked = false;
  let force: NodeJS.Timeout | undefined;
  let tell: (signal: NodeJS.Signals) => void;
  const early = new Promise<NodeJS.Signals>((resolve) => {
    tell = resolve;
  });
  // A terminal sends what its keys mean to the command as well, which is of our process group; twice would be once too often for
  // programs that take the second Ctrl-C for impatience.
  const keysReachBoth = hasTerminal();
  const receive = (signal: NodeJS.Signals) => {
    endAsked ||= !MESSAGES.includes(signal);
    if (command === null) {
      missed ??= signal;
      tell(signal);
    } else pass(signal, command);
  };
  const pass = (signal: NodeJS.Signals, { child, mark }: NonNullable<typeof command>) => {
    const key = KEYS.includes(signal);
    if (key && keysReachBoth) return;
    child.kill(signal);
    if (key) sendToAll(mark, signal, child.pid);
  };
  const all = [...KEYS, ...OTHERS];
  for (const signal of all) process.on(signal, receive);
  const kept = takeEarlySignal();
  if (kept !== null) receive(kept);
  const unwatch = watchParent(() => {
    onOrphaned();
    receive('SIGTERM');
    force = setTimeout(() => command?.child.kill('SIGKILL'), ORPHANED_GRACE_MS).unref();
  });
  return {
    early,
    endAsked: () => endAsked,
    passTo: (child, mark) => {
      command = { child, mark };
      // It came in the moment in which the command was started.
      if (missed !== null) pass(missed, command);
    },
    release: () => {
      unwatch();
      clearTimeout(force);
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
