// The processes of this machine, as a test looks for those that were left behind, and a PID namespace of its own for what is to be process 1
// as in a container.

import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly command: string;
}

async function processes(): Promise<Process[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,args=']);
  return [...stdout.matchAll(/^ *(\d+) +(\d+) +(\d+) +(\S+) +(.*)$/gm)].flatMap(
    // What has ended and is only yet to be noticed does nothing any more.
    ([, pid, parent, group, state, command]) =>
      state!.startsWith('Z')
        ? []
        : [{ pid: Number(pid), parent: Number(parent), group: Number(group), command: command! }],
  );
}

/** What runs of a process group. */
export async function runningOf(group: number): Promise<string[]> {
  return (await processes()).flatMap((one) => (one.group === group ? [one.command] : []));
}

/** What a process has started and not yet seen end. */
export async function childrenOf(parent: number): Promise<number[]> {
  return (await processes()).flatMap((one) => (one.parent === parent ? [one.pid] : []));
}

/** What makes a PID namespace, as root or as a user who is root in there; it starts its arguments as process 1. */
const WAYS = [
  ['unshare', '--fork', '--pid', '--mount-proc'],
  ['unshare', '--user', '--map-root-user', '--fork', '--pid', '--mount-proc'],
];

/** The first that this machine lets us use, or null. */
export const NAMESPACE: readonly string[] | null =
  WAYS.find(([program, ...args]) => spawnSync(program!, [...args, 'true']).status === 0) ?? null;
