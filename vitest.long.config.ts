// `npm run test:long`: the files whose tests try more when there is time, with the larger of their numbers, and those that are too slow for
// every run. Minutes, not hours.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import usual from './vitest.config.ts';

const files = readdirSync(join(import.meta.dirname, 'test'), { recursive: true, encoding: 'utf8' })
  .map((file) => join(import.meta.dirname, 'test', file))
  .filter((file) => file.endsWith('.test.ts'))
  .filter((file) => file.endsWith('.long.test.ts') || /from '[./]+\/rounds\.ts'/.test(readFileSync(file, 'utf8')));

export default defineConfig({
  test: { ...usual.test, include: files, exclude: [], env: { INFLUX_STS_LONG: '1' }, testTimeout: 900_000 },
});
