// The version of this package. Both this file and the published command lie two folders below its package.json, so it never searches for
// it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, parseJson } from '../foundation/json.ts';

export async function version(): Promise<string> {
  const manifest = await readFile(join(import.meta.dirname, '../../package.json'), 'utf8');
  const json = parseJson(manifest);
  return json.ok && isJsonObject(json.value) ? String(json.value.version) : 'unknown';
}
