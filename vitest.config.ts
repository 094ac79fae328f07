import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './test/slowest-first.ts';

// What npm, wrangler and TypeScript compile of themselves at each start is kept for the next.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/node');

process.env.INFLUX_STS_TEST_RUN ??= String(process.pid);

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These install, publish and deploy as the pages say, which takes wrangler and npm a minute: `npm run test:long`.
    exclude: ['test/**/*.long.test.ts'],
    // By default one core is left idle; but much of the time is spent waiting for workerd or a clock, and a runner has two.
    maxWorkers: availableParallelism() + 1,
    // No test changes a module or a global, so a worker need not load everything anew for each file, which costs more than many tests do.
    isolate: false,
    sequence: { sequencer: SlowestFirst },
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
