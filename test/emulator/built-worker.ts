// The built Worker in workerd: builds the modules that `wrangler deploy` uploads, then runs them with a policy, secrets and a network of the
// caller's choosing. For tests and for local running; it never deploys anything.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { Metafile } from 'esbuild';
import { Log, LogLevel, Miniflare, Response as WorkerdResponse } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';

const ROOT = join(import.meta.dirname, '../..');

// Wrangler warns that the required secrets are missing whenever it reads its configuration; a run gives them itself.
process.env.WRANGLER_LOG ??= 'error';

/** What Wrangler uploads. */
export interface Bundle {
  /** The entry first. */
  readonly scripts: readonly { readonly name: string; readonly text: string }[];
  /** The name under which the entry imports the compiled policy. */
  readonly policyModule: string;
}

/** As `buildWorker`, and leaves no file: two who build at once share no folder. */
export async function bundleWorker(signal: AbortSignal): Promise<Bundle> {
  const outdir = await mkdtemp(join(tmpdir(), 'influx-sts-worker-'));
  try {
    return await buildWorker(outdir, signal);
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

/**
 * Builds the Worker into `outdir` with the repository's own policy; a run replaces that policy by its own. The
 * signal ends the build.
 */
export async function buildWorker(outdir: string, signal?: AbortSignal): Promise<Bundle> {
  await promisify(execFile)(process.execPath, ['build/worker.ts', outdir], {
    cwd: ROOT,
    ...(signal === undefined ? {} : { signal }),
  });
  return readBundle(outdir);
}

const ENTRY = 'index.js';

export async function readBundle(outdir: string): Promise<Bundle> {
  const others = (await readdir(outdir)).filter((name) => name.endsWith('.js') && name !== ENTRY);
  const read = async (name: string) => ({ name, text: await readFile(join(outdir, name), 'utf8') });
  return { scripts: await Promise.all([ENTRY, ...others.sort()].map(read)), policyModule: 'policy.json' };
}

/** What each module of a bundle was made of, and which other modules it cannot be loaded without. */
export type Contents = readonly {
  readonly name: string;
  readonly sources: readonly string[];
  readonly imports: readonly string[];
}[];

export async function readContents(outdir: string): Promise<Contents> {
  const { outputs } = JSON.parse(await readFile(join(outdir, 'metafile.json'), 'utf8')) as Metafile;
  return Object.entries(outputs)
    .filter(([path]) => path.endsWith('.js'))
    .map(([path, { inputs, imports }]) => ({
      name: basename(path),
      sources: Object.keys(inputs),
      imports: imports
        .filter(({ kind, external }) => kind === 'import-statement' && external !== true)
        .map((one) => basename(one.path)),
    }));
}

export interface WorkerOptions {
  /** The compiled policy, as `influx-sts policy build` writes it. */
  readonly policy: string;
  readonly secrets: Readonly<Record<string, string>>;
  /** What the Worker's own requests meet; the real network when absent. */
  readonly network?: (request: Request) => Promise<Response>;
  /** 0 or absent: a free port. */
  readonly port?: number;
  /** Told each line that the Worker logs, as it comes. */
  readonly onLog?: (line: string) => void;
  /** A module of another Worker, in which `env.STS` is the entrypoint that this one has for others. */
  readonly neighbour?: string;
  /** Leaves out the rate limits, as a configuration does that was not brought up to date. */
  readonly withoutLimits?: boolean;
  /**
   * A directory that keeps the Durable Objects' storage for a Worker that is started again; without it, the storage ends with the Worker.
   */
  readonly storage?: string;
}

export interface RunningWorker {
  readonly url: string;
  /** Every line that the Worker logged, oldest first. */
  readonly logs: string[];
  readonly request: (path: string, init?: RequestInit) => Promise<Response>;
  /** A request to the neighbour. */
  readonly askNeighbour: (path: string, init?: RequestInit) => Promise<Response>;
  /** Fires the cron trigger and waits for its end. */
  readonly scheduled: () => Promise<void>;
  /** Kills the Worker where it stands, as a crash would: nothing that is under way comes to its end. */
  readonly stop: () => Promise<void>;
}

export async function runWorker(bundle: Bundle, options: WorkerOptions): Promise<RunningWorker> {
  const logs: string[] = [];
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(ROOT, 'wrangler.toml'));
  const { network, onLog, storage } = options;
  const keep = (line: string) => {
    logs.push(line);
    onLog?.(line);
  };
  const worker = {
    ...workerOptions,
    // Objects are stored under the Worker's name; it has one only where somebody must call it by that.
    ...(options.neighbour === undefined ? {} : { name: SERVICE }),
    modulesRoot: ROOT,
    modules: [
      ...bundle.scripts.map(({ name, text }) => ({ type: 'ESModule', path: join(ROOT, name), contents: text })),
      { type: 'Text', path: join(ROOT, bundle.policyModule), contents: options.policy },
    ],
    bindings: { ...options.secrets },
    ...(options.withoutLimits === true ? { ratelimits: {} } : {}),
    ...(network === undefined
      ? {}
      : {
          outboundService: async (request: Request) => {
            const response = await network(request);
            return new WorkerdResponse(response.body as never, {
              status: response.status,
              headers: [...response.headers],
            });
          },
        }),
  };
  const miniflare = new Miniflare({
    workers: [worker, ...(options.neighbour === undefined ? [] : [neighbourOf(options.neighbour)])],
    host: '127.0.0.1',
    port: options.port ?? 0,
    log: new Log(LogLevel.ERROR),
    // Otherwise a sample of the platform's request facts is fetched from the internet at each start.
    cf: false,
    ...(storage === undefined ? {} : { defaultPersistRoot: storage }),
    handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
      for (const stream of [stdout, stderr]) createInterface({ input: stream }).on('line', keep);
    },
  } as unknown as ConstructorParameters<typeof Miniflare>[0]);
  const url = await miniflare.ready;
  return {
    url: url.origin,
    logs,
    request: (path, init) => fetch(new URL(path, url), init),
    askNeighbour: async (path, init) => {
      type Neighbour = { readonly fetch: (address: URL, init?: RequestInit) => Promise<Response> };
      const neighbour = (await miniflare.getWorker(NEIGHBOUR)) as unknown as Neighbour;
      return neighbour.fetch(new URL(path, 'https://neighbour'), init);
    },
    scheduled: async () => {
      type Scheduled = { readonly scheduled: (options: { readonly cron: string }) => Promise<unknown> };
      const entry = (await miniflare.getWorker()) as unknown as Scheduled;
      await entry.scheduled({ cron: '* * * * *' });
    },
    stop: () => miniflare.dispose(),
  };
}

const SERVICE = 'influx-sts';
const NEIGHBOUR = 'neighbour';

function neighbourOf(script: string) {
  return {
    name: NEIGHBOUR,
    compatibilityDate: '2026-07-30',
    modules: [{ type: 'ESModule', path: 'neighbour.js', contents: script }],
    serviceBindings: { STS: { name: SERVICE, entrypoint: 'TokenService' } },
  };
}
