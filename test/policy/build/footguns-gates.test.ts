// Rules that must not build because strangers could meet them: nothing pins a party, or what does can be chosen or recycled. Allow and
// roles rules alike, in the spellings in which the trap hides.

import { describe } from 'vitest';
import { type Footgun, itDoesNotBuild, roles, when } from './footgun-table.ts';

const PIN = 'repository_id: "123456"';

/** The tenant of everybody's personal account, under a rule by what they all have in common. */
const PERSONAL = when('entra', 'tid: 9188040d-6c67-4c5b-b112-36a304b66dad, azp: portal').replace(
  /(preset: entra, issuer: ).*/,
  '$1"https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0" }',
);

const unpinned: readonly Footgun[] = [
  ['GitHub by a branch alone', when('github', 'ref: refs/heads/main'), 'pins no party', 'r'],
  ['GitHub by a repository name', when('github', 'repository: acme/app, ref: refs/heads/main'), 'pins no party', 'r'],
  ['GitHub by an owner name', when('github', 'repository_owner: acme'), 'pins no party', 'r'],
  ['an id as a pattern', when('github', 'repository_id: { like: "1234*" }'), 'pins no party', 'r'],
  ['an id as a pattern without a star', when('github', 'repository_id: { like: "123456" }'), 'pins no party', 'r'],
  ['an id among patterns', when('github', 'repository_id: ["123456", { like: "9*" }]'), 'pins no party', 'r'],
  [
    'an id that is excluded',
    when('github', 'repository_id: { not: "666" }, ref: refs/heads/main'),
    'pins no party',
    'r',
  ],
  [
    'an id that is merely there',
    when('github', 'repository_id: { exists: true }, ref: refs/heads/main'),
    'pins no party',
    'r',
  ],
  [
    'GitLab by a path',
    when('gitlab', 'project_path: acme/app, ref: main, ref_protected: "true"'),
    'pins no party',
    'r',
  ],
  ['Buildkite by slugs', when('buildkite', 'organization_slug: acme, pipeline_slug: app'), 'pins no party', 'r'],
  [
    'Google by a verified address',
    when('google', 'email: ops@acme.example, email_verified: true'),
    'pins no party',
    'r',
  ],
  [
    'HCP Terraform by names',
    when('terraform', 'terraform_organization_name: acme, terraform_workspace_name: plant, terraform_run_phase: apply'),
    'pins no party',
    'r',
  ],
  ['HCP Terraform by a phase', when('terraform', 'terraform_run_phase: apply'), 'pins no party', 'r'],
  ["Vercel's global issuer by names", when('anyones', 'owner: acme, environment: production'), 'pins no party', 'r'],
  ['a shared issuer by a role', when('saas', 'role: admin'), 'pins no party', 'r'],
  ['personal Microsoft accounts by tenant and application', PERSONAL, 'pins no party', 'r'],
  ['operators of GitHub by a branch', roles('github', 'ref: refs/heads/main'), 'pins no party', 'r'],
  ['operators of Google by an address', roles('google', 'email: ops@acme.example'), 'pins no party', 'r'],
];

