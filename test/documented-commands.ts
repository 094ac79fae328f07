// The commands that the documentation shows, taken out of it and run as they stand: blocks, a folder to run them in, and stand-ins on the
// PATH for programs that cannot be had. A test decides which blocks it runs and what they must come to.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listen } from './emulator/listen.ts';

const ROOT = join(import.meta.dirname, '..');

/** A fenced block of a document. */
export interface Block {
  readonly document: string;
  readonly line: number;
  /** The nearest heading above it. */
  readonly heading: string;
  readonly language: string;
  readonly text: string;
}

/** @param document relative to the root of the repository. */
export async function blocksOf(document: string): Promise<Block[]> {
  const lines = (await readFile(join(ROOT, document), 'utf8')).split('\n');
  const blocks: Block[] = [];
  let heading = '';
  let open: { readonly line: number; readonly language: string } | null = null;
  lines.forEach((text, at) => {
    const fence = /^```(\w*)$/.exec(text);
    if (open === null && fence !== null) open = { line: at + 1, language: fence[1]! };
    else if (open !== null && fence !== null) {
      blocks.push({ document, heading, ...open, text: `${lines.slice(open.line, at).join('\n')}\n` });
      open = null;
    } else if (open === null) heading = /^#+ (.*)$/.exec(text)?.[1] ?? heading;
  });
  return blocks;
}

/** The file that a script is said to be, by the comment below its first line; null for lines to type. */
export function fileOf({ text }: Block): string | null {
  return /^#!.*\n# (\S+)\n/.exec(text)?.[1] ?? null;
}

/** Stands in for a program: the text of a script, or what is printed for these arguments. It fails by throwing. */
export type StandIn = string | ((args: readonly string[]) => Promise<string>);

export interface SandboxOptions {
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

export interface Sandbox {
  /** The folder that commands run in. */
  readonly path: string;
  /** What commands find in their environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly write: (file: string, text: string) => Promise<void>;
  /** Starts a program with its arguments, no shell between. */
  readonly start: (command: readonly string[], variables?: Readonly<Record<string, string>>) => Running;
  /** Runs lines to type, in bash, and stops at the first that fails. */
  readonly run: (script: string, variables?: Readonly<Record<string, string>>) => Promise<CommandResult>;
  readonly stop: () => Promise<void>;
}

export async function createSandbox({ standIns = {}, variables = {} }: SandboxOptions = {}): Promise<Sandbox> {
  const root = await mkdtemp(join(tmpdir(), 'documented-'));
  const path = join(root, 'work');
  const bin = join(root, 'bin');
  await Promise.all([mkdir(path), mkdir(bin)]);
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: path, TMPDIR: root, ...variables };

  const switchboard = await listen(async (request) => {
    const { name, args } = (await request.json()) as { readonly name: string; readonly args: readonly string[] };
    const standIn = standIns[name] as Exclude<StandIn, string>;
    return standIn(args).then(
      (text) => new Response(text),
      (error: Error) => new Response(`${name}: ${error.message}\n`, { status: 500 }),
    );
  });
  for (const [name, standIn] of Object.entries(standIns)) {
    const text = typeof standIn === 'string' ? standIn : callerOf(name, switchboard.url);
    await writeFile(join(bin, name), text, { mode: 0o755 });
  }

  function start(command: readonly string[], own: Readonly<Record<string, string>> = {}): Running {
    const [program, ...args] = command as [string, ...string[]];
    const child = spawn(program, args, {
      cwd: path,
      env: { ...env, ...own },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    // As with a container, nothing that it started outlives it.
    child.once('exit', () => endGroup(child.pid!));
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
    return { ended, end: (signal) => void child.kill(signal) };
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
    stop: async () => {
      await switchboard.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch {
    // Nobody was left.
  }
}

/** A program that asks this process what to print. */
function callerOf(name: string, url: string): string {
  return `#!${process.execPath}
const body = JSON.stringify({ name: ${JSON.stringify(name)}, args: process.argv.slice(2) });
const answer = await fetch(${JSON.stringify(url)}, { method: 'POST', body });
(answer.ok ? process.stdout : process.stderr).write(await answer.text());
process.exitCode = answer.ok ? 0 : 1;
`;
}

/** In place of `npx`: the command of these sources, for it is published only with a release. Another version is as wrong as another name. */
export async function npxStandIn(): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<string, string>;
  return `#!/bin/sh
[ "$1 $2" = "--yes ${name}@${version}" ] || { echo "npx: this is not how ${name}@${version} is run: $*" >&2; exit 1; }
shift 2
exec "${process.execPath}" "${join(ROOT, 'src/cli/main.ts')}" "$@"
`;
}
