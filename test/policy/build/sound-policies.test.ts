// Policies that must build: each provider by the claims it vouches for, each form of condition, permission, lifetime and address. They
// stand one step away from the policies that must not. Forms that the policies of ../../corpus hold are not built again here.

import { describe, expect, it } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { allow, HEAD, head, roles, rule, when } from './footgun-table.ts';

type Sound = readonly [name: string, text: string];

const PIN = 'repository_id: "123456"';
const GITHUB = '  github: { preset: github-actions }';
const BACKEND = '  backend: { issuer: "https://login.example.com/" }';
const MAIN = '  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }';
const github = (parts: string) => head(GITHUB, `  github: { preset: github-actions, ${parts} }`);
const backend = (parts: string) => head(BACKEND, `  backend: { issuer: "https://login.example.com/", ${parts} }`);
const instance = (parts: string) => head(MAIN, `  main: { ${parts} }`);

const providers: readonly Sound[] = [
  ['GitHub by its id alone', when('github', PIN)],
  ['GitHub by branch and event', when('github', `${PIN}, ref: refs/heads/main, event_name: [push, workflow_dispatch]`)],
  ['GitHub by environment', when('github', 'repository_owner_id: "77", environment: production')],
  [
    'GitHub by enterprise and visibility',
    when('github', 'enterprise_id: "9", repository_visibility: private, ref_protected: "true"'),
  ],
  [
    'GitHub by several repositories',
    when('github', 'repository_id: ["123456", "123457"], ref: { like: "refs/tags/v*" }'),
  ],
  ['GitHub by the actor beside a pattern of tags', when('github', `${PIN}, ref: { like: "refs/tags/v*" }, actor: me`)],
  [
    'GitHub by the actor beside a pattern of one workflow file',
    when('github', `${PIN}, actor: me, workflow_ref: { like: "acme/app/.github/workflows/release.yml@**" }`),
  ],
  ['GitHub by its id and the kind of runner', when('github', `${PIN}, runner_environment: self-hosted`)],
  ['GitHub by the actor beside a branch', when('github', `${PIN}, ref: refs/heads/main, actor_id: "4001"`)],
  [
    'GitHub by the called workflow beside a branch',
    when('github', `${PIN}, ref: refs/heads/main, job_workflow_ref: { like: "acme/ci/**" }`),
  ],
  ['GitHub by a sub with ids', when('github', `${PIN}, sub: "repo:acme@77/app@123456:environment:production"`)],
  [
    'GitHub by a sub pattern with ids',
    when('github', `${PIN}, sub: { like: "repo:acme@77/app@123456:environment:*" }`),
  ],
  ['GitHub by a sub of another template', when('github', `${PIN}, sub: "repository_id:123456:environment:production"`)],
  ['operators of GitHub by environment', roles('github', `${PIN}, environment: operations`)],
  ['GitLab by branch and protection', when('gitlab', 'project_id: "2022", ref: main, ref_protected: "true"')],
  ['GitLab by its runner, whose id is a number', when('gitlab', 'project_id: "2022", ref: main, runner_id: 12')],
  [
    'GitLab by group and environment',
    when('gitlab', 'namespace_id: "72", environment: production, environment_protected: "true"'),
  ],
  ['Kubernetes by account', when('cluster', '/kubernetes.io/namespace: apps, /kubernetes.io/serviceaccount/name: app')],
  ['Kubernetes by account id', when('cluster', '/kubernetes.io/serviceaccount/uid: 3c6f1f0e')],
  ['Kubernetes by sub', when('cluster', 'sub: "system:serviceaccount:apps:app"')],
  ['Buildkite by pipeline and branch', when('buildkite', 'pipeline_id: "0184990a", build_branch: main')],
  ['CircleCI by project', when('circleci', 'oidc.circleci.com/project-id: 2d3e4f5a')],
  ['CircleCI by context', when('circleci', 'oidc.circleci.com/context-ids: { contains: 7b8c9d0e }')],
  ['Auth0 by client', when('auth0', 'azp: dashboards')],
  ['Auth0 by a verified address', when('auth0', 'email: ops@acme.example, email_verified: true')],
  ['Auth0 by a role of its own', when('auth0', 'https://acme.example/roles: { contains: metrics }')],
  ['Okta by group', when('okta', 'groups: { contains: metrics }')],
  ['Okta by client', when('okta', 'cid: 0oa1b2c3')],
  ['Entra by group', when('entra', 'groups: { contains: 5e6f7a8b }')],
  ['Entra by app role', when('entra', 'roles: { contains: Metrics.Read }')],
  ['Google by account', when('google', 'sub: "101234567890123456789"')],
  [
    'Google by account and verified address',
    when('google', 'sub: "101234567890123456789", email: ops@acme.example, email_verified: true'),
  ],
  ['everybody of a Google Workspace', when('google', 'hd: acme.example, email_verified: true')],
  ['Buildkite by a subject that is an id', when('buildkite', 'sub: 0184990a-4a5b-4c6d-8e7f-8a9b0c1d2e3f')],
  ['Buildkite by its queue', when('buildkite', 'queue_id: 0185d2ab, build_branch: main')],
  ['AWS by role', when('aws', 'sub: "arn:aws:iam::111122223333:role/Writer"')],
  ['HCP Terraform by project and phase', when('terraform', 'terraform_project_id: prj-1, terraform_run_phase: apply')],
  ['Keycloak by a role of the realm', when('keycloak', '/realm_access/roles: { contains: writer }')],
  ['Vercel by project and environment', when('vercel', 'project_id: prj_1, environment: production')],
  ['people by address', when('people', 'email: { like: "*@acme.example" }')],
  ['service tokens of Access', when('people', 'common_name: 1c2d3e4f.access')],
  ['operators by address', roles('people', 'email: ops@acme.example')],
  ['a shared issuer by its pin', when('saas', 'org_id: org-1, role: admin')],
];

