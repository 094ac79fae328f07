// The built Worker in workerd: bundles it as `wrangler deploy` would, then runs that bundle with a policy, secrets
// and a network of the caller's choosing. For tests and for local running; it never deploys anything.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { Log, LogLevel, Miniflare, Response as WorkerdResponse } from 'miniflare';
import { unstable_getMiniflareWorkerOptions } from 'wrangler';

const ROOT = join(import.meta.dirname, '../..');

// Wrangler warns that the required secrets are missing whenever it reads its configuration; a run gives them itself.
process.env.WRANGLER_LOG ??= 'error';

/** The files of a bundle, by name. */
export interface Bundle {
  readonly script: string;
  /** The name under which the script imports the compiled policy. */
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
 * Bundles the Worker into `outdir` with the repository's own policy; a run replaces that policy by its own. The
 * signal ends the bundler.
 */
export async function buildWorker(outdir: string, signal?: AbortSignal): Promise<Bundle> {
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const args = [wrangler, 'deploy', '--dry-run', '--outdir', outdir, '--metafile'];
  await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
    ...(signal === undefined ? {} : { signal }),
  });
  return readBundle(outdir);
}

export async function readBundle(outdir: string): Promise<Bundle> {
  const script = await readFile(join(outdir, 'index.js'), 'utf8');
  // The name holds a digest, so a folder that was built into before also holds the policies of earlier builds.
  const policies = (await readdir(outdir)).filter((file) => file.endsWith('-policy.json'));
  const policyModule = policies.find((file) => script.includes(file));
  if (policyModule === undefined) throw new Error(`${outdir} holds no built Worker`);
  return { script, policyModule };
}

/** The source files that the bundle in `outdir` was made of, as esbuild names them. */
export async function bundledFiles(outdir: string): Promise<string[]> {
  const metafile = JSON.parse(await readFile(join(outdir, 'bundle-meta.json'), 'utf8')) as { inputs: object };
  return Object.keys(metafile.inputs);
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
      { type: 'ESModule', path: join(ROOT, 'index.js'), contents: bundle.script },
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
