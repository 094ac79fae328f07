// What the platform gives a Worker, as types: worker-configuration.d.ts, which TypeScript asks for and Git does not keep. Wrangler makes it
// of its configuration, so it is made again only when that or the toolchain is newer. It speaks of the built Worker, which Wrangler builds first.

import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './bundle.ts';

const TYPES = 'worker-configuration.d.ts';
const WORKER_TYPES = 'dist/worker/index.d.ts';
const MADE_OF = ['wrangler.toml', 'package-lock.json'];

const timeOf = (file: string) =>
  stat(join(ROOT, file)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

const [worker, made, ...sources] = await Promise.all([WORKER_TYPES, TYPES, ...MADE_OF].map(timeOf));
if (worker === 0 || sources.some((time) => time >= made!)) {
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');
  const args = [wrangler, 'types', '--include-runtime=true', TYPES];
  await promisify(execFile)(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
}
