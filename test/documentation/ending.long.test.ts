// Each documented way of starting `exec`, ended by SIGTERM while its job runs: the outermost process gets the signal, first beside others and
// then as process 1 of a PID namespace, as in a container. No token lives on, and no process.

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Configuration } from '../emulator/gitlab-component.ts';
import { resolveJob } from '../emulator/gitlab-job.ts';
import { type Pod, runPod } from '../emulator/kubernetes-pod.ts';
import { type Outermost, startOutermost } from '../outermost.ts';
import { NAMESPACE } from '../processes.ts';
import { blocksOf, DOCUMENTS, speaksToStart } from './blocks.ts';
import { imageCommands, type RecipeWorld, startRecipeWorld } from './recipe-world.ts';

let world: RecipeWorld;
beforeAll(async () => {
  world = await startRecipeWorld();
  // In place of the job: a shell that waits for a program, and knows nothing of signals.
  await world.workbench.write('write-metrics.sh', '#!/bin/sh\necho ready\nsleep 60\necho overslept\n');
});
afterAll(() => world.stop());

const PLACES = [
  ['beside others', null],
  NAMESPACE === null
    ? (['beside others again, where no PID namespace can be made', null] as const)
    : (['as process 1', NAMESPACE] as const),
] as const;

interface Way {
  readonly command: readonly string[];
  readonly variables?: Readonly<Record<string, string>>;
}

const bash = (lines: readonly string[]) => ['bash', '-c', ['set -eo pipefail', ...lines].join('\n')];

/** How each system starts what its recipe says. */
const WAYS: Readonly<Record<string, () => Promise<Way>>> = {
  GitLab: async () => {
    const [, configuration] = world.yamlBlocks('GitLab') as Configuration[];
    const { script, id_tokens = {} } = resolveJob(configuration!, 'metrics');
    const claims = { project_id: '2022', namespace_id: '72', ref: 'main', ref_protected: 'true' };
    const [[name, { aud }]] = Object.entries(id_tokens) as [[string, { aud: string }]];
    return { command: bash(script), variables: { [name]: await world.gitlab.sign({ ...claims, aud }) } };
  },
  Buildkite: async () => {
    const [pipeline] = world.yamlBlocks('Buildkite') as [{ steps: { command: string }[] }];
    return { command: bash(pipeline.steps.map(({ command }) => command)) };
  },
  CircleCI: async () => {
    const [config] = world.yamlBlocks('CircleCI') as [{ jobs: { metrics: { steps: { run: { command: string } }[] } } }];
    return { command: bash(config.jobs.metrics.steps.flatMap(({ run }) => (run === undefined ? [] : [run.command]))) };
  },
};

function start({ command, variables }: Way, namespace: readonly string[] | null): Outermost {
  const { path, env } = world.workbench;
  return startOutermost(command, { cwd: path, env: { ...env, ...variables }, namespace });
}

async function expectNothingLeft(outermost: Outermost): Promise<void> {
  expect(await outermost.remaining()).toEqual([]);
  expect(world.stack.liveTokens()).toEqual([]);
}

test.each(
  Object.keys(WAYS).flatMap((system) => PLACES.map(([place, namespace]) => [system, place, namespace] as const)),
)('%s, %s: SIGTERM ends the job, and leaves no live token and no process', async (system, _, namespace) => {
  const outermost = start(await WAYS[system]!(), namespace);
  await outermost.says('ready');
  expect(world.stack.liveTokens()).toHaveLength(1);
  await outermost.signal('SIGTERM');
  expect((await outermost.ended).code).toBe(143);
  expect(outermost.output()).not.toContain('overslept');
  await expectNothingLeft(outermost);
});

test.each(
  PLACES,
)('Kubernetes, %s: SIGTERM ends init container and sidecar, and leaves no live token and no process', async (place, namespace) => {
  for (const command of imageCommands()) await world.workbench.run(command);
  for (const [at, pod] of (world.yamlBlocks('Kubernetes') as Pod[]).entries()) {
    const started: Outermost[] = [];
    const results = await runPod(pod, {
      folder: join(world.workbench.path, `${place.replaceAll(/\W/g, '-')}-${at}`),
      start: (command, variables) => {
        const outermost = start({ command, variables }, command[0] === 'influx-sts' ? namespace : null);
        started.push(outermost);
        // The sidecar is ended by the pod.
        if (command.includes('./write-metrics.sh'))
          void outermost.says('ready').then(() => outermost.signal('SIGTERM'));
        return { ended: outermost.ended, end: (signal) => void outermost.signal(signal) };
      },
      sign: ({ namespace: own, name }, aud) =>
        world.stack.cluster.sign({
          ...{ aud, sub: `system:serviceaccount:${own}:${name}`, exp: Math.floor(Date.now() / 1000) + 3600 },
          'kubernetes.io': { namespace: own, serviceaccount: { name, uid: '3c6f1f0e' } },
        }),
    });
    expect(results.at(-1)).toMatchObject({ container: at === 0 ? 'prepare' : 'influxdb-token', code: 143 });
    for (const outermost of started) await expectNothingLeft(outermost);
  }
});

test('no document starts exec by npx, which keeps a signal to itself', () => {
  const languages = ['sh', 'yaml', 'console', 'dockerfile'];
  const blocks = DOCUMENTS.flatMap((document) => languages.flatMap((language) => blocksOf(document, language)));
  const starting = blocks.filter(({ text }) =>
    /\binflux-sts\S* exec\b|influx-sts\S*", exec\b|influx-sts, exec\b/.test(text),
  );
  expect(starting.length).toBeGreaterThanOrEqual(5);
  expect(starting.filter(({ text }) => /npx\b.*\bexec\b/.test(text))).toEqual([]);
  // In a script the shell is replaced by it; only at a terminal does it run next to the shell.
  const scripts = starting.filter((block) => !speaksToStart(block) && /^.*influx-sts\S* exec /m.test(block.text));
  expect(scripts.filter(({ text }) => !/\bexec influx-sts exec /.test(text))).toEqual([]);
});
