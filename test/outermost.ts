// A program that a signal will meet, and whether anything of its process group outlives it. With a PID namespace it is process 1, as in a
// container, where nothing stands behind it that would end it by default.

import { onTestFinished } from 'vitest';
import { childrenOf, runningOf } from './processes.ts';
import { startProgram } from './program.ts';
import { until } from './until.ts';

export interface Outermost {
  readonly ended: Promise<{ readonly code: number | null; readonly output: string }>;
  readonly output: () => string;
  readonly says: (text: string) => Promise<unknown>;
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
  const { namespace, finished = onTestFinished, ...rest } = options;
  const program = startProgram([...(namespace ?? []), ...command], { ...rest, input: null });
  const { pid, output, says, deafen } = program;
  finished(() => program.signalAll('SIGKILL'));
  return {
    ended: program.exited.then((code) => ({ code, output: output() })),
    output,
    says,
    signal: async (signal) => {
      const [target = pid] = namespace ? await childrenOf(pid) : [];
      process.kill(target, signal);
    },
    running: () => runningOf(pid),
    remaining: async () => {
      let running: string[] = [];
      const gone = async () => {
        running = await runningOf(pid);
        return running.length === 0;
      };
      await until(gone, 'nothing of it runs').catch(() => {});
      return running;
    },
    deafen,
  };
}
