// The content of the Worker's bundle: the code that a request can reach, and no code that builds, reviews or administers.

import { expect, test } from 'vitest';
import { bundledFiles } from './emulator/built-worker.ts';
import { TEST_BUNDLE } from './global-setup.ts';

/** Never in the Worker: compiling and reviewing policies, YAML, the command, the caller's side. */
const BESIDE_THE_WORKER =
  /(^|\/)(src\/(policy\/(build|review)|cli|client|action)|node_modules\/yaml|(?<!node_modules\/.*)(build|demo|test))\//;

test("nothing of the policy's build or review, of YAML or of the command is in the Worker", async () => {
  const files = await bundledFiles(TEST_BUNDLE);
  for (const part of ['src/index.ts', 'src/service/exchange.ts', 'src/policy/decision/decide.ts']) {
    expect(files).toContain(part);
  }
  expect(files.filter((file) => BESIDE_THE_WORKER.test(file))).toEqual([]);
});

test.each([
  'src/policy/build/compile.ts',
  'src/policy/review/replay.ts',
  'src/cli/main.ts',
  'src/client/client.ts',
  'node_modules/yaml/browser/index.js',
  '../node_modules/yaml/dist/index.js',
])('%s would be a complaint', (file) => {
  expect(file).toMatch(BESIDE_THE_WORKER);
});
