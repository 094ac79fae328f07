// Runs the caller's commands as processes of their own, with nothing in their environment that the test has not put there, and a home
// that goes with the test.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { until } from '../until.ts';
import { COMMAND } from './built-command.ts';

export interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
  // biome-ignore lint/suspicious/noExplicitAny: outputs have many shapes, and an expectation on a wrong one fails by itself.
  readonly json: () => any;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** What was printed so far, as soon as it matches. */
  readonly said: (stream: 'out' | 'err', pattern: RegExp) => Promise<RegExpMatchArray>;
}

export interface Home {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * A folder that serves as the caller's home, state and temporary folder.
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
  const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: 'pipe', detached: true });
  finished(() => void child.kill('SIGKILL'));
  // A command that reads nothing may have ended before.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text;
  });
  let closed = false;
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (exit) => {
      closed = true;
      resolve({ exit, ...said, json: () => JSON.parse(said.out) });
    });
  });
  return {
    child,
    ended,
    said: async (stream, pattern) => {
      await until(() => closed || said[stream].match(pattern) !== null, `it says ${pattern}`);
      const match = said[stream].match(pattern);
      if (match === null) throw new Error(`it ended without saying ${pattern}: ${said.out}${said.err}`);
      return match;
    },
  };
}

/** `influx-sts ...` to its end. */
export function run(args: readonly string[], env: Readonly<Record<string, string>>, input = ''): Promise<Ended> {
  return start(args, env, input).ended;
}

/** The arguments that run this program on Node. */
export function node(program: string): readonly string[] {
  return [process.execPath, '-e', program];
}
