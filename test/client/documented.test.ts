// The examples of docs/client.md, held against the types that the package publishes.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

test('each example type-checks as it stands', async () => {
  const guide = await readFile(join(ROOT, 'docs/client.md'), 'utf8');
  const examples = [...guide.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code!);
  expect(examples.length).toBeGreaterThan(4);
  const folder = await mkdtemp(join(ROOT, 'test/.types-'));
  try {
    await Promise.all(examples.map((code, at) => writeFile(join(folder, `example${at}.ts`), `${code}export {};\n`)));
    const compilerOptions = {
      types: ['node'],
      lib: ['ES2024', 'DOM', 'DOM.Iterable'],
      paths: { 'influx-sts/client': ['../../src/client/package.ts'] },
    };
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'], compilerOptions }),
    );
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const errors = await promisify(execFile)(tsc, ['--noEmit', '-p', folder]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
    expect(errors).toBe('');
  } finally {
    await rm(folder, { recursive: true });
  }
});
