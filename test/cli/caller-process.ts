// Runs the caller's commands as processes of their own, with nothing in their environment that the test has not put there, and a home
// that goes with the test.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Program, startProgram } from '../program.ts';
import { COMMAND } from './built-command.ts';

export interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
  // biome-ignore lint/suspicious/noExplicitAny: outputs have many shapes, and an expectation on a wrong one fails by itself.
  readonly json: () => any;
}

export interface Started extends Pick<Program, 'says' | 'signal' | 'signalAll'> {
  readonly ended: Promise<Ended>;
}

export interface Home {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A folder that is the caller's home, with their state and their place for temporary files.
 * @param finished the test's own, where several run at once.
 */
export async function home(finished: typeof onTestFinished = onTestFinished): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), 'influx-sts-home-'));
  finished(() => rm(path, { recursive: true, force: true }));
  return { path, env: { HOME: path, TMPDIR: path, PATH: process.env.PATH ?? '' } };
}

/** `influx-sts ...` without a terminal, as in a pipeline. It may be sent signals, and does not outlive the test. */
export function start(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
  finished: typeof onTestFinished = onTestFinished,
): Started {
  const program = startProgram([process.execPath, COMMAND, ...args], { env, input });
  finished(() => program.signal('SIGKILL'));
  const ended = program.ended.then(({ code, out, err }) => ({ exit: code, out, err, json: () => JSON.parse(out) }));
  return { ...program, ended };
}

/** `influx-sts ...` to its end. */
export function run(args: readonly string[], env: Readonly<Record<string, string>> = {}, input = ''): Promise<Ended> {
  return start(args, env, input).ended;
}

/** The arguments that run this program on Node. */
export function node(program: string): readonly string[] {
  return [process.execPath, '-e', program];
}
