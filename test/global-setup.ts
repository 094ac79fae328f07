// Bundles the Worker and the package once, for all tests that run them. Each run has a folder of its own for the Worker, so that two runs in
// one checkout do not meet; the package has one place, and a build that changes nothing leaves it alone.

import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildWorker } from './emulator/built-worker.ts';

/** vitest.config.ts names the run; the processes that run the tests inherit it. */
export const TEST_BUNDLE = join(tmpdir(), `influx-sts-test-${process.env.INFLUX_STS_TEST_RUN}`);

export async function setup(): Promise<void> {
  await Promise.all([buildWorker(TEST_BUNDLE), promisify(execFile)(process.execPath, ['build/package.ts'])]);
}

export async function teardown(): Promise<void> {
  await rm(TEST_BUNDLE, { recursive: true, force: true });
}
