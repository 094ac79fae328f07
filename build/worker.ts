// Builds the Worker into dist/worker, or into the given folder: the policy, checked and compiled, and the modules that Wrangler uploads as
// they are. Wrangler runs it (`[build]` in wrangler.toml). It never writes anything when the policy does not build.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { policyBuild } from '../src/cli/policy/build.ts';
import { EXIT } from '../src/cli/shell/command.ts';
import { createTerminal } from '../src/cli/shell/terminal.ts';
import { apiDocument } from '../src/http/openapi/document.ts';
import { ROOT } from './bundle.ts';

const POLICY = 'dist/policy.json';
/** Wherever the modules are written to, they are built for this folder: their names hold digests of their source maps. */
const OUT = 'dist/worker';
/** `wrangler types` describes the Worker by the types of its entry. */
const ENTRY_TYPES = "export * from '../../src/index.ts';\nexport { default } from '../../src/index.ts';\n";

/** The compiled policy stays a text module of its own, because parsing it at start-up is cheaper than compiling it as script. */
const policyApart: Plugin = {
  name: 'policy-apart',
  setup: ({ onResolve }) => {
    onResolve({ filter: /[\\/]dist[\\/]policy\.json$/ }, () => ({ path: './policy.json', external: true }));
  },
};

/** The API's document is the same in every Worker. It is made here, and the code that makes it stays out. */
const documentMade: Plugin = {
  name: 'document-made',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]src[\\/]http[\\/]openapi[\\/]document\.ts$/ }, () => ({
      contents: `export const apiDocument = () => (${JSON.stringify(apiDocument())});`,
    }));
  },
};

/**
 * Wrangler would put modules that are imported when they are asked for into the one file that every isolate compiles at its start. As for
 * names: esbuild keeps them by a call for each closure, which costs more than the source maps that tell them.
 */
async function buildModules(): Promise<Map<string, string>> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { index: 'src/index.ts' },
    outdir: OUT,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    plugins: [policyApart, documentMade],
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'linked',
    chunkNames: '[name]-[hash]',
    metafile: true,
    logLevel: 'warning',
    write: false,
  });
  const files = outputFiles.map(({ path, text }) => [basename(path), text] as const);
  return new Map([...files, ['metafile.json', JSON.stringify(metafile)]]);
}

/** What is the same stays as it is, and the rest is moved into place: a Wrangler that watches the folder never reads half a file. */
async function replaceFiles(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const replaced = [...files].map(async ([name, text]) => {
    const file = join(folder, name);
    if ((await readFile(file, 'utf8').catch(() => null)) === text) return;
    await writeFile(`${file}.${process.pid}`, text);
    await rename(`${file}.${process.pid}`, file);
  });
  await Promise.all(replaced);
  // Wrangler uploads every module that it finds.
  const stale = (await readdir(folder)).filter((name) => /\.js(\.map)?$/.test(name) && !files.has(name));
  await Promise.all(stale.map((name) => rm(join(folder, name), { force: true })));
}

const [exit, modules] = await Promise.all([policyBuild.run([], createTerminal(process)), buildModules()]);
process.exitCode = exit;
if (exit === EXIT.ok) {
  const policy = await readFile(POLICY, 'utf8');
  const files = new Map([...modules, ['policy.json', policy], ['index.d.ts', ENTRY_TYPES]]);
  await replaceFiles(process.argv[2] ?? join(ROOT, OUT), files);
}
