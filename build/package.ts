// Builds what `npx influx-sts` runs and `import 'influx-sts/client'` loads into dist/package: one file each, without dependencies, and the
// client's types. npm runs it as the script `dependencies` after each installation in a checkout, so that the command is there too. An
// installation of the package never runs it, unlike `prepare`.

import { execFile } from 'node:child_process';
import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle, ROOT } from './bundle.ts';

const OUT = 'dist/package';

/** Built in another folder and moved, so that anyone who starts the command meanwhile finds the previous one. */
const BUILDING = `${OUT}-${process.pid}`;

await Promise.all([
  bundle({
    entries: { 'influx-sts': 'src/cli/entry.ts' },
    outdir: BUILDING,
    platform: 'node',
    target: 'node20',
    splitting: true,
    inject: ['build/node20.ts'],
    // CommonJS packages in the bundle still load Node's modules by `require`.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  }),
  bundle({
    entries: { package: 'src/client/package.ts' },
    outdir: `${BUILDING}/client`,
    platform: 'neutral',
    target: 'es2022',
    external: ['node:fs/promises'],
  }),
  promisify(execFile)(process.execPath, [
    join(ROOT, 'node_modules/typescript/bin/tsc'),
    '-p',
    join(ROOT, 'build/client-types.json'),
    '--outDir',
    join(ROOT, BUILDING),
  ]),
]);
await chmod(join(ROOT, BUILDING, 'influx-sts.js'), 0o755);
await rm(join(ROOT, OUT), { recursive: true, force: true });
await rename(join(ROOT, BUILDING), join(ROOT, OUT));
