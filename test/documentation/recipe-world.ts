// The world that the recipes of docs/ci.md and the README run in: the whole service, an issuer for each system, stand-ins for the programs
// that cannot be had, and the scripts of the page. The two addresses are replaced in the text: names would need a certificate of theirs
// and port 443 of this machine, and the address is all that this changes.

import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { createIdTokenEndpoint } from '../emulator/actions-id-token.ts';
import { createIssuer, type Issuer } from '../emulator/issuer.ts';
import { type Addresses, type Stack, startStack } from '../stack.ts';
import { blocksOf, fileOf } from './blocks.ts';
import { npmStandIn } from './stand-ins.ts';
import { createWorkbench, type Workbench } from './workbench.ts';

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

export const idTokens = createIdTokenEndpoint({
  repository_id: '123456',
  repository_owner_id: '77',
  ref: 'refs/heads/main',
});
export interface RecipeWorld {
  readonly stack: Stack;
  readonly workbench: Workbench;
  readonly gitlab: Issuer;
  /** A text of the documents with the addresses of this machine. */
  readonly local: (text: string) => string;
  /** The configurations below a heading of the page. */
  readonly yamlBlocks: (heading: string) => unknown[];
  readonly stop: () => Promise<void>;
}

export async function startRecipeWorld(): Promise<RecipeWorld> {
  const issuers: Record<string, Issuer> = {};
  const stack = await startStack({
    policy,
    influx: { databases: ['ci_metrics', 'app_metrics'] },
    beside: async (request, { github }) => {
      const name = new URL(request.url).pathname.split('/')[1]!;
      return (await issuers[name]?.fetch(request)) ?? idTokens.fetch(request, github);
    },
  });
  const issuer = (name: string) => createIssuer({ iss: `${stack.issuer}/${name}` });
  const [gitlab, buildkite, circle] = await Promise.all(['gitlab', 'buildkite', 'circleci'].map(issuer));
  Object.assign(issuers, { gitlab, buildkite, circleci: circle });
  const workbench = await createWorkbench({
    standIns: {
      npm: await npmStandIn(),
      'buildkite-agent': (args) => buildkiteAgent(buildkite!, args),
      circleci: (args) => circleci(circle!, args),
    },
  });
  const local = (text: string) =>
    text
      .replaceAll('https://sts.example.com', stack.service)
      .replaceAll('https://influxdb.example.com:8181', stack.influx);
  for (const block of blocksOf(PAGE)) {
    const file = fileOf(block);
    if (file !== null) await workbench.write(file, local(block.text));
  }
  return {
    stack,
    workbench,
    gitlab: gitlab!,
    local,
    yamlBlocks: (heading) =>
      blocksOf(PAGE, 'yaml')
        .filter((block) => block.heading === heading)
        .map(({ text }) => parse(local(text)) as unknown),
    stop: async () => {
      await workbench.stop();
      await stack.stop();
    },
  };
}

/** What the image of the page's pods is made by, as far as it is commands. */
export const imageCommands = (): string[] =>
  blocksOf(PAGE, 'dockerfile').flatMap(({ text }) => [...text.matchAll(/^RUN (.*)$/gm)].map(([, command]) => command!));

async function buildkiteAgent(issuer: Issuer, args: readonly string[]): Promise<string> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { audience: { type: 'string' }, lifetime: { type: 'string' }, claim: { type: 'string', multiple: true } },
  });
  if (positionals.join(' ') !== 'oidc request-token') throw new Error(`unknown command: ${positionals.join(' ')}`);
  const optional: Record<string, string> = { organization_id: 'org-1', pipeline_id: 'pipeline-1' };
  const asked = (values.claim ?? []).map((name) => [name, optional[name]]);
  const iat = Math.floor(Date.now() / 1000);
  return issuer.sign({
    ...{ aud: values.audience, iat, exp: iat + Number(values.lifetime ?? 300) },
    ...{ sub: 'organization:acme:pipeline:app', organization_slug: 'acme', pipeline_slug: 'app', job_id: 'job-1' },
    ...{ build_branch: 'main', build_number: 7, build_commit: '9f3b2c', step_key: null },
    ...Object.fromEntries(asked),
  });
}

async function circleci(issuer: Issuer, args: readonly string[]): Promise<string> {
  if (args.slice(0, 4).join(' ') !== 'run oidc get --claims') throw new Error(`unknown command: ${args.join(' ')}`);
  return issuer.sign({
    ...{ aud: 'org-1', sub: 'org/org-1/project/project-1/user/user-1' },
    ...{ 'oidc.circleci.com/project-id': 'project-1', 'oidc.circleci.com/ssh-rerun': false },
    ...(JSON.parse(args[4]!) as object),
  });
}
