// The house itself: which folder may import which, and what must not compile.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** In the order of the request; a file imports from its own place and from anything before it. */
const ORDER = [
  [
    'failure.ts',
    'runtime.ts',
    'json.ts',
    'outbound.ts',
    'deadline.ts',
    'base32.ts',
    'base64url.ts',
    'ulid.ts',
    'keyring.ts',
  ],
  ['identity'],
  ['policy'],
  ['influx'],
  ['audit'],
  ['identify.ts'],
  [
    'exchange.ts',
    'revoke.ts',
    'revoke-token.ts',
    'list.ts',
    'sweep.ts',
    'explain.ts',
    'whoami.ts',
    'operator.ts',
    'readiness.ts',
  ],
  ['config.ts'],
  ['service.ts'],
  ['http'],
  ['app.ts'],
  ['platform.ts'],
  ['objects'],
  ['start.ts'],
  ['rpc'],
  ['index.ts'],
];
/** What stands beside the server: the caller's side imports nothing of it, the command the code that it checks policies with. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  client: ['json.ts', 'client'],
  action: ['json.ts', 'client', 'action'],
  cli: [
    'failure.ts',
    'runtime.ts',
    'json.ts',
    'outbound.ts',
    'deadline.ts',
    'identity',
    'policy',
    'influx',
    'client',
    'cli',
  ],
};

/** The complaint about one import, or null when it points left. */
function complaint(from: string, to: string): string | null {
  const fromPlace = from.split('/')[0]!;
  const toPlace = to.split('/')[0]!;
  const beside = BESIDE[fromPlace];
  if (beside !== undefined) return beside.includes(toPlace) ? null : `${from} imports ${to}`;
  const rank = (place: string) => ORDER.findIndex((group) => group.includes(place));
  if (rank(fromPlace) < 0) return `${from} has no place in the order`;
  if (rank(toPlace) < 0) return `${from} imports ${to}, which has no place in the order`;
  return rank(toPlace) <= rank(fromPlace) ? null : `${from} imports ${to}, which stands to its right`;
}