const gates: readonly Footgun[] = [
  [
    'AWS by what the caller wrote into the call',
    when('aws', '/https:~1~1sts.amazonaws.com~1/request_tags/job: nightly'),
    'the only gate is',
    'r',
  ],
  ['Azure DevOps by a run', when('azure', 'prj_id: 2d3e4f5a, run_id: "4711"'), 'the only gate is run_id', 'r'],
  ['Fly.io by an image', when('fly', 'app_id: "3671581", image: collector'), 'the only gate is image', 'r'],
  [
    'HCP Terraform by a run',
    when('terraform', 'terraform_organization_id: org-1, terraform_run_id: run-1'),
    'gate',
    'r',
  ],
  ['Keycloak by a name', when('keycloak', 'preferred_username: ops'), 'the only gate is preferred_username', 'r'],
  ['Vercel by an exchange', when('vercel', 'project_id: prj_1, /act/aud: x'), 'the only gate is /act/aud', 'r'],
  [
    'Buildkite by a tag of the agent',
    when('buildkite', 'organization_id: 0183d2ab, "agent_tag:queue": deploy'),
    'the only gate is agent_tag:queue',
    'r',
  ],
  ['GitHub by the actor', when('github', `${PIN}, actor: acme-developer`), 'the only gate is actor', 'r'],
  [
    'GitHub by the actor as a pointer',
    when('github', `${PIN}, /actor: acme-developer`),
    'the only gate is /actor',
    'r',
  ],
  [
    'GitHub by actor and workflow name',
    when('github', `${PIN}, actor: me, workflow: deploy`),
    'the only gate is actor, workflow',
    'r',
  ],
  [
    'GitHub by the source branch of a pull request',
    when('github', `${PIN}, head_ref: release`),
    'the only gate is head_ref',
    'r',
  ],
  [
    'GitHub by the target branch of a pull request',
    when('github', `${PIN}, base_ref: main`),
    'the only gate is base_ref',
    'r',
  ],
  [
    'GitHub by the actor beside the repository name',
    when('github', `${PIN}, repository: acme/app, actor: me`),
    'the only gate is actor',
    'r',
  ],
  [
    'GitHub by the actor beside a claim that is always there',
    when('github', `${PIN}, actor: me, ref: { exists: true }`),
    'the only gate is actor',
    'r',
  ],
  [
    'GitHub by the actor beside an exclusion',
    when('github', `${PIN}, actor: me, ref: { not: refs/heads/dev }`),
    'the only gate is actor',
    'r',
  ],
  [
    'GitHub by the actor beside a pattern for everything',
    when('github', `${PIN}, actor: me, ref: { like: "**" }`),
    'the only gate is actor',
    'r',
  ],
  [
    'GitHub by the called workflow',
    when('github', `${PIN}, job_workflow_ref: acme/ci/.github/workflows/w.yml@refs/heads/main`),
    'the called workflow',
    'r',
  ],
  [
    'GitHub by a pattern of called workflows',
    when('github', 'repository_owner_id: "77", job_workflow_ref: { like: "acme/ci/**" }'),
    'the called workflow',
    'r',
  ],
  [
    'GitHub by the called workflow and the actor',
    when('github', `${PIN}, job_workflow_sha: abc, actor: me`),
    'the called workflow',
    'r',
  ],
  ['GitLab by the user', when('gitlab', 'project_id: "2022", user_login: me'), 'the only gate is user_login', 'r'],
  [
    'GitLab by the included configuration',
    when('gitlab', 'project_id: "2022", ci_config_ref_uri: { like: "gitlab.com/acme/**" }'),
    'the called workflow',
    'r',
  ],
  [
    'Buildkite by a step',
    when('buildkite', 'organization_id: "0a", step_key: deploy'),
    'the only gate is step_key',
    'r',
  ],
  [
    'CircleCI by a branch',
    when('circleci', 'oidc.circleci.com/vcs-ref: refs/heads/main'),
    'the only gate is oidc',
    'r',
  ],
  [
    'CircleCI by a branch as a pointer',
    when('circleci', '/oidc.circleci.com~1vcs-ref: refs/heads/main'),
    'the only gate is /oidc',
    'r',
  ],
  ['Kubernetes by a pod name', when('cluster', '/kubernetes.io/pod/name: app-0'), 'the only gate is', 'r'],
  ['Auth0 by an address that nobody verified', when('auth0', 'email: ops@acme.example'), 'the only gate is email', 'r'],
  [
    'Auth0 by an address verified as text',
    when('auth0', 'email: ops@acme.example, email_verified: "true"'),
    'the only gate is email',
    'r',
  ],
  [
    'Okta by a user name',
    when('okta', 'preferred_username: ops@acme.example'),
    'the only gate is preferred_username',
    'r',
  ],
  ['Entra by an address', when('entra', 'email: ops@acme.example'), 'the only gate is email', 'r'],
  [
    'Entra by a user name, pinned to its tenant',
    when('entra', 'tid: "1c2d", preferred_username: ops@acme.example'),
    'the only gate is preferred_username',
    'r',
  ],
  [
    'GitHub by the actor beside claims of every token',
    when(
      'github',
      `${PIN}, actor: me, iss: "https://token.actions.githubusercontent.com", aud: x, /iat: "1", nbf: "1"`,
    ),
    'the only gate is actor',
    'r',
  ],
  [
    'GitHub by the actor beside what any job of the repository can have',
    when('github', `${PIN}, actor: me, runner_environment: github-hosted, ref_type: branch, sha: 5f1d`),
    'the only gate is actor',
    'r',
  ],
  [
    'GitHub by the called workflow beside the kind of runner',
    when('github', `${PIN}, runner_environment: github-hosted, job_workflow_ref: { like: "acme/ci/**" }`),
    'the called workflow',
    'r',
  ],
  ...['refs/**', 'refs/heads/**', '**/**', '*/heads/*'].map(
    (ref): Footgun => [
      `GitHub by the actor beside a ref like ${ref}`,
      when('github', `${PIN}, actor: me, ref: { like: "${ref}" }`),
      'the only gate is actor',
      'r',
    ],
  ),
  [
    'GitHub by the actor beside a list with a pattern for every ref',
    when('github', `${PIN}, actor: me, ref: [refs/heads/main, { like: "refs/**" }]`),
    'the only gate is actor',
    'r',
  ],
  ...['repo:*@77/**', 'repo:acme@77/**', 'repo:acme@77/app@123456:**'].map(
    (sub): Footgun => [
      `GitHub by the actor beside a sub like ${sub}`,
      when('github', `${PIN}, actor: me, sub: { like: "${sub}" }`),
      'the only gate is actor',
      'r',
    ],
  ),
  ...['acme/**', 'acme/app/.github/workflows/**', '**/app/**'].map(
    (file): Footgun => [
      `GitHub by the actor beside a workflow file like ${file}`,
      when('github', `${PIN}, actor: me, workflow_ref: { like: "${file}" }`),
      'the only gate is actor',
      'r',
    ],
  ),
  [
    'GitLab by the user beside every ref',
    when('gitlab', 'project_id: "2022", user_login: me, ref_path: { like: "refs/**" }, ref_type: branch'),
    'the only gate is user_login',
    'r',
  ],
  [
    'CircleCI by a branch beside its organisation',
    when('circleci', 'oidc.circleci.com/vcs-ref: refs/heads/main, oidc.circleci.com/org-id: 1c2d3e4f'),
    'the only gate is oidc',
    'r',
  ],
  [
    'Kubernetes by a pod name beside every account',
    when('cluster', '/kubernetes.io/pod/name: app-0, sub: { like: "system:serviceaccount:**" }'),
    'the only gate is',
    'r',
  ],
  [
    'Entra by an address beside the version',
    when('entra', 'upn: ops@acme.example, ver: "2.0"'),
    'the only gate is',
    'r',
  ],
  [
    'a claim to choose that the policy calls a pin',
    when('auth0', 'nickname: ops').replace(/(preset: auth0, .*) }/, '$1, pins: [nickname] }'),
    'the only gate is nickname',
    'r',
  ],
  [
    'GitHub by the actor, under the generic preset',
    when('github', `${PIN}, actor: me`).replace(
      '{ preset: github-actions }',
      '{ issuer: "https://token.actions.githubusercontent.com", shared: true, pins: [repository_id] }',
    ),
    'the only gate is actor',
    'r',
  ],
  ['Access by a country', when('people', 'country: NL'), 'the only gate is country', 'r'],
  ['operators of GitHub by the actor', roles('github', `${PIN}, actor: acme-developer`), 'the only gate is actor', 'r'],
  ['operators of Entra by an address', roles('entra', 'upn: ops@acme.example'), 'the only gate is upn', 'r'],
];

