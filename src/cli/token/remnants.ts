// Ends what a command has started, for a signal that the command itself would not pass on: a shell dies of SIGTERM while the program that
// it waits for runs on, and ignores SIGINT until that program ends. It never touches what a command leaves behind that nobody asked to end.
// Without /proc, as on macOS, it finds nothing.

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * Time for them to end by themselves. Docker and Buildkite kill this process 10 s after the signal, and the token must still be revoked.
 */
const GRACE_MS = 5_000;
const LOOK_MS = 100;

/**
 * Ends the programs that a command has left running after it was asked to end.
 * @param mark a variable and its value, `NAME=value`, that only the command has.
 */
export async function endRemnants(mark: string): Promise<void> {
  const deadline = performance.now() + GRACE_MS;
  const told = new Set<number>();
  for (let left = holders(mark); left.length > 0; left = holders(mark)) {
    const late = performance.now() > deadline;
    for (const pid of left) if (late || !told.has(pid)) send(pid, late ? 'SIGKILL' : 'SIGTERM');
    if (late) return;
    for (const pid of left) told.add(pid);
    await pause(LOOK_MS);
  }
}

/** As a terminal does for its keys. @param but the process that already has the signal. */
export function sendToAll(mark: string, signal: NodeJS.Signals, but: number | undefined): void {
  for (const pid of holders(mark)) if (pid !== but) send(pid, signal);
}

function holders(mark: string): readonly number[] {
  return entries('/proc').flatMap((name) => (/^\d+$/.test(name) && holds(name, mark) ? [Number(name)] : []));
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function holds(pid: string, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark);
  } catch {
    // It has ended, or belongs to another user.
    return false;
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
