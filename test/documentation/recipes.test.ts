// The recipes of docs/ci.md and the README, run as they stand before the whole service. What they would find at their place is emulated:
// GitHub's runner, GitLab, a pod; stand-ins are on the PATH for what cannot be had: `buildkite-agent`, `circleci`, and `npx`, since
// whoever hosts a copy publishes the package. The two addresses are replaced in the text: names would need a certificate of theirs and
// port 443 of this machine, and the address is all that this changes.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createIdTokenEndpoint } from '../emulator/actions-id-token.ts';
import { createActionsRunner } from '../emulator/actions-runner.ts';
import { runWorkflowJob, type WorkflowJob } from '../emulator/actions-workflow.ts';
import { type Configuration, includeComponent } from '../emulator/gitlab-component.ts';
import { resolveJob, runGitLabJob } from '../emulator/gitlab-job.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { type Pod, runPod } from '../emulator/kubernetes-pod.ts';
import { type Addresses, type Stack, startStack } from '../stack.ts';
import { blocksOf, fileOf, ROOT } from './blocks.ts';
import { createWorkbench, npxStandIn, type Workbench } from './workbench.ts';

const PAGE = 'docs/ci.md';

/** Rules as the providers' pages have them, each for an issuer at the stack's address; where a preset has the address itself, without it. */
const policy = ({ service, issuer, influx }: Addresses): string => `
audience: ${service}
issuers:
  github: { preset: github-actions, issuer: "${issuer}" }
  gitlab: { preset: gitlab, issuer: "${issuer}/gitlab" }
  buildkite: { issuer: "${issuer}/buildkite", pins: [organization_id, pipeline_id] }
  circleci: { issuer: "${issuer}/circleci" }
  cluster: { preset: kubernetes, issuer: "${issuer}/cluster", max_lifetime: 2h }
instances:
  main: { url: "${influx}", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - { name: github, issuer: github, when: { repository_id: "123456", ref: refs/heads/main }, allow: ["db:ci_metrics:write"] }
  - { name: gitlab, issuer: gitlab, when: { project_id: "2022", ref: main, ref_protected: "true" }, allow: ["db:ci_metrics:write"] }
  - { name: buildkite, issuer: buildkite, when: { organization_id: org-1, pipeline_id: pipeline-1 }, allow: ["db:ci_metrics:write"] }
  - { name: circleci, issuer: circleci, when: { oidc.circleci.com/project-id: project-1, oidc.circleci.com/ssh-rerun: false }, allow: ["db:ci_metrics:write"] }
  - { name: cluster, issuer: cluster, when: { /kubernetes.io/namespace: apps, /kubernetes.io/serviceaccount/name: app }, allow: ["db:app_metrics:read,write"], within_subject_token: true }
`;

const idTokens = createIdTokenEndpoint({ repository_id: '123456', repository_owner_id: '77', ref: 'refs/heads/main' });
const others: Record<string, Issuer> = {};
let stack: Stack;
let workbench: Workbench;

beforeAll(async () => {
  stack = await startStack({
    policy,
    influx: { databases: ['ci_metrics', 'app_metrics'] },
    beside: async (request, { github }) => {
      const name = new URL(request.url).pathname.split('/')[1]!;
      return (await others[name]?.fetch(request)) ?? idTokens.fetch(request, github);
    },
  });
  for (const name of ['gitlab', 'buildkite', 'circleci']) {
    others[name] = await createIssuer({ iss: `${stack.issuer}/${name}` });
  }
  workbench = await createWorkbench({
    standIns: { npx: await npxStandIn(), 'buildkite-agent': buildkiteAgent, circleci },
  });
  for (const block of blocksOf(PAGE)) {
    const file = fileOf(block);
    if (file !== null) await workbench.write(file, local(block.text));
  }
});
afterAll(async () => {
  await workbench.stop();
  await stack.stop();
});

/** How many points were written, and how many of them a test has accounted for. */
let counted = 0;
const written = () => ['ci_metrics', 'app_metrics'].flatMap((database) => stack.influxdb.points(database)).length;

afterEach(() => {
  expect(stack.liveTokens()).toEqual([]);
  stack.calls.length = 0;
});