const names: readonly Footgun[] = [
  [
    'a GitHub sub by names',
    when('github', `${PIN}, sub: "repo:acme/app:ref:refs/heads/main"`),
    'renamed and recycled',
    'r',
  ],
  [
    'a GitHub sub by names, as a pointer',
    when('github', `${PIN}, /sub: "repo:acme/app:ref:refs/heads/main"`),
    'renamed and recycled',
    'r',
  ],
  [
    'a GitHub sub pattern by names',
    when('github', `${PIN}, sub: { like: "repo:acme/*:ref:refs/heads/main" }`),
    'renamed and recycled',
    'r',
  ],
  [
    'a GitHub sub pattern of every owner',
    when('github', `${PIN}, sub: { like: "repo:*" }`),
    'renamed and recycled',
    'r',
  ],
  [
    'a GitHub sub pattern with an open beginning',
    when('github', `${PIN}, sub: { like: "*:acme/app:**" }`),
    'renamed and recycled',
    'r',
  ],
  [
    'a GitHub sub by names in a list',
    when('github', `${PIN}, sub: ["repo:acme@77/app@123456:pull_request", "repo:acme/app:pull_request"]`),
    'renamed and recycled',
    'r',
  ],
  [
    'a GitHub sub pattern by names in a list',
    when('github', `${PIN}, sub: [{ like: "repo:acme/app:*" }]`),
    'renamed and recycled',
    'r',
  ],
  [
    'a GitLab sub',
    when('gitlab', 'project_id: "2022", sub: "project_path:acme/app:ref_type:branch:ref:main"'),
    'renamed and recycled',
    'r',
  ],
  [
    'a Buildkite sub pattern',
    when('buildkite', 'organization_id: "0a", sub: { like: "organization:acme:pipeline:app:**" }'),
    'renamed and recycled',
    'r',
  ],
  [
    'operators by a GitHub sub',
    roles('github', `${PIN}, sub: "repo:acme/app:ref:refs/heads/main"`),
    'renamed and recycled',
    'r',
  ],
];

describe('a shared issuer without an id pin', () => itDoesNotBuild(unpinned));
describe('a gate that others can choose', () => itDoesNotBuild(gates));
describe('a name that can be recycled', () => itDoesNotBuild(names));
