// The house itself: which folder may import which, and what must not compile.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');

/** In the order of the request; a file imports from its own place and from anything before it. */
const ORDER: readonly (readonly string[])[] = [
  ['foundation'],
  ['identity'],
  ['policy/language'],
  ['policy/decision'],
  ['admission'],
  ['influx'],
  ['audit'],
  ['config.ts'],
  ['service'],
  ['web'],
  ['http', 'ui'],
  ['app.ts'],
  ['platform.ts'],
  ['objects'],
  ['start.ts'],
  ['rpc'],
  ['index.ts'],
];
/** Each is a way in of its own; what two of them need stands in `web`. */
const DOORS: readonly string[] = ['http', 'ui', 'rpc'];
/** Beside the server: what each place may import, itself included. None of it is ever part of the Worker. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  'policy/build': ['foundation', 'identity', 'policy/language', 'policy/decision', 'policy/build'],
  'policy/review': ['foundation', 'identity', 'policy/language', 'policy/decision', 'policy/build', 'policy/review'],
  client: ['foundation', 'client'],
  action: ['foundation', 'client', 'action'],
  ...commandPlaces(['shell', 'login', 'token', 'policy', 'switch', 'audit', 'admin', 'bootstrap']),
};

/** The groups of commands stand in an order too; `main.ts` picks from them all. */
function commandPlaces(groups: readonly string[]): Record<string, readonly string[]> {
  const code = ['foundation', 'identity', 'policy', 'influx', 'client'];
  const rooms = groups.map((group) => `cli/${group}`);
  const places = rooms.map((room, at) => [room, [...code, ...rooms.slice(0, at + 1)]] as const);
  return { ...Object.fromEntries(places), cli: [...code, 'cli'] };
}

const isIn = (file: string, place: string) => file === place || file.startsWith(`${place}/`);
/** The place named most exactly. */
const placeOf = (file: string, places: readonly string[]) =>
  places.filter((place) => isIn(file, place)).sort((a, b) => b.length - a.length)[0];

/** The complaint about one import, or null when it points left. */
function complaint(from: string, to: string): string | null {
  const beside = placeOf(from, Object.keys(BESIDE));
  if (beside !== undefined) {
    return BESIDE[beside]!.some((place) => isIn(to, place)) ? null : `${from} imports ${to}`;
  }
  const rank = (file: string) => {
    const place = placeOf(file, ORDER.flat());
    return place === undefined ? -1 : ORDER.findIndex((group) => group.includes(place));
  };
  if (rank(from) < 0) return `${from} has no place in the order`;
  if (rank(to) < 0) return `${from} imports ${to}, which has no place in the order`;
  if (rank(to) > rank(from)) return `${from} imports ${to}, which stands to its right`;
  const isDoor = (file: string) => DOORS.find((door) => isIn(file, door));
  const [own, other] = [isDoor(from), isDoor(to)];
  if (own !== undefined && other !== undefined && own !== other) return `${from} imports ${to}, which is another door`;
  return null;
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
  expect(complaint('identity/verifier.ts', 'policy/decision/decide.ts')).toContain('stands to its right');
  expect(complaint('policy/language/entry.ts', 'policy/decision/evaluate.ts')).toContain('stands to its right');
  expect(complaint('policy/decision/decide.ts', 'web/problem.ts')).toContain('stands to its right');
  expect(complaint('rpc/calls.ts', 'http/tokens.ts')).toContain('another door');
  expect(complaint('objects/gate.ts', 'start.ts')).toContain('stands to its right');
  expect(complaint('policy/decision/explain.ts', 'policy/build/report.ts')).not.toBeNull();
  expect(complaint('service/service.ts', 'policy/build/compile.ts')).not.toBeNull();
  expect(complaint('influx/mint.ts', 'policy/review/judge.ts')).not.toBeNull();
  expect(complaint('policy/build/lint/lint.ts', 'policy/review/diff.ts')).not.toBeNull();
  expect(complaint('cli/main.ts', 'web/problem.ts')).not.toBeNull();
  expect(complaint('cli/shell/command.ts', 'cli/token/token.ts')).not.toBeNull();
  expect(complaint('client/client.ts', 'identity/token.ts')).not.toBeNull();
  expect(complaint('http/tokens.ts', 'client/client.ts')).not.toBeNull();
  expect(complaint('somewhere/new.ts', 'foundation/json.ts')).toContain('no place in the order');
  expect(complaint('http/tokens.ts', 'service/exchange.ts')).toBeNull();
  expect(complaint('cli/token/token.ts', 'cli/shell/command.ts')).toBeNull();
});