async function importsOf(file: string): Promise<string[]> {
  const text = await readFile(join(SRC, file), 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(([, specifier]) => specifier!);
}

async function sources(): Promise<string[]> {
  const entries = await readdir(SRC, { recursive: true });
  return entries.filter((file) => /\.tsx?$/.test(file));
}

test('every import in src points left', async () => {
  const complaints: (string | null)[] = [];
  for (const file of await sources()) {
    for (const specifier of (await importsOf(file)).filter((one) => one.startsWith('.'))) {
      const to = relative(SRC, resolve(SRC, dirname(file), specifier));
      if (to !== '../dist/policy.json')
        complaints.push(to.startsWith('..') ? `${file} leaves src` : complaint(file, to));
    }
  }
  expect(complaints.length).toBeGreaterThan(50);
  expect(complaints.filter((one) => one !== null)).toEqual([]);
});

test('an import that points right is a complaint', () => {
  expect(complaint('identity/verifier.ts', 'policy/decide.ts')).toContain('stands to its right');
  expect(complaint('policy/decide.ts', 'http/problem.ts')).toContain('stands to its right');
  expect(complaint('cli/main.ts', 'http/problem.ts')).not.toBeNull();
  expect(complaint('client/client.ts', 'failure.ts')).not.toBeNull();
  expect(complaint('http/tokens.ts', 'client/client.ts')).not.toBeNull();
  expect(complaint('http/tokens.ts', 'exchange.ts')).toBeNull();
});

const RUNS_ON_NODE = /^(cli|action)\//;
/** The one file of the client that needs Node imports it when it is called, so that the client loads anywhere. */
const NODE_ON_CALL = 'client/subject-token.ts';

test('only what runs on Node touches it, and only what stands right of the app the platform', async () => {
  for (const file of await sources()) {
    const imports = await importsOf(file);
    const node = imports.filter((one) => one.startsWith('node:'));
    if (file === NODE_ON_CALL) expect(node).toEqual(['node:fs/promises']);
    else if (!RUNS_ON_NODE.test(file)) expect({ file, node }).toEqual({ file, node: [] });
    if (file !== 'platform.ts' && !file.startsWith('objects/') && file !== 'rpc/token-service.ts')
      expect({ file, platform: imports.filter((one) => one.startsWith('cloudflare:')) }).toEqual({
        file,
        platform: [],
      });
  }
});

test('below the platform nobody reads the clock, the network or randomness from a global', async () => {
  const globals =
    /\bDate\.now\(|\bnew Date\(\)|(?<![.\w])fetch\((?!request, env\))|Math\.random|getRandomValues|randomUUID|AbortSignal\.timeout|setTimeout\(/;
  for (const file of await sources()) {
    if (file === 'platform.ts' || file === 'client/environment.ts' || RUNS_ON_NODE.test(file)) continue;
    const code = (await readFile(join(SRC, file), 'utf8')).replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '');
    expect({ file, global: globals.exec(code)?.[0] ?? null }).toEqual({ file, global: null });
  }
});

/** The one line of ours that is no code of ours: what the command tells people to type. */
const TO_BE_TYPED = "node -e 'process.stdout.write(JSON.parse(require";

test('text that somebody else wrote is read by the strict reader alone, never by the engine', async () => {
  for (const file of await sources()) {
    const code = (await readFile(join(SRC, file), 'utf8'))
      .replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '')
      .replace(TO_BE_TYPED, '');
    expect({ file, reader: /\bJSON\.parse\b|\.json\(\)/.exec(code)?.[0] ?? null }).toEqual({ file, reader: null });
  }
});

/** The errors that the compiler finds in a file of these lines, which stands as deep as those of the tests. */
async function compileErrors(lines: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(ROOT, 'dist/types-'));
  try {
    await writeFile(join(folder, 'case.ts'), lines.join('\n'));
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        include: ['case.ts'],
        compilerOptions: { types: ['node'], lib: ['ES2024', 'DOM', 'DOM.Iterable'], noUnusedLocals: false },
      }),
    );
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    return await promisify(execFile)(tsc, ['--noEmit', '-p', folder]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}

const TYPES = [
  "import type { Verify } from '../../src/identity/verifier.ts';",
  "import { decide } from '../../src/policy/decide.ts';",
  "import type { CompiledPolicy } from '../../src/policy/compiled.ts';",
  "import type { Mint } from '../../src/influx/mint.ts';",
  'declare const verify: Verify; declare const policy: CompiledPolicy; declare const mint: Mint; declare const token: string;',
];

test('the whole line compiles', async () => {
  const errors = await compileErrors([
    ...TYPES,
    'const identity = await verify(token); if (!identity.ok) throw 0;',
    'const { result } = decide(policy, identity.value, {}, 0); if (!result.ok) throw 0;',
    'await mint.own(result.value);',
  ]);
  expect(errors).toBe('');
});

test('minting without deciding does not compile', async () => {
  const errors = await compileErrors([
    ...TYPES,
    'const identity = await verify(token); if (!identity.ok) throw 0;',
    'await mint.own(identity.value);',
    "await mint.own({ rule: 'r', instance: policy.instances.main!, permissions: [], ttl: 1, share: false, owner: [''] });",
  ]);
  expect(errors).toMatch(/case\.ts\(7,\d+\): error TS27\d\d.*Grant/);
  expect(errors).toMatch(/case\.ts\(8,\d+\): error TS27\d\d.*decided/);
});

test('deciding without verifying does not compile', async () => {
  const errors = await compileErrors([
    ...TYPES,
    'decide(policy, { issuer: policy.issuers.github!, claims: {}, subject: [], expiresAt: 0 }, {}, 0);',
  ]);
  expect(errors).toMatch(/case\.ts\(6,\d+\): error TS27\d\d.*verified/);
});
