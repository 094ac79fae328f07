// The signals that ask this process to end, or that are meant for the command it runs: caught, kept until there is a command, and then
// passed on. The death of the parent process counts as SIGTERM. It never ends the command by itself, unless nobody else is left to do so.

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
  /** Whether a signal came that asks the process to end. */
  readonly endAsked: () => boolean;
  /** From now on, signals have their usual effect again. */
  readonly release: () => void;
}

/** Signals of the terminal's keys. */
const KEYS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];
const OTHERS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'];
/** Signals that a program may use as it likes. */
const MESSAGES: readonly NodeJS.Signals[] = ['SIGUSR1', 'SIGUSR2'];
/** The time a command gets to end, once nobody is left who would end it by force: as long as Docker and Buildkite give. */
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
  // A terminal sends these signals to the command as well, because it is in our process group. Sending them again would break programs that
  // react differently to a second Ctrl-C.
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
      // It came while the command was starting.
      if (missed !== null) pass(missed, command);
    },
    release: () => {
      unwatch();
      clearTimeout(force);
      for (const signal of all) process.off(signal, receive);
    },
  };
}

/** The exit code with which a shell reports that a signal ended a command. */
export function exitForSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** Whether this process belongs to a terminal, even if its input and output are redirected. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
