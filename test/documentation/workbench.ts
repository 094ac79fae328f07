// A place to run recipes in: a folder, an environment with nothing in it that a test has not put there, and programs of the test's own on
// the PATH. Its sibling `sandbox.ts` is a whole checkout, for the commands of somebody who has one; a CI job has none.

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startProgram } from '../program.ts';
import { placeStandIns, type StandIn } from './stand-ins.ts';

export interface WorkbenchOptions {
  readonly standIns?: Readonly<Record<string, StandIn>>;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface CommandResult {
  readonly code: number | null;
  /** Both streams, as a terminal shows them. */
  readonly output: string;
}

export interface Running {
  readonly ended: Promise<CommandResult>;
  readonly end: (signal: NodeJS.Signals) => void;
}

export interface Workbench {
  /** The folder that commands run in. */
  readonly path: string;
  /** What commands find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly write: (file: string, text: string) => Promise<void>;
  /** Starts a program with its arguments, no shell between. */
  readonly start: (command: readonly string[], variables?: Readonly<Record<string, string>>) => Running;
  /** Runs lines to type, in bash, and stops at the first that fails. */
  readonly run: (script: string, variables?: Readonly<Record<string, string>>) => Promise<CommandResult>;
  /** Takes away what npm has installed. */
  readonly uninstall: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function createWorkbench({ standIns = {}, variables = {} }: WorkbenchOptions = {}): Promise<Workbench> {
  const root = await mkdtemp(join(tmpdir(), 'documented-'));
  const path = join(root, 'work');
  const bin = join(root, 'bin');
  await Promise.all([mkdir(path), mkdir(bin)]);
  const global = join(root, 'global');
  const env = {
    PATH: `${bin}:${global}/bin:${process.env.PATH}`,
    HOME: path,
    TMPDIR: root,
    // Where npm installs what is to be there for everybody.
    GLOBAL: global,
    ...variables,
  };

  const placed = await placeStandIns(bin, standIns);

  function start(command: readonly string[], own: Readonly<Record<string, string>> = {}): Running {
    const program = startProgram(command, { cwd: path, env: { ...env, ...own } });
    // As with a container, nothing that it started outlives it.
    void program.exited.then(() => program.signalAll('SIGKILL'));
    return { ended: program.ended.then(({ code, output }) => ({ code, output })), end: program.signal };
  }

  return {
    path,
    env,
    write: async (file, text) => {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), text);
      if (text.startsWith('#!')) await chmod(join(path, file), 0o755);
    },
    start,
    run: (script, own) => start(['bash', '-euo', 'pipefail', '-c', script], own).ended,
    uninstall: async () => {
      await Promise.all([global, join(path, '.local')].map((one) => rm(one, { recursive: true, force: true })));
    },
    stop: async () => {
      await placed.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}
