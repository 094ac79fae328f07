// One Worker in a bare workerd process: nothing in front of it, its outbound requests limited to this machine. Says how much CPU the
// operating system has charged to the process. Linux only.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const { default: WORKERD, version } = createRequire(import.meta.url)('workerd') as { default: string; version: string };
export const WORKERD_VERSION = version;

const START_TIMEOUT_MS = 10_000;
/** USER_HZ, which Linux has fixed at 100 on every architecture that workerd runs on. */
const TICKS_PER_SECOND = 100;

export interface WorkerFiles {
  /** Where config and log are written; the modules stand there already. */
  readonly folder: string;
  /** Lines of a module list in Cap'n Proto's text form; the entry point first. */
  readonly modules: readonly string[];
  readonly compatibilityDate: string;
  readonly bindings: Readonly<Record<string, string>>;
  /** Durable Objects of the Worker's own. */
  readonly objects?: readonly { readonly binding: string; readonly className: string }[];
}

export interface BareWorker {
  readonly port: number;
  /** The Worker's log: a file, because a real log is written somewhere too. */
  readonly log: string;
  /** Seconds of CPU, user and system, of all threads since the start. */
  readonly cpuSeconds: () => Promise<number>;
  readonly stop: () => void;
}

export async function startWorkerd(name: string, files: WorkerFiles): Promise<BareWorker> {
  const config = join(files.folder, `${name}.capnp`);
  await writeFile(config, configText(files));
  const log = join(files.folder, `${name}.log`);
  const output = openSync(log, 'w');
  const child = spawn(WORKERD, ['serve', config, '--control-fd=3'], { stdio: ['ignore', output, output, 'pipe'] });
  closeSync(output);
  const stop = () => void child.kill('SIGKILL');
  process.once('exit', stop);
  const port = await listening(child, log).catch((error: unknown) => {
    stop();
    throw error;
  });
  return { port, log, cpuSeconds: () => cpuSecondsOf(child.pid!), stop };
}

function configText({ modules, compatibilityDate, bindings, objects = [] }: WorkerFiles): string {
  const bound = Object.entries(bindings).map(
    ([key, value]) => `    (name = ${JSON.stringify(key)}, text = ${JSON.stringify(value)}),`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .w),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const w :Workerd.Worker = (
  compatibilityDate = "${compatibilityDate}",
  modules = [
${modules.map((line) => `    ${line},`).join('\n')}
  ],
  bindings = [
${bound.join('\n')}
${objects.map(({ binding, className }) => `    (name = "${binding}", durableObjectNamespace = "${className}"),`).join('\n')}
  ],
  durableObjectNamespaces = [
${objects.map(({ className }) => `    (className = "${className}", uniqueKey = "${className}", enableSql = true),`).join('\n')}
  ],
  durableObjectStorage = (inMemory = void),
);
`;
}

/** workerd reports its port on the control channel once it accepts requests. */
function listening(child: ChildProcess, log: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`workerd ${why}; see ${log}`));
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

/** proc_pid_stat(5): fields 14 and 15. The second field may hold spaces, so counting starts after its bracket. */
async function cpuSecondsOf(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
