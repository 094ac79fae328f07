// The files that workerd is given: the Worker as it would be deployed, with the benchmark's policy, and the two floors and the tutorial
// beside it. Says how large each is. Whatever the build writes is taken: one module or several.

import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { buildWorker } from '../test/emulator/built-worker.ts';
import type { Module } from './workerd.ts';

const HERE = import.meta.dirname;
const ENTRY = 'index.js';
const WORKER = 'worker';

export interface Built {
  readonly service: readonly Module[];
  /** The same with a stub in the gate's place. */
  readonly stubbed: readonly Module[];
  readonly floor: readonly Module[];
  readonly tutorial: readonly Module[];
  readonly sizes: Readonly<Record<'entry_gzip_bytes' | 'bundle_gzip_bytes' | 'tutorial_gzip_bytes', number>>;
}

/** @param policy the compiled policy, which takes the place of the repository's own. */
export async function buildAll(folder: string, policy: string): Promise<Built> {
  const worker = join(folder, WORKER);
  const tutorial: BuildOptions = {
    entryPoints: [join(HERE, 'tutorial.ts')],
    outfile: join(folder, 'tutorial.js'),
    bundle: true,
    format: 'esm',
    minify: true,
    target: 'es2024',
    conditions: ['workerd', 'worker'],
  };
  const [{ policyModule }] = await Promise.all([buildWorker(worker), build(tutorial)]);
  writeFileSync(join(worker, policyModule), policy);
  for (const file of ['stubbed.js', 'floor.js']) cpSync(join(HERE, file), join(folder, file));

  const scripts = readdirSync(worker, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.m?js$/.test(file) && statSync(join(worker, file)).isFile())
    .sort((a, b) => Number(b === ENTRY) - Number(a === ENTRY));
  const service: Module[] = [
    ...scripts.map((name) => ({ name, kind: 'esModule' as const, file: `${WORKER}/${name}` })),
    { name: policyModule, kind: 'text', file: `${WORKER}/${policyModule}` },
  ];
  const script = (name: string): Module => ({ name, kind: 'esModule', file: name });
  return {
    service,
    stubbed: [script('stubbed.js'), ...service],
    floor: [script('floor.js')],
    tutorial: [script('tutorial.js')],
    sizes: {
      entry_gzip_bytes: gzippedBytes(worker, atStart(worker, ENTRY)),
      bundle_gzip_bytes: gzippedBytes(worker, scripts),
      tutorial_gzip_bytes: gzippedBytes(folder, ['tutorial.js']),
    },
  };
}

/** What is loaded before the first answer: the entry, and what it imports without a call. */
export function atStart(folder: string, entry: string, found: Set<string> = new Set()): readonly string[] {
  if (found.has(entry)) return [];
  found.add(entry);
  const text = readFileSync(join(folder, entry), 'utf8');
  for (const [, specifier] of text.matchAll(/(?:^|[;}\s])(?:import|export)\b[^;"'()]*["'](\.[^"']+\.m?js)["']/g)) {
    atStart(folder, normalize(join(dirname(entry), specifier!)), found);
  }
  return [...found];
}

function gzippedBytes(folder: string, files: readonly string[]): number {
  return files.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file)), { level: 9 }).length, 0);
}
