// Bundles an entry point and everything that it imports into one file, and puts the licences of third-party code beside it, because the
// bundle comes without node_modules.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

export const ROOT = join(import.meta.dirname, '..');

export interface BundleOptions
  extends Pick<BuildOptions, 'platform' | 'target' | 'splitting' | 'banner' | 'inject' | 'external' | 'plugins'> {
  /** Entry points by the name of the bundle, without its extension; relative to the root of the repository. */
  readonly entries: Readonly<Record<string, string>>;
  readonly outdir: string;
}

export async function bundle({ entries, outdir, ...options }: BundleOptions): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: entries,
    outdir,
    bundle: true,
    format: 'esm',
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    ...options,
  });
  const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const folders = new Set(bundled.flatMap((input) => packageFolder(input) ?? []));
  const licences = await Promise.all([...folders].sort().map(licenceOf));
  if (licences.length > 0) await writeFile(resolve(ROOT, outdir, 'LICENSES.txt'), licences.join('\n'));
}

/** The innermost package that a bundled file comes from; null for our own. */
function packageFolder(input: string): string | null {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? null;
}

async function licenceOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(ROOT, folder, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  const file = (await readdir(join(ROOT, folder))).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} comes without its licence, so it cannot be bundled`);
  const text = await readFile(join(ROOT, folder, file), 'utf8');
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}
