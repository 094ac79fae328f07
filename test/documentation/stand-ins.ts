// Programs in the place of those that a test cannot have: vendors' programs, a browser, an installation within an installation. A script
// stands in `stand-ins/`, or is written where it is placed; what must know the test's world is a function of the arguments.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { COMMAND } from '../cli/built-command.ts';
import { type Listener, listen } from '../emulator/listen.ts';
import { ROOT } from './blocks.ts';

/** Stands in for a program: the text of a script, or what is printed for these arguments. It fails by throwing. */
export type StandIn = string | ((args: readonly string[]) => Promise<string>);

export type StandIns = Readonly<Record<string, StandIn>>;

const OUTER_PATH = process.env.PATH ?? '';

/** An environment in which the scripts of `stand-ins/` come first. */
export const WITH_STAND_INS = {
  ...process.env,
  PATH: [join(import.meta.dirname, 'stand-ins'), join(ROOT, 'node_modules/.bin'), OUTER_PATH].join(delimiter),
  OUTER_PATH,
};

/** Writes a program for each into the folder, which the test puts on the PATH. Functions are asked until the listener is closed. */
export async function placeStandIns(bin: string, standIns: StandIns): Promise<Listener> {
  const switchboard = await listen(async (request) => {
    const { name, args } = (await request.json()) as { readonly name: string; readonly args: readonly string[] };
    const standIn = standIns[name] as Exclude<StandIn, string>;
    return standIn(args).then(
      (text) => new Response(text),
      (error: Error) => new Response(`${name}: ${error.message}\n`, { status: 500 }),
    );
  });
  await mkdir(bin, { recursive: true });
  for (const [name, standIn] of Object.entries(standIns)) {
    const text = typeof standIn === 'string' ? standIn : callerOf(name, switchboard.url);
    await writeFile(join(bin, name), text, { mode: 0o755 });
  }
  return switchboard;
}

/** A program that knows these lines of arguments, and no others. */
export function knows(lines: Readonly<Record<string, () => Promise<string>>>): Exclude<StandIn, string> {
  return async (args) => {
    const answer = Object.hasOwn(lines, args.join(' ')) ? lines[args.join(' ')] : undefined;
    if (answer === undefined) throw new Error(`${args.join(' ')} is not known here`);
    return answer();
  };
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

/**
 * In place of `npm`: installs the command that was built of these sources, under the scope of anyone who publishes a copy. Another version is
 * as wrong as another name, and a name without a scope is anybody's.
 */
export async function npmStandIn(): Promise<string> {
  const { name, version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<string, string>;
  const wanted = `@acme/${name}@${version}`;
  return `#!/bin/sh
prefix=$GLOBAL
[ "$1 $2 $3" != "install --global --prefix" ] || { prefix=$4; shift 4; set -- install --global "$@"; }
[ "$*" = "install --global ${wanted}" ] || { echo "npm: this is not how ${wanted} is installed: $*" >&2; exit 1; }
mkdir -p "$prefix/bin"
ln -sf "${COMMAND}" "$prefix/bin/${name}"
`;
}
