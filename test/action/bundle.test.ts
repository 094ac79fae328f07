// GitHub runs the committed bundles, so they must match the sources.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

/** The files of a folder with their bytes. */
async function contents(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, (await readFile(join(folder, file))).toString('latin1')])),
  );
}

test('the committed bundles are what the sources make, byte for byte (npm run build:action)', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'action-'));
  try {
    await promisify(execFile)(process.execPath, [join(ROOT, 'build/action.ts'), folder]);
    const [built, committed] = await Promise.all([contents(folder), contents(join(ROOT, 'action'))]);
    expect(Object.keys(committed)).toEqual(['LICENSES.txt', 'main.js', 'post.js']);
    expect(committed).toEqual(built);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('action.yml names the bundles, runs the last step always, and knows the inputs that the sources read', async () => {
  const { inputs, runs } = parse(await readFile(join(ROOT, 'action.yml'), 'utf8')) as {
    readonly inputs: Record<string, unknown>;
    readonly runs: unknown;
  };
  expect(runs).toEqual({ using: 'node24', main: 'action/main.js', post: 'action/post.js', 'post-if': 'always()' });
  const source = await readFile(join(ROOT, 'src/action/inputs.ts'), 'utf8');
  const read = [...source.matchAll(/(?:given|flag)\('([a-z-]+)'/g)].map(([, name]) => name);
  expect(Object.keys(inputs).sort()).toEqual([...new Set(read)].sort());
});
