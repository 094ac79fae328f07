// Builds the Worker into dist/worker, or into the given folder: the policy, checked and compiled, and the modules that Wrangler uploads as
// they are. Wrangler runs it (`[build]` in wrangler.toml). It never writes anything when the policy does not build.

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
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
  const page = await buildOne({ entryPoints: { page: 'src/ui/route.tsx' }, entryNames: '[name]-[hash]' });
  const name = [...page.files.keys()].find((file) => file.endsWith('.js'))!;
  const rest = await buildOne({
    entryPoints: { index: 'src/index.ts' },
    splitting: true,
    plugins: [pageApart(name), policyApart, documentMade],
  });
  const metafile = {
    inputs: { ...rest.metafile.inputs, ...page.metafile.inputs },
    outputs: { ...rest.metafile.outputs, ...page.metafile.outputs },
  };
  return new Map([...rest.files, ...page.files, ['metafile.json', JSON.stringify(metafile)]]);
}

/**
 * The page for people has its own copy of what it shares with the rest. In a module of both, what the page alone uses of a library would be
 * loaded at the start too, because only whole files are split.
 */
function pageApart(name: string): Plugin {
  return {
    name: 'page-apart',
    setup: ({ onResolve }) => {
      onResolve({ filter: /[\\/]ui[\\/]route\.tsx$/ }, () => ({ path: `./${name}`, external: true }));
    },
  };
}

async function buildOne(
  options: Pick<BuildOptions, 'entryPoints' | 'entryNames' | 'splitting' | 'plugins'>,
): Promise<{ readonly files: ReadonlyMap<string, string>; readonly metafile: Metafile }> {
  const { outputFiles, metafile } = await build({
    ...options,
    absWorkingDir: ROOT,
    outdir: OUT,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2024',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*'],
    charset: 'utf8',
    legalComments: 'none',
    sourcemap: 'linked',
    chunkNames: '[name]-[hash]',
    metafile: true,
    logLevel: 'warning',
    write: false,
  });
  return { files: new Map(outputFiles.map(({ path, text }) => [basename(path), text])), metafile };
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
