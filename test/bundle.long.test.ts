// What `wrangler deploy` would upload: it takes Wrangler some seconds, and is the same as what every test runs.

import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { readBundle } from './emulator/built-worker.ts';
import { TEST_BUNDLE } from './global-setup.ts';

test('wrangler deploy uploads exactly these modules', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'influx-sts-upload-'));
  try {
    const wrangler = join(import.meta.dirname, '../node_modules/wrangler/bin/wrangler.js');
    const env = { ...process.env, WRANGLER_SEND_METRICS: 'false' };
    await promisify(execFile)(process.execPath, [wrangler, 'deploy', '--dry-run', '--outdir', folder], { env });
    const [uploaded, built] = await Promise.all([readBundle(folder), readBundle(TEST_BUNDLE)]);
    expect(uploaded.scripts.map(({ name }) => name)).toEqual(built.scripts.map(({ name }) => name));
    expect(uploaded).toEqual(built);
  } finally {
    await rm(folder, { recursive: true });
  }
});
