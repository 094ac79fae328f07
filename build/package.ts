// Builds what `npx influx-sts` runs and `import 'influx-sts/client'` loads into dist/package: bundles without dependencies, and the
// client's types. npm runs it as the script `dependencies` after each installation in a checkout, so that the command is there too. An
// installation of the package never runs it, unlike `prepare`.

import { execFile } from 'node:child_process';
import { chmod, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { bundle, ROOT } from './bundle.ts';

const OUT = 'dist/package';

/** Built in another folder and moved, so that anyone who starts the command meanwhile finds the previous one. */
const BUILDING = `${OUT}-${process.pid}`;

await removeAborted();
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
// One that is the same stays where it is: two test runs in one checkout build it both, and both start it.
if (!(await isSame(BUILDING, OUT))) {
  const before = `${BUILDING}-before`;
  await rename(join(ROOT, OUT), join(ROOT, before)).catch(() => {});
  await rename(join(ROOT, BUILDING), join(ROOT, OUT));
  await rm(join(ROOT, before), { recursive: true, force: true });
}
await rm(join(ROOT, BUILDING), { recursive: true, force: true });

async function isSame(one: string, other: string): Promise<boolean> {
  const [ours, theirs] = await Promise.all([contentOf(one), contentOf(other).catch(() => null)]);
  return JSON.stringify(ours) === JSON.stringify(theirs);
}

async function contentOf(folder: string): Promise<readonly (readonly [string, string])[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const read = files.map(async (file) => [relative(join(ROOT, folder), file), await readFile(file, 'utf8')] as const);
  return (await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** What a build left that was ended before it had moved it. */
async function removeAborted(): Promise<void> {
  const entries = await readdir(join(ROOT, 'dist')).catch(() => []);
  for (const entry of entries) {
    const [, pid] = /^package-(\d+)/.exec(entry) ?? [];
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(ROOT, 'dist', entry), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
