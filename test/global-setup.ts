// Bundles the Worker and the package once, for all tests that run them.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { buildWorker } from './emulator/built-worker.ts';

export const TEST_BUNDLE = 'dist/test-worker';

export async function setup(): Promise<void> {
  await Promise.all([buildWorker(TEST_BUNDLE), promisify(execFile)(process.execPath, ['build/package.ts'])]);
}
