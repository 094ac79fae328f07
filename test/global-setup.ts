// Bundles the Worker once for all tests that run it in workerd.

import { buildWorker } from './emulator/built-worker.ts';

export const TEST_BUNDLE = 'dist/test-worker';

export async function setup(): Promise<void> {
  await buildWorker(TEST_BUNDLE);
}
