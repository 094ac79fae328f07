// The benchmark itself, as briefly as it runs: that it comes to its end and prints every number that is published. It judges none of them,
// because the machine may be busy.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { TARGETS } from '../../bench/table.ts';

test('npm run bench -- --quick --json prints one JSON object with every number that has a target', async () => {
  const program = join(import.meta.dirname, '../../bench/bench.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [program, '--quick', '--json']);
  const results = JSON.parse(stdout) as Record<string, unknown>;
  for (const name of Object.keys(TARGETS)) expect({ [name]: results[name] }).toEqual({ [name]: expect.any(Number) });
  expect(results).toMatchObject({
    cases: expect.any(Object),
    quartiles: expect.any(Object),
    environment: expect.any(Object),
  });
});
