// One Worker in a bare workerd process: nothing in front of it, its outbound requests limited to this machine, its Durable Objects on disk.
// Linux only.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { ObjectBinding } from './worker-config.ts';

const { default: WORKERD, version } = createRequire(import.meta.url)('workerd') as { default: string; version: string };
export const WORKERD_VERSION = version;

const START_TIMEOUT_MS = 10_000;

export interface Module {
  /** As the other modules import it; the entry point comes first. */
  readonly name: string;
  readonly kind: 'esModule' | 'text';
  /** Relative to the folder. */
  readonly file: string;
}

export interface WorkerFiles {
  readonly modules: readonly Module[];
  readonly compatibilityDate: string;
  readonly compatibilityFlags?: readonly string[];
  readonly texts: Readonly<Record<string, string>>;
  readonly objects?: readonly ObjectBinding[];
  readonly rateLimits?: readonly string[];
}

/** A process that listens, a Worker's or another. */
export interface Running {
  readonly port: number;
  readonly pid: number;
  /** What it writes: a file, because a real log is written somewhere too. */
  readonly log: string;
  readonly stop: () => void;
}

/**
 * Configuration, log and storage are written to `folder`, which holds the modules already.
 * @param name of the files; a second process with the same name begins with the storage of the first.
 */
export async function startWorkerd(folder: string, name: string, files: WorkerFiles): Promise<Running> {
  const config = join(folder, `${name}.capnp`);
  const storage = join(folder, `${name}.storage`);
  mkdirSync(storage, { recursive: true });
  writeFileSync(config, configText(files, storage));
  // By lines, so that a line about a collection stands in the log as soon as it is written, and whole.
  return startProcess(join(folder, `${name}.log`), 'stdbuf', ['-oL', WORKERD, 'serve', config, '--control-fd=3']);
}

/** Starts a process that says on its fourth descriptor where it listens: `{"port": 1234}`. */
export async function startProcess(log: string, command: string, args: readonly string[], env = process.env) {
  const output = openSync(log, 'w');
  const child = spawn(command, args, { stdio: ['ignore', output, output, 'pipe'], env });
  closeSync(output);
  const stop = () => {
    process.removeListener('exit', stop);
    child.kill('SIGKILL');
  };
  process.once('exit', stop);
  const port = await listening(child, command, log).catch((error: unknown) => {
    stop();
    throw error;
  });
  return { port, pid: child.pid!, log, stop };
}

/** Cap'n Proto's text form. A bare workerd has no rate limiter, so that a stand-in says yes, as a limit that is never reached does. */
export function configText(files: WorkerFiles, storage: string): string {
  const { modules, compatibilityDate, compatibilityFlags = [], texts, objects = [], rateLimits = [] } = files;
  const list = (entries: readonly string[]) => `[\n${entries.map((entry) => `    (${entry}),\n`).join('')}  ]`;
  const text = JSON.stringify;
  const bindings = [
    ...Object.entries(texts).map(([key, value]) => `name = ${text(key)}, text = ${text(value)}`),
    ...objects.map(({ binding, className }) => `name = ${text(binding)}, durableObjectNamespace = ${text(className)}`),
    ...rateLimits.map((name) => `name = ${text(name)}, wrapped = (moduleName = "bench:rate-limit")`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ["--trace-gc"],
  services = [
    (name = "main", worker = .w),
    (name = "internet", network = (allow = ["local"])),
    (name = "disk", disk = (path = ${text(storage)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  extensions = [(modules = [(name = "bench:rate-limit", internal = true, esModule = ${text(RATE_LIMIT)})])],
);
const w :Workerd.Worker = (
  compatibilityDate = ${text(compatibilityDate)},
  compatibilityFlags = [${compatibilityFlags.map((flag) => text(flag)).join(', ')}],
  modules = ${list(modules.map(({ name, kind, file }) => `name = ${text(name)}, ${kind} = embed ${text(file)}`))},
  bindings = ${list(bindings)},
  durableObjectNamespaces = ${list(
    objects.map(({ className }) => `className = ${text(className)}, uniqueKey = ${text(className)}, enableSql = true`),
  )},
  durableObjectStorage = (localDisk = "disk"),
);
`;
}

const RATE_LIMIT = 'const yes = { success: true }; export default () => ({ limit: async () => yes });';

/** workerd reports its port on the control channel once it accepts requests. */
function listening(child: ChildProcess, command: string, log: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${command} ${why}; see ${log}`));
    const timer = setTimeout(() => fail('did not start in time'), START_TIMEOUT_MS);
    child.once('error', (error) => fail(`cannot run: ${error.message}`));
    child.once('exit', (code) => fail(`ended with ${code}`));
    let text = '';
    (child.stdio[3] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const port = /"port":\s*(\d+)/.exec(text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}
