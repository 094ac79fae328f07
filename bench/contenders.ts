// Who is measured, each in a process of its own, before the same two upstreams: two floors, the tutorial, a plain Node service, and ours,
// as it is deployed and with a stub in the gate's place.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Built, buildAll } from './built.ts';
import { AUDIENCE, type Callers, createCallers, ISSUER, OWNERS, policyFor } from './callers.ts';
import { readWorkerConfig } from './worker-config.ts';
import { type Running, startProcess, startWorkerd, type WorkerFiles } from './workerd.ts';

export const CONTENDERS = ['floor', 'durable', 'tutorial', 'node', 'ours', 'stubbed'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

const ADMIN_TOKEN = `apiv3_${'A'.repeat(86)}`;
/** Files in memory, so that no disk of this machine is measured; a Durable Object's real storage is not a disk of it either. */
const RAM_DISK = '/dev/shm';
/** A write to a catalogue on fast storage that is near. */
const SLOW_MS = 5;

export interface Arena {
  readonly callers: Callers;
  readonly sizes: Built['sizes'];
  /** Starts one with empty storage. */
  readonly start: (name: ContenderName) => Promise<Running>;
  /** Ends what was started here, and removes its files. */
  readonly close: () => void;
}

export async function openArena(): Promise<Arena> {
  const folder = createFolder();
  const started: Running[] = [];
  const keep = async (running: Promise<Running>) => {
    started.push(await running);
    return started.at(-1)!;
  };
  const upstream = (delayMs: number) =>
    keep(
      startProcess(join(folder, `upstream-${delayMs}.log`), process.execPath, [
        join(import.meta.dirname, 'upstream.ts'),
        String(delayMs),
      ]),
    );
  const [callers, atOnce, slow] = await Promise.all([createCallers(), upstream(0), upstream(SLOW_MS)]);
  const address = ({ port }: Running) => `http://127.0.0.1:${port}`;
  const policy = await policyFor(callers.issuer, { atOnce: address(atOnce), slow: address(slow) });
  const built = await buildAll(folder, policy);

  const create = '/api/v3/enterprise/configure/token';
  const jwks = callers.issuer.jwks();
  const texts = {
    ADMIN_TOKEN,
    UPSTREAM: address(atOnce) + create,
    SLOW_UPSTREAM: address(slow) + create,
    ...{
      ISSUER,
      AUDIENCE,
      OWNERS: JSON.stringify(OWNERS),
      JWKS: JSON.stringify(jwks),
      JWK: JSON.stringify(jwks.keys[0]),
    },
  };
  const config = readWorkerConfig();
  const ours = { ...config, texts: secretsOf(config.secrets) };
  const bare = { compatibilityDate: config.compatibilityDate, texts };
  const workers: Readonly<Record<Exclude<ContenderName, 'node'>, WorkerFiles>> = {
    floor: { ...bare, modules: built.floor },
    durable: { ...bare, modules: built.floor, objects: [{ binding: 'GATES', className: 'FloorGate' }] },
    tutorial: { ...bare, modules: built.tutorial },
    ours: { ...ours, modules: built.service },
    stubbed: { ...ours, modules: built.stubbed },
  };
  let count = 0;
  return {
    callers,
    sizes: built.sizes,
    start: (name) => {
      const file = `${name}-${count++}`;
      if (name !== 'node') return keep(startWorkerd(folder, file, workers[name]));
      const program = join(import.meta.dirname, 'node-service.ts');
      return keep(
        startProcess(join(folder, `${file}.log`), process.execPath, ['--trace-gc', program], {
          ...process.env,
          ...texts,
        }),
      );
    },
    close: () => {
      for (const running of started) running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A secret that is asked for and not known here must be given a value before anything can be measured. */
function secretsOf(names: readonly string[]): Readonly<Record<string, string>> {
  const known: Readonly<Record<string, string>> = {
    STS_KEY: btoa('k'.repeat(32)),
    INFLUXDB3_ADMIN_TOKEN: ADMIN_TOKEN,
  };
  return Object.fromEntries(
    names.map((name) => {
      const value = known[name];
      if (value === undefined) throw new Error(`the benchmark has no value for the secret ${name}`);
      return [name, value];
    }),
  );
}

function createFolder(): string {
  const make = (place: string) => mkdtempSync(join(place, 'influx-sts-bench-'));
  let folder: string;
  try {
    folder = make(RAM_DISK);
  } catch {
    folder = make(tmpdir());
  }
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
