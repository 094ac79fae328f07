// Bundles the GitHub Action into the given folder, by default the one that action.yml names. The bundles are committed, because GitHub runs
// what is committed; test/action/bundle.test.ts checks that they match these sources.

import type { Plugin } from 'esbuild';
import { bundle } from './bundle.ts';

/** GitHub's toolkit also brings an HTTP client of half a megabyte, for calls that the action does not make. Its files do nothing by themselves. */
const leaveOutUnused: Plugin = {
  name: 'leave-out-unused',
  setup: (build) => {
    build.onResolve({ filter: /./ }, async ({ path, pluginData, ...rest }) => {
      if (pluginData === leaveOutUnused.name || !/@actions/.test(path + rest.importer)) return null;
      const found = await build.resolve(path, { ...rest, pluginData: leaveOutUnused.name });
      return { ...found, sideEffects: false };
    });
  },
};

await bundle({
  entries: { main: 'src/action/main.ts', post: 'src/action/post.ts' },
  outdir: process.argv[2] ?? 'action',
  platform: 'node',
  target: 'node24',
  plugins: [leaveOutUnused],
});