test('no import runs in a circle', async () => {
  const graph = new Map<string, string[]>();
  for (const file of await sources()) {
    const local = (await importsOf(file)).filter((one) => one.startsWith('.'));
    graph.set(
      file,
      local.map((specifier) => relative(SRC, resolve(SRC, dirname(file), specifier))),
    );
  }
  expect(circles(graph)).toEqual([]);
  expect(
    circles(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
  ).toEqual(['b > c > b']);
});

function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]) => {
    const from = trail.indexOf(file);
    if (from >= 0) found.push([...trail.slice(from), file].join(' > '));
    if (from >= 0 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

/** More than this is a room missing. */
const MAX_FILES = 22;

test('no folder of src holds more files of its own than a newcomer can look through', async () => {
  const counts = new Map<string, number>();
  for (const file of await sources()) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > MAX_FILES)).toEqual([]);
});

const RUNS_ON_NODE = /^(cli|action)\//;
/** Text that a browser runs. */
const RUNS_IN_BROWSERS = 'ui/pages/script.ts';
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
    if (['platform.ts', 'client/environment.ts', RUNS_IN_BROWSERS].includes(file) || RUNS_ON_NODE.test(file)) continue;
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

const TYPES = [
  "import type { Verify } from '../../src/identity/verifier.ts';",
  "import { decide } from '../../src/policy/decision/decide.ts';",
  "import type { CompiledPolicy } from '../../src/policy/language/compiled.ts';",
  "import type { Admission } from '../../src/admission/admission.ts';",
  "import type { Mint } from '../../src/influx/mint.ts';",
  'declare const verify: Verify; declare const policy: CompiledPolicy; declare const mint: Mint; declare const token: string;',
  'declare const admission: Admission; const beside = { id: token, claim: null, facts: {} as never, personal: {} };',
];

/** Files that stand as deep as those of the tests, by name. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  whole: [
    ...TYPES,
    'const identity = await verify(token); if (!identity.ok) throw 0;',
    'const { result } = decide(policy, identity.value, {}, 0); if (!result.ok) throw 0;',
    'const admitted = await admission.admit({ ...beside, grant: result.value }); if (!admitted.ok) throw 0;',
    'await mint.own(admitted.value);',
  ],
  unadmitted: [
    ...TYPES,
    'const identity = await verify(token); if (!identity.ok) throw 0;',
    'const { result } = decide(policy, identity.value, {}, 0); if (!result.ok) throw 0;',
    'await mint.own(result.value);',
    "await mint.own({ id: token, grant: result.value, mintBefore: 0, gate: '0' });",
  ],
  undecided: [
    ...TYPES,
    'const identity = await verify(token); if (!identity.ok) throw 0;',
    'await admission.admit({ ...beside, grant: identity.value });',
    "const grant = { rule: 'r', instance: policy.instances.main!, permissions: [], ttl: 1, share: false, owner: [''] as const };",
    'await admission.admit({ ...beside, grant });',
  ],
  unverified: [
    ...TYPES,
    'decide(policy, { issuer: policy.issuers.github!, claims: {}, subject: [], expiresAt: 0 }, {}, 0);',
  ],
};

/** The errors that the compiler finds in them, all at once: it reads the sources for each start anew. */
async function compileErrors(): Promise<string> {
  const folder = await mkdtemp(join(ROOT, 'dist/types-'));
  try {
    for (const [name, lines] of Object.entries(CASES)) await writeFile(join(folder, `${name}.ts`), lines.join('\n'));
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../tsconfig.json',
        include: ['*.ts'],
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

test('the whole line compiles, and no line that leaves out admitting, deciding or verifying', async () => {
  const errors = await compileErrors();
  expect(errors).not.toMatch(/whole\.ts/);
  expect(errors).toMatch(/unadmitted\.ts\(10,\d+\): error TS27\d\d.*Admitted/);
  expect(errors).toMatch(/unadmitted\.ts\(11,\d+\): error TS27\d\d.*admitted/);
  expect(errors).toMatch(/undecided\.ts\(9,\d+\): error TS27\d\d.*Grant/);
  expect(errors).toMatch(/undecided\.ts\(11,\d+\): error TS27\d\d.*decided/);
  expect(errors).toMatch(/unverified\.ts\(8,\d+\): error TS27\d\d.*verified/);
  expect(errors.match(/: error /g)).toHaveLength(5);
});