const conditions: readonly Sound[] = [
  ['a boolean', when('backend', 'a: false')],
  ['a list of each', when('backend', 'a: [b, 7, true, { like: "c*" }]')],
  ['an exclusion beside a value', when('backend', 'a: b, c: { not: [d, { like: "e*" }] }')],
  ['a pointer into an object', when('backend', '/realm_access/roles: { contains: metrics }')],
  ['a pointer to a key with a slash', when('backend', '/https:~1~1acme.example~1tenant: a')],
  ['a word that YAML 1.1 took for a boolean', when('backend', 'a: yes, b: on, c: off')],
  [
    'a denial by a pattern',
    rule('issuer: github, when: { event_name: { like: "pull_request*" } }, deny: ["db:*:write"]'),
  ],
  ['a denial by who started it', rule('issuer: github, when: { actor: acme-bot }, deny: ["db:*:write"]')],
];

const permissions: readonly Sound[] = [
  ['several names and actions', allow('"db:a,b:read,write"')],
  ['one template with two actions', allow('"db:{tenant}:read", "db:{tenant}:write"')],
  ['templates that cannot meet', allow('"db:a_{t}:read", "db:b_{t}:read"')],
  ['templates that a slash keeps apart', allow('"db:{t}:read", "db:x/{t}:read"')],
  ['templates of one claim on either side of a slash', allow('"db:{t}/raw:read", "db:{t}/agg:read"')],
  ['system alone', allow('"system:health,metrics,ping,ready:read"')],
  ['a ttl in seconds', allow('"db:a:read"', ', ttl: 90')],
  ['a ttl of max_ttl', `max_ttl: 10m\n${allow('"db:a:read"', ', ttl: 600s')}`],
  ['the highest max_ttl', `max_ttl: 365d\n${allow('"db:a:read"')}`],
  ['a raised max_ttl', `max_ttl: 7d\n${allow('"db:a:read"', ', ttl: 7d')}`],
  ['an end with the subject token', allow('"db:a:read"', ', within_subject_token: true')],
];

