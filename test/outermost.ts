// A program that a signal will meet, as the leader of a process group, and whether anything of the group outlives it. With a PID namespace
// it is process 1, as in a container, where no default action ends it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import { childrenOf, runningOf } from './processes.ts';
import { until } from './until.ts';

export interface Outermost {
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  readonly output: () => string;
  readonly says: (text: string) => Promise<void>;
  readonly signal: (signal: NodeJS.Signals) => Promise<void>;
  readonly running: () => Promise<string[]>;
  /** What runs, once nothing does any more or patience is at its end. */
  readonly remaining: () => Promise<string[]>;
  /** Reads no more of what it says. */
  readonly deafen: () => void;
}

export interface OutermostOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** See `NAMESPACE`; null for none. */
  readonly namespace?: readonly string[] | null;
  /** The test's own, where several run at once. */
  readonly finished?: typeof onTestFinished;
}

/** Nothing of it outlives the test. */
export function startOutermost(command: readonly string[], options: OutermostOptions): Outermost {
  const { env, cwd, namespace, finished = onTestFinished } = options;
  const [program, ...args] = [...(namespace ?? []), ...command] as [string, ...string[]];
  const child = spawn(program, args, { env, ...(cwd === undefined ? {} : { cwd }), stdio: 'pipe', detached: true });
  const leader = child.pid!;
  finished(() => {
    try {
      process.kill(-leader, 'SIGKILL');
    } catch {
      // Nobody was left, as it should be.
    }
  });
  const streams: readonly Readable[] = [child.stdout, child.stderr];
  let output = '';
  for (const stream of streams) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    ended: once(child, 'exit').then(([code]) => ({ code: code as number | null, output })),
    output: () => output,
    says: (text) => until(() => output.includes(text), `it says ${text}`),
    signal: async (signal) => {
      const [target = leader] = namespace ? await childrenOf(leader) : [];
      process.kill(target, signal);
    },
    running: () => runningOf(leader),
    remaining: async () => {
      let running: string[] = [];
      const gone = async () => {
        running = await runningOf(leader);
        return running.length === 0;
      };
      await until(gone, 'nothing of it runs').catch(() => {});
      return running;
    },
    deafen: () => {
      for (const stream of streams) stream.destroy();
    },
  };
}
