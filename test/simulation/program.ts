// Bundles the simulated program: the service's own code together with the actors, with digests that come at once. A seeded fault changes the
// text of one file on the way. Nothing is written to the disk.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { compileFunction } from 'node:vm';
import { build, type Plugin } from 'esbuild';
import { compilePolicy } from '../../src/policy/build/compile.ts';
import { POLICY, type Policies } from './policy.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A change of one file of `src/`, which must have the text once. */
export interface Fault {
  readonly file: string;
  readonly text: string;
  readonly instead: string;
  /** The seed from which on it is looked for, where it is rare: a little before the one that finds it now. */
  readonly from?: number;
}

export type Program = typeof import('./schedule.ts');

export async function loadProgram(fault?: Fault): Promise<Program> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'schedule.ts')],
    inject: [join(import.meta.dirname, 'crypto.ts')],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    plugins: fault === undefined ? [] : [seed(fault)],
  });
  const module = { exports: {} };
  compileFunction(outputFiles[0]!.text, ['module', 'require'])(module, createRequire(import.meta.url));
  return module.exports as Program;
}

function seed({ file, text, instead }: Fault): Plugin {
  return {
    name: 'seeded-fault',
    setup: ({ onLoad, onEnd }) => {
      let isSeeded = false;
      onEnd(() => {
        if (!isSeeded) throw new Error(`${file} is not part of the simulated program`);
      });
      onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path }) => {
        if (relative(ROOT, path) !== file) return null;
        const source = readFileSync(path, 'utf8');
        if (source.split(text).length !== 2) throw new Error(`${file} does not have this once: ${text}`);
        isSeeded = true;
        return { contents: source.replace(text, () => instead), loader: 'ts' };
      });
    },
  };
}

/** Seconds for which gates keep entries: longer than a schedule takes to see the last of its tokens resolved. */
const KEEP = 1_500;

export async function compilePolicies(): Promise<Policies> {
  const { policy, findings } = await compilePolicy(POLICY, { development: false });
  if (policy === null) throw new Error(JSON.stringify(findings));
  return [
    { ...policy, audit: { keep: KEEP } },
    { ...policy, audit: { keep: KEEP + 300 }, digest: [...policy.digest].reverse().join('') },
  ];
}
