// What Wrangler uploads: the code that a request can reach and no code that builds, reviews or administers; how much of it every isolate
// loads at its start, and what is loaded only when it is asked for.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Contents, readBundle, readContents } from './emulator/built-worker.ts';
import { TEST_BUNDLE } from './global-setup.ts';

/** Never in the Worker: compiling and reviewing policies, YAML, the command, the caller's side. */
const BESIDE_THE_WORKER =
  /(^|\/)(src\/(policy\/(build|review)|cli|client|action)|node_modules\/yaml)\/|^(\.\.\/)*(build|demo|test)\//;
/** Pages and documents for people. */
const LOADED_WHEN_ASKED_FOR = /(^|\/)(src\/(ui|http\/(docs|openapi))|node_modules\/hono\/dist\/jsx\/)/;

/**
 * Bytes, compressed, of all modules that are loaded before the first request is answered: what they are, and room for a feature. Before you
 * raise it, see whether what was added can be loaded when it is asked for. It never exceeds 95,000.
 */
const MAX_AT_START = 95_000;

test("nothing of the policy's build or review, of YAML or of the command is in the Worker", async () => {
  const files = sourcesOf(await readContents(TEST_BUNDLE));
  for (const part of ['src/index.ts', 'src/service/exchange.ts', 'src/policy/decision/decide.ts']) {
    expect(files).toContain(part);
  }
  expect(files.filter((file) => BESIDE_THE_WORKER.test(file))).toEqual([]);
});

test.each([
  'src/policy/build/compile.ts',
  'src/policy/review/replay.ts',
  'src/cli/main.ts',
  'build/worker.ts',
  'src/client/client.ts',
  'node_modules/yaml/browser/index.js',
  '../node_modules/yaml/dist/index.js',
])('%s would be a complaint', (file) => {
  expect(file).toMatch(BESIDE_THE_WORKER);
});

test('the modules that load at the start hold the whole line, and no page or document for people', async () => {
  const contents = await readContents(TEST_BUNDLE);
  const atStart = sourcesOf(loadedAtStart(contents));
  expect(atStart).toEqual(
    expect.arrayContaining(['src/service/exchange.ts', 'src/http/oauth-token.ts', 'src/rpc/calls.ts']),
  );
  expect(atStart.filter((file) => LOADED_WHEN_ASKED_FOR.test(file))).toEqual([]);
  const all = sourcesOf(contents);
  expect(all).toEqual(
    expect.arrayContaining(['src/http/docs/page.tsx', 'src/http/openapi/document.ts', 'src/ui/route.tsx']),
  );
});

test('the large form of zod is in no module: of what a later one uses, the shared part would load at the start', async () => {
  const files = sourcesOf(await readContents(TEST_BUNDLE)).filter((file) => file.includes('node_modules/zod/'));
  expect(files.some((file) => file.includes('/mini/'))).toBe(true);
  expect(files.filter((file) => file.includes('/classic/'))).toEqual([]);
});

test(`the modules that load at the start have at most ${MAX_AT_START} bytes, compressed`, async () => {
  const { scripts } = await readBundle(TEST_BUNDLE);
  const names = loadedAtStart(await readContents(TEST_BUNDLE)).map(({ name }) => name);
  const sizes = names.map((name) => gzipSync(scripts.find((script) => script.name === name)!.text).length);
  expect(names.length).toBeLessThan(scripts.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeGreaterThan(MAX_AT_START / 2);
  expect(total).toBeLessThanOrEqual(MAX_AT_START);
});

test('a place in the log becomes a place in the sources, and one of another build is not guessed', async () => {
  const { scripts } = await readBundle(TEST_BUNDLE);
  const text = 'This is a fault of the service.';
  const { name, lines } = scripts
    .map((script) => ({ name: script.name, lines: script.text.split('\n') }))
    .find((module) => module.lines.some((line) => line.includes(text)))!;
  const row = lines.findIndex((line) => line.includes(text));
  const place = `at async i (file:///worker/${name}:${row + 1}:${lines[row]!.indexOf(text)})`;
  const log = JSON.stringify({ alarm: 'internal_error', place: [place, 'at chunk-OTHER.js:1:2'] });
  const tracing = promisify(execFile)(process.execPath, ['build/trace.ts', TEST_BUNDLE]);
  tracing.child.stdin!.end(log);
  const source = (await readFile('src/web/internal-error.ts', 'utf8')).split('\n');
  const line = source.findIndex((one) => one.includes(text)) + 1;
  expect((await tracing).stdout).toMatch(
    new RegExp(`^src/web/internal-error\\.ts:${line}:\\d+\nchunk-OTHER\\.js:1:2 \\(not of this build\\)\n$`),
  );
});

function sourcesOf(modules: Contents): string[] {
  return modules.flatMap(({ sources }) => sources);
}

/** The entry and all that it imports, however far, but nothing that is imported when it is asked for. */
function loadedAtStart(modules: Contents): Contents {
  const reached = new Set(['index.js']);
  for (const name of reached) {
    for (const next of modules.find((module) => module.name === name)!.imports) reached.add(next);
  }
  return modules.filter(({ name }) => reached.has(name));
}