const settings: readonly Sound[] = [
  ['no rules', `${HEAD}rules: []\n`],
  [
    'JSON, which is YAML',
    JSON.stringify({ audience: 'x', issuers: { a: { issuer: 'https://a.example' } }, instances: {}, rules: [] }),
  ],
  ['a byte order mark', `\ufeff${HEAD}rules: []\n`],
  ['a document marker', `---\n${HEAD}rules: []\n...\n`],
  ['GitHub of an enterprise', github('issuer: "https://token.actions.githubusercontent.com/acme-group"')],
  ['GitHub with data residency', github('issuer: "https://token.actions.acme.ghe.com"')],
  ['a GitHub Enterprise Server', github('issuer: "https://ghes.acme.example/_services/token"')],
  ['two audiences of one issuer entry', backend('audience: [https://sts.example.com, sts]')],
  ['several audiences in one token', backend('multiple_audiences: true')],
  ['algorithms and typ', backend('algorithms: [ES256, EdDSA], typ: at+jwt')],
  ['keys at an address', backend('jwks_uri: "https://keys.example.com/set?v=2"')],
  ['keys on another host by discovery', backend('jwks_hosts: [keys.example.com, "keys.example.com:8443"]')],
  [
    'keys in the file',
    backend(
      'algorithms: [RS256, EdDSA], jwks: { keys: [{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo }] }',
    ),
  ],
  ['a subject of several claims', backend('subject: [org_id, [client_id, sub]], always_present: [org_id]')],
  ['bounds of time', backend('clock_skew: 5m, max_token_age: 1h, max_lifetime: 2h')],
  [
    'a public url',
    instance('url: "https://i.example.com", public_url: "https://db.example.com", admin_token: INFLUXDB3_A'),
  ],
  [
    'an admin token under rotation',
    instance('url: "https://i.example.com", admin_token: INFLUXDB3_A, admin_token_next: INFLUXDB3_B'),
  ],
  ['a cluster', instance('url: "https://i.example.com", admin_token: INFLUXDB3_A, sync_interval: 10s')],
  [
    'two instances',
    `${allow('"db:a:read"', ', instance: second').replace(HEAD, `${HEAD}  second: { url: "https://second.example.com", admin_token: INFLUXDB3_B }\n`)}`,
  ],
  [
    'two entries of one iss',
    head(GITHUB, '  again: { issuer: "https://login.example.com/", audience: https://other.example.com }'),
  ],
  [
    'a shared provider under the generic preset, said to be shared',
    head(
      GITHUB,
      '  g: { issuer: "https://accounts.google.com", audience: x, shared: true, pins: [sub], jwks_hosts: [www.googleapis.com] }',
    ),
  ],
];

/** Claims, a request and what must come of it, for the rule that the line before them holds. */
const tested = (parts: string) =>
  `${allow('"db:a:read"', ', ttl: 5m')}tests:\n  - { name: t, issuer: backend, ${parts} }\n`;
const tests: readonly Sound[] = [
  ['a test that is granted', tested('claims: { client_id: app }, request: ["db:a:read"], expect: r')],
  ['a test that names nothing', tested('claims: { client_id: app }, expect: r')],
  ['a test that is denied', tested('claims: { client_id: other }, expect: denied')],
  [
    'a test of the reason',
    tested('claims: { client_id: app }, request: ["db:b:read"], expect: { denied: not_granted }'),
  ],
  ['a test of the ttl', tested('claims: { client_id: app }, ttl: 6m, expect: { denied: ttl_refused }')],
  ['a test that names its rule', tested('claims: { client_id: app }, rule: r, ttl: 5m, expect: r')],
];

describe.each([
  ['providers', providers],
  ['conditions', conditions],
  ['permissions', permissions],
  ['settings', settings],
  ['tests', tests],
] as const)('%s', (_, rows) => {
  it.each(rows)('builds: %s', async (_name, text) => {
    const { policy, findings } = await compilePolicy(text, { development: false });
    expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(policy?.digest).toMatch(/^[0-9a-f]{64}$/);
  });
});

it.each([
  ['an issuer', head(BACKEND, '  backend: { issuer: "http://127.0.0.1:9000" }')],
  ['an issuer of a preset', head(GITHUB, '  github: { preset: github-actions, issuer: "http://localhost:9000" }')],
  ['an instance', instance('url: "http://[::1]:8181", admin_token: INFLUXDB3_A')],
])('builds for development alone: %s on loopback http', async (_name, text) => {
  const [released, local] = await Promise.all([false, true].map((development) => compilePolicy(text, { development })));
  expect([released?.policy, local?.policy?.development]).toEqual([null, true]);
});
