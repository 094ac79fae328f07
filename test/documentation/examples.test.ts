// The TypeScript of the documents, held against the types that a reader's program would meet.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { blocksOf, DOCUMENTS, ROOT } from './blocks.ts';

/** What the program around an example has already. */
const AROUND: Readonly<Record<string, string>> = {
  'docs/oauth.md': [
    "import type { Exchanged, ExchangeInput, RevokeInput, Withdrawn } from '../../src/rpc/calls.ts';",
    'declare const subjectToken: string;',
    'interface TokenService {',
    '  exchange(input: ExchangeInput): Promise<Exchanged>;',
    '  revoke(input: RevokeInput): Promise<Withdrawn>;',
    '}',
    'declare const env: { STS: TokenService };',
  ].join('\n'),
};

const COMPILER_OPTIONS = {
  types: ['node'],
  lib: ['ES2024', 'ESNext.Iterator', 'DOM', 'DOM.Iterable'],
  paths: { 'influx-sts/client': ['../../src/client/package.ts'] },
  noUnusedLocals: false,
};

test('each example type-checks as it stands', async () => {
  const examples = DOCUMENTS.flatMap((document) => blocksOf(document, 'ts'));
  expect(new Set(examples.map(({ document }) => document))).toEqual(new Set(['docs/client.md', 'docs/oauth.md']));
  const folder = await mkdtemp(join(ROOT, 'dist/types-'));
  try {
    await Promise.all(
      examples.map(({ document, line, text }) => {
        const name = `${document.replaceAll(/\W/g, '-')}-${line}.ts`;
        return writeFile(join(folder, name), `${AROUND[document] ?? ''}\n${text}export {};\n`);
      }),
    );
    const config = { extends: '../../tsconfig.json', include: ['*.ts'], compilerOptions: COMPILER_OPTIONS };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
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
