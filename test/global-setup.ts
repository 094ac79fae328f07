// Bundles the Worker and the package once, for all tests that run them, and unpacks their browser. Each run has a folder of its own for the Worker, so that two runs in
// one checkout do not meet; the package has one place, and a build that changes nothing leaves it alone.

import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unpackChromium } from './chromium.ts';
import { buildWorker } from './emulator/built-worker.ts';

/** vitest.config.ts names the run; the processes that run the tests inherit it. */
export const TEST_BUNDLE = join(tmpdir(), `influx-sts-test-${process.env.INFLUX_STS_TEST_RUN}`);

export async function setup(): Promise<void> {
  await Promise.all([buildWorker(TEST_BUNDLE), buildPackage(), unpackChromium()]);
}

/** The installation has built it just before, as a rule; what has changed since then is newer. */
async function buildPackage(): Promise<void> {
  const built = await stat('dist/package/influx-sts.js').catch(() => null);
  const sources = globSync(['{src,build}/**/*', 'package.json', 'package-lock.json', 'tsconfig.json']);
  const newest = Math.max(...(await Promise.all(sources.map(async (file) => (await stat(file)).mtimeMs))));
  if (built === null || built.mtimeMs < newest) await promisify(execFile)(process.execPath, ['build/package.ts']);
}

export async function teardown(): Promise<void> {
  await rm(TEST_BUNDLE, { recursive: true, force: true });
}
