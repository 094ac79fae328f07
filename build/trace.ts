// Reads lines of the Worker's log from standard input, and prints the places that they name in the built modules as places in the sources.
// The folder of the built modules, dist/worker unless given, must be of the version that wrote the log. It never changes anything.

import { readFile } from 'node:fs/promises';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join, relative } from 'node:path';
import { text } from 'node:stream/consumers';
import { ROOT } from './bundle.ts';

const folder = process.argv[2] ?? join(ROOT, 'dist/worker');
const maps = new Map<string, SourceMap | null>();

async function mapOf(module: string): Promise<SourceMap | null> {
  const known = maps.get(module);
  if (known !== undefined) return known;
  const json = await readFile(join(folder, `${module}.map`), 'utf8').catch(() => null);
  const map = json === null ? null : new SourceMap(JSON.parse(json) as SourceMapPayload);
  maps.set(module, map);
  return map;
}

/** Modules other than the entry have a digest in their name, so that one of another version is not found. */
async function placeOf(module: string, line: number, column: number): Promise<string> {
  const map = await mapOf(module);
  if (map === null) return `${module}:${line}:${column} (not of this build)`;
  const origin = map.findOrigin(line, column);
  if (!('fileName' in origin)) return `${module}:${line}:${column}`;
  const file = relative(ROOT, join(ROOT, 'dist/worker', origin.fileName));
  return `${file}:${origin.lineNumber}:${origin.columnNumber}`;
}

for (const [, module, line, column] of (await text(process.stdin)).matchAll(/([\w-]+\.js):(\d+):(\d+)/g)) {
  console.log(await placeOf(module!, Number(line), Number(column)));
}