function local(text: string): string {
  return text
    .replaceAll('https://sts.example.com', stack.service)
    .replaceAll('https://influxdb.example.com:8181', stack.influx);
}

function yamlBlocks(heading: string): unknown[] {
  return blocksOf(PAGE, 'yaml')
    .filter((block) => block.heading === heading)
    .map(({ text }) => parse(local(text)) as unknown);
}

async function buildkiteAgent(args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { audience: { type: 'string' }, lifetime: { type: 'string' }, claim: { type: 'string', multiple: true } },
  });
  if (positionals.join(' ') !== 'oidc request-token') throw new Error(`unknown command: ${positionals.join(' ')}`);
  const optional: Record<string, string> = { organization_id: 'org-1', pipeline_id: 'pipeline-1' };
  const asked = (values.claim ?? []).map((name) => [name, optional[name]]);
  const iat = Math.floor(Date.now() / 1000);
  return others.buildkite!.sign({
    ...{ aud: values.audience, iat, exp: iat + Number(values.lifetime ?? 300) },
    ...{ sub: 'organization:acme:pipeline:app', organization_slug: 'acme', pipeline_slug: 'app', job_id: 'job-1' },
    ...{ build_branch: 'main', build_number: 7, build_commit: '9f3b2c', step_key: null },
    ...Object.fromEntries(asked),
  });
}

async function circleci(args: readonly string[]): Promise<string> {
  if (args.slice(0, 4).join(' ') !== 'run oidc get --claims') throw new Error(`unknown command: ${args.join(' ')}`);
  return others.circleci!.sign({
    ...{ aud: 'org-1', sub: 'org/org-1/project/project-1/user/user-1' },
    ...{ 'oidc.circleci.com/project-id': 'project-1', 'oidc.circleci.com/ssh-rerun': false },
    ...(JSON.parse(args[4]!) as object),
  });
}

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
  const [workflow, ...jobs] = yamlBlocks('GitHub Actions') as [
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

test('the README shows a job that works', async () => {
  const job = blocksOf('README.md', 'yaml').find(({ heading }) => heading === 'In GitHub Actions')!;
  const results = await onGitHub(parse(local(job.text)) as WorkflowJob);
  expect(results.map(({ code }) => code)).toEqual([0, 0, 0]);
  expectVended('github');
});

test('GitLab: the component, and exec', async () => {
  const component = await readFile(join(ROOT, 'templates/token.yml'), 'utf8');
  const configurations = yamlBlocks('GitLab') as Configuration[];
  expect(configurations).toHaveLength(2);
  for (const { include = [], ...own } of configurations) {
    const included = (include as { component: string; inputs: Configuration }[]).map(({ component: path, inputs }) => {
      expect(path).toMatch(/^\$CI_SERVER_FQDN\/acme\/influx-sts\/token@\d+\.\d+\.\d+$/);
      // Its pattern wants https, as the real address has it.
      const real = JSON.parse(JSON.stringify(inputs).replaceAll(stack.service, 'https://sts.example.com'));
      return JSON.parse(local(JSON.stringify(includeComponent(component, real)))) as Configuration;
    });
    const job = resolveJob(Object.assign({}, ...included, own) as Configuration, 'metrics');
    const { code, log } = await runGitLabJob(job, {
      sign: (aud) =>
        others.gitlab!.sign({ project_id: '2022', namespace_id: '72', ref: 'main', ref_protected: 'true', aud }),
      variables: { PATH: workbench.env.PATH! },
      rewrite: (script) => script.replace('./write-metrics.sh', join(workbench.path, 'write-metrics.sh')),
    });
    expect({ code, log }).toEqual({ code: 0, log: '' });
    expectVended('gitlab');
  }
});

test('Buildkite: the script that the pipeline names', async () => {
  const [pipeline] = yamlBlocks('Buildkite') as [{ steps: { command: string }[] }];
  for (const { command } of pipeline.steps) {
    expect(await workbench.run(command)).toEqual({ code: 0, output: '' });
    expectVended('buildkite');
  }
});

test('CircleCI: the commands of the job', async () => {
  const [config] = yamlBlocks('CircleCI') as [
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
  const pods = yamlBlocks('Kubernetes') as Pod[];
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
