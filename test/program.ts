// Every program that a test starts, as the leader of a process group of its own: what it says, and how it ends. Anyone who starts one says when
// it must be gone; nothing here waits without an end or knows what the program is.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { until } from './until.ts';

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Both, as a terminal shows them. */
  readonly output: string;
}

export interface Program {
  readonly pid: number;
  /** Once it is gone and all that it said is read. */
  readonly ended: Promise<Ended>;
  /** Once it is gone, though what it started may still hold its output. */
  readonly exited: Promise<number | null>;
  readonly output: () => string;
  /** The match, as soon as it has said that; rejects where it ends without. */
  readonly says: (what: RegExp | string, stream?: 'out' | 'err' | 'output') => Promise<RegExpMatchArray>;
  /** To the program alone. */
  readonly signal: (signal: NodeJS.Signals) => void;
  /** To all that it has started, too. */
  readonly signalAll: (signal: NodeJS.Signals) => void;
  /** Reads no more of what it says. */
  readonly deafen: () => void;
}

export interface ProgramOptions {
  /** All that it finds in its environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What a person would type or pipe, and no more after that; null for a person who types nothing and stays; absent, there is nothing. */
  readonly input?: string | null;
  /** How many milliseconds `says` waits, where it takes longer than most. */
  readonly patience?: number;
}

export function startProgram(command: readonly string[], { env, cwd, input, patience }: ProgramOptions): Program {
  const [name, ...args] = command as [string, ...string[]];
  const child = spawn(name, args, {
    env,
    ...(cwd === undefined ? {} : { cwd }),
    // A bash whose standard input is a socket, as Node's pipes are, believes that it was called over a network and reads a user's settings.
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const said = { out: '', err: '', output: '' };
  const listenTo = (from: 'out' | 'err', stream: Readable) =>
    stream.setEncoding('utf8').on('data', (text: string) => {
      said[from] += text;
      said.output += text;
    });
  const [stdout, stderr] = [child.stdout!, child.stderr!];
  listenTo('out', stdout);
  listenTo('err', stderr);
  // Not every program reads what it is offered.
  child.stdin?.on('error', () => {});
  if (input !== null) child.stdin?.end(input);
  let closed = false;
  const ended = once(child, 'close').then(([code]): Ended => {
    closed = true;
    return { code: code as number | null, ...said };
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  // One that could not be started fails where its end is waited for.
  for (const promise of [ended, exited]) promise.catch(() => {});
  return {
    pid: child.pid!,
    ended,
    exited,
    output: () => said.output,
    says: async (what, stream = 'output') => {
      const match = () => (typeof what === 'string' ? plain(said[stream], what) : said[stream].match(what));
      await until(() => closed || match() !== null, `it says ${what}`, patience);
      const found = match();
      if (found === null) throw new Error(`it ended without saying ${what}: ${said.output}`);
      return found;
    },
    signal: (signal) => void child.kill(signal),
    signalAll: (signal) => {
      try {
        process.kill(-child.pid!, signal);
      } catch {
        // Nothing of it was left.
      }
    },
    deafen: () => {
      for (const stream of [stdout, stderr]) stream.destroy();
    },
  };
}

function plain(text: string, what: string): RegExpMatchArray | null {
  return text.includes(what) ? [what] : null;
}
