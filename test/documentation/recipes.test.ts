// The recipes of docs/ci.md and the README, run as they stand before the whole service. What they would find at their place is emulated:
// GitHub's runner, GitLab, a pod; stand-ins are on the PATH for what cannot be had: `buildkite-agent`, `circleci`, and `npm`, since the
// package is published by the people who host a copy.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createActionsRunner } from '../emulator/actions-runner.ts';
import { runWorkflowJob, type WorkflowJob } from '../emulator/actions-workflow.ts';
import { type Configuration, includeComponent } from '../emulator/gitlab-component.ts';
import { resolveJob, runGitLabJob } from '../emulator/gitlab-job.ts';
import { type Pod, runPod } from '../emulator/kubernetes-pod.ts';
import type { Stack } from '../stack.ts';
import { blocksOf, ROOT } from './blocks.ts';
import { idTokens, imageCommands, type RecipeWorld, startRecipeWorld } from './recipe-world.ts';
import type { Workbench } from './workbench.ts';

let world: RecipeWorld;
let stack: Stack;
let workbench: Workbench;

beforeAll(async () => {
  world = await startRecipeWorld();
  ({ stack, workbench } = world);
});
afterAll(() => world.stop());

/** How many points were written, and how many of them a test has accounted for. */
let counted = 0;
const written = () => ['ci_metrics', 'app_metrics'].flatMap((database) => stack.influxdb.points(database)).length;

afterEach(async () => {
  await workbench.uninstall();
  expect(stack.liveTokens()).toEqual([]);
  stack.calls.length = 0;
});

/** A job on GitHub, whose checkout holds the scripts of the page. */
function onGitHub(job: WorkflowJob) {
  return runWorkflowJob(job, {
    runner: (idToken) =>
      createActionsRunner(ROOT, {
        PATH: workbench.env.PATH!,
        ...(idToken ? idTokens.variables(stack.issuer) : {}),
      }),
    checkout: async (workspace) => {
      await workbench.run(`cp -p write-metrics.sh "${workspace}"`);
    },
  });
}

test('GitHub Actions: the workflow, the one with outputs, and the one without the action', async () => {
  const [workflow, ...jobs] = world.yamlBlocks('GitHub Actions') as [
    WorkflowJob & { jobs: { metrics: WorkflowJob } },
    ...WorkflowJob[],
  ];
  expect(jobs).toHaveLength(2);
  for (const job of [{ ...workflow.jobs.metrics, permissions: workflow.permissions! }, ...jobs]) {
    const results = await onGitHub(job);
    expect(results.map(({ code, log }) => ({ code, log }))).toEqual(results.map(({ log }) => ({ code: 0, log })));
    expectVended('github');
  }
});

test('GitHub Actions: without the action, too, the token is revoked when a later command of the step fails', async () => {
  const [, , job] = world.yamlBlocks('GitHub Actions') as WorkflowJob[];
  const failing = JSON.parse(JSON.stringify(job).replace('db=ci_metrics', 'db=none_such')) as WorkflowJob;
  const [step] = await onGitHub(failing);
  expect(step!.code).not.toBe(0);
  expect(stack.calls.map(({ path }) => path)).toEqual(['/v1/tokens', '/oauth/revoke']);
});

test('the README shows a job that works', async () => {
  const job = blocksOf('README.md', 'yaml').find(({ heading }) => heading === 'In GitHub Actions')!;
  const results = await onGitHub(parse(world.local(job.text)) as WorkflowJob);
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  expectVended('github');
});

test('GitLab: the component, and exec', async () => {
  const component = await readFile(join(ROOT, 'templates/token.yml'), 'utf8');
  const configurations = world.yamlBlocks('GitLab') as Configuration[];
  expect(configurations).toHaveLength(2);
  for (const { include = [], ...own } of configurations) {
    const included = (include as { component: string; inputs: Configuration }[]).map(({ component: path, inputs }) => {
      expect(path).toMatch(/^\$CI_SERVER_FQDN\/acme\/influx-sts\/token@\d+\.\d+\.\d+$/);
      // Its pattern wants https, as the real address has it.
      const real = JSON.parse(JSON.stringify(inputs).replaceAll(stack.service, 'https://sts.example.com'));
      return JSON.parse(world.local(JSON.stringify(includeComponent(component, real)))) as Configuration;
    });
    const job = resolveJob(Object.assign({}, ...included, own) as Configuration, 'metrics');
    const { code, log } = await runGitLabJob(job, {
      sign: (aud) =>
        world.gitlab.sign({ project_id: '2022', namespace_id: '72', ref: 'main', ref_protected: 'true', aud }),
      variables: { PATH: workbench.env.PATH!, GLOBAL: workbench.env.GLOBAL! },
      rewrite: (script) => script.replace('./write-metrics.sh', join(workbench.path, 'write-metrics.sh')),
    });
    expect({ code, log }).toEqual({ code: 0, log: '' });
    expectVended('gitlab');
  }
});

test('Buildkite: the script that the pipeline names', async () => {
  const [pipeline] = world.yamlBlocks('Buildkite') as [{ steps: { command: string }[] }];
  for (const { command } of pipeline.steps) {
    expect(await workbench.run(command)).toEqual({ code: 0, output: '' });
    expectVended('buildkite');
  }
});

test('CircleCI: the commands of the job', async () => {
  const [config] = world.yamlBlocks('CircleCI') as [
    { jobs: { metrics: { steps: ('checkout' | { run: { command: string } })[] } }; workflows: object },
  ];
  const commands = config.jobs.metrics.steps.flatMap((step) => (step === 'checkout' ? [] : [step.run.command]));
  expect(commands).toHaveLength(1);
  for (const command of commands) expect(await workbench.run(command)).toEqual({ code: 0, output: '' });
  expectVended('circleci');
  // Without one CircleCI gives the job no token.
  expect(JSON.stringify(config.workflows)).toContain('"context":"influxdb"');
});

test('Kubernetes: the init container and the sidecar', async () => {
  for (const command of imageCommands()) expect(await workbench.run(command)).toEqual({ code: 0, output: '' });
  const pods = world.yamlBlocks('Kubernetes') as Pod[];
  expect(pods).toHaveLength(2);
  for (const [at, pod] of pods.entries()) {
    let duringApp: string[] = [];
    const results = await runPod(pod, {
      folder: join(workbench.path, `pod-${at}`),
      start: workbench.start,
      sign: ({ namespace, name }, aud) =>
        stack.cluster.sign({
          ...{ aud, sub: `system:serviceaccount:${namespace}:${name}`, exp: Math.floor(Date.now() / 1000) + 3600 },
          'kubernetes.io': { namespace, serviceaccount: { name, uid: '3c6f1f0e' } },
        }),
      beforeEnd: () => {
        duringApp = stack.liveTokens();
      },
    });
    const codes = Object.fromEntries(results.map(({ container, code }) => [container, code]));
    // The sidecar is ended by a signal, as every sidecar is.
    expect(codes).toEqual(at === 0 ? { prepare: 0, app: 0 } : { app: 0, 'influxdb-token': 143 });
    expect(duringApp).toHaveLength(at);
    expectVended('cluster');
  }
});

/** That the service has vended by the rule, and that what was vended was used for a write. */
function expectVended(rule: string): void {
  const events = stack.worker.logs.flatMap((line) =>
    line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [],
  );
  expect(events.filter(({ kind }) => kind === 'vend').at(-1)).toMatchObject({ outcome: 'allowed', rule });
  expect(written()).toBe(++counted);
}
