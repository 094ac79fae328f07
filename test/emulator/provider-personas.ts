// The claims of further providers' tokens: build services, sign-in providers and proxies beside those in `personas.ts`. Times, token ids and
// the issuer are left to whoever signs.

import { personaAudience } from './personas.ts';

type Claims = Readonly<Record<string, unknown>>;

/** Makes a persona of claims: each can be laid over, also with a value that no provider would send. */
const persona =
  (claims: Claims) =>
  (overrides: Claims = {}): Record<string, unknown> => ({ aud: personaAudience, ...claims, ...overrides });

/** A Buildkite job on main that has asked for its ids. `step_key` is null for a step without one. */
export const buildkiteJob = persona({
  sub: 'organization:acme:pipeline:app:ref:refs/heads/main:commit:0a9b8c7d:step:',
  organization_slug: 'acme',
  organization_id: '0183d2ab-1b2c-4d3e-8f4a-5b6c7d8e9f01',
  pipeline_slug: 'app',
  pipeline_id: '0184990a-4a5b-4c6d-8e7f-8a9b0c1d2e3f',
  build_number: 175,
  build_branch: 'main',
  build_tag: null,
  build_commit: '0a9b8c7d6e5f40312213041526378495a6b7c8d9',
  step_key: null,
  job_id: '018485f6-1f53-4f18-9b53-72428db4d239',
  agent_id: '018485f6-eec2-4b61-a7be-0e35ef563df0',
});

/** A CircleCI job that uses one context. Its issuer names the organisation. */
export const circleciJob = persona({
  sub: 'org/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/project/2d3e4f5a-6b7c-4d8e-9f0a-1b2c3d4e5f6a/user/8f9a0b1c-2d3e-4f4a-9b6c-7d8e9f0a1b2c',
  'oidc.circleci.com/project-id': '2d3e4f5a-6b7c-4d8e-9f0a-1b2c3d4e5f6a',
  'oidc.circleci.com/context-ids': ['3e4f5a6b-7c8d-4e9f-8a1b-2c3d4e5f6a7b'],
  'oidc.circleci.com/vcs-origin': 'github.com/acme/app',
  'oidc.circleci.com/vcs-ref': 'refs/heads/main',
  'oidc.circleci.com/ssh-rerun': false,
});

/** A machine at Auth0 by client credentials. */
export const auth0Machine = persona({
  sub: 'collectorClient01@clients',
  azp: 'collectorClient01',
  gty: 'client-credentials',
  scope: 'write:sensors',
});

/** A machine at Okta by client credentials: it has a client id and no user id. */
export const oktaMachine = persona({
  ver: 1,
  sub: '0oa1collector2b3c',
  cid: '0oa1collector2b3c',
  scp: ['influxdb'],
});

/** A managed identity at Microsoft Entra, in a v2.0 access token. */
export const entraMachine = persona({
  ver: '2.0',
  sub: '5a6b7c8d-9e0f-4a1b-8c3d-4e5f6a7b8c9d',
  tid: '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f',
  oid: '5a6b7c8d-9e0f-4a1b-8c3d-4e5f6a7b8c9d',
  azp: '8d9e0f1a-2b3c-4d4e-9f6a-7b8c9d0e1f2a',
  azpacr: '2',
  idtyp: 'app',
});

/** A service account of Google Cloud, with its address. */
export const googleServiceAccount = persona({
  sub: '101234567890123456789',
  azp: '101234567890123456789',
  email: 'collector@acme.iam.gserviceaccount.com',
  email_verified: true,
});

/** A service token of Cloudflare Access: no address, and an empty subject. */
export const accessServiceToken = persona({
  sub: '',
  common_name: '1c2d3e4f5a6b7c8d.access',
  type: 'app',
});

/** A person who came through Cloudflare Access. */
export const accessPerson = persona({
  sub: '6f1c9d52-0b7a-4e7e-9d0c-4a8b2e3f5d44',
  email: 'dev@acme.example',
  type: 'app',
  identity_nonce: 'n7Qm2xVb9LrT4cZp',
  country: 'NL',
});

/** A person of a Google Workspace. */
export const googlePerson = persona({
  sub: '112233445566778899001',
  azp: '123456789012-abc.apps.googleusercontent.com',
  hd: 'acme.example',
  email: 'ann@acme.example',
  email_verified: true,
  name: 'Ann',
});

/** A Lambda function of an AWS account, by the role that it has. */
export const awsRole = persona({
  sub: 'arn:aws:iam::111122223333:role/collector',
  'https://sts.amazonaws.com/': {
    aws_account: '111122223333',
    source_region: 'eu-west-1',
    org_id: 'o-abc1234567',
    ou_path: 'o-abc1234567/r-ab12/ou-ab12-11111111/',
    principal_tags: { team: 'data' },
    request_tags: { job: 'nightly' },
    lambda_source_function_arn: 'arn:aws:lambda:eu-west-1:111122223333:function:collector',
  },
});

/** A workload of a trust domain, with the audience as SPIRE writes it. */
export const spiffeWorkload = persona({ sub: 'spiffe://prod.example/ns/plant/sa/writer' });

/** The apply phase of a run in HCP Terraform. */
export const terraformRun = persona({
  sub: 'organization:acme:project:Default Project:workspace:plant:run_phase:apply',
  terraform_organization_id: 'org-GRNbCjYNpBB6NEBH',
  terraform_organization_name: 'acme',
  terraform_project_id: 'prj-vegSA59s1XPwMr2t',
  terraform_project_name: 'Default Project',
  terraform_workspace_id: 'ws-mbsd5E3Ktt5Rg2Xm',
  terraform_workspace_name: 'plant',
  terraform_full_workspace: 'organization:acme:project:Default Project:workspace:plant',
  terraform_run_id: 'run-X3n1AUXNGWbfECsJ',
  terraform_run_phase: 'apply',
});

/** A run of a pipeline in Azure DevOps, on main. */
export const azureDevopsRun = persona({
  sub: 'p://acme/plant/deploy',
  org_id: '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f',
  prj_id: '2d3e4f5a-6b7c-4d8e-9f0a-1b2c3d4e5f6a',
  def_id: '7',
  rpo_id: '3e4f5a6b-7c8d-4e9f-8a1b-2c3d4e5f6a7b',
  rpo_uri: 'https://dev.azure.com/acme/plant/_git/app',
  rpo_ver: '0a9b8c7d6e5f40312213041526378495a6b7c8d9',
  rpo_ref: 'refs/heads/main',
  run_id: '4711',
});

/** A deployment step of a Bitbucket pipeline, on main. */
export const bitbucketStep = persona({
  sub: '{6f1c9d52-0b7a-4e7e-9d0c-4a8b2e3f5d44}:{8f9a0b1c-2d3e-4f4a-9b6c-7d8e9f0a1b2c}:{0d2b7f6f-3c6f-4f0f-9a53-52a46a110d2b}',
  workspaceUuid: '{7baee083-4f25-4a97-8a9a-0fde1b623b45}',
  repositoryUuid: '{6f1c9d52-0b7a-4e7e-9d0c-4a8b2e3f5d44}',
  pipelineUuid: '{018485f6-1f53-4f18-9b53-72428db4d239}',
  pipelineRunUuid: '{018485f6-eec2-4b61-a7be-0e35ef563df0}',
  stepUuid: '{0d2b7f6f-3c6f-4f0f-9a53-52a46a110d2b}',
  deploymentEnvironmentUuid: '{8f9a0b1c-2d3e-4f4a-9b6c-7d8e9f0a1b2c}',
  branchName: 'main',
});

/** A function of a Vercel project in production. */
export const vercelFunction = persona({
  sub: 'owner:acme:project:web:environment:production',
  owner: 'acme',
  owner_id: 'team_7Gw5ZMzpQA8h90F832KGp7nwbuh3',
  project: 'web',
  project_id: 'prj_7Gw5ZMBpQA8h9GF832KGp7nwbuh3',
  environment: 'production',
});

/** A Machine at Fly.io. */
export const flyMachine = persona({
  sub: 'acme:collector:148ed726c17589',
  app_id: '3671581',
  app_name: 'collector',
  org_id: '29873298',
  org_name: 'acme',
  machine_id: '148ed726c17589',
  machine_name: 'restless-sea-1',
  machine_version: '01HCZ1FAZZ2J0RS0SNM3ZRM4Q3',
  image: 'registry.fly.io/collector:deployment-1',
  image_digest: 'sha256:0a9b8c7d6e5f40312213041526378495a6b7c8d90a9b8c7d6e5f403122130415',
  region: 'ams',
});

/** A client of a Keycloak realm that acts for itself. */
export const keycloakClient = persona({
  sub: '5a6b7c8d-9e0f-4a1b-8c3d-4e5f6a7b8c9d',
  typ: 'Bearer',
  azp: 'collector',
  acr: '1',
  scope: 'profile email',
  email_verified: false,
  preferred_username: 'service-account-collector',
  realm_access: { roles: ['default-roles-acme', 'sensors-writer'] },
  resource_access: { account: { roles: ['view-profile'] } },
  clientHost: '192.0.2.7',
  client_id: 'collector',
});

/** A backend of one's own that asks by client credentials. */
export const backendService = persona({ sub: 'dashboards', client_id: 'dashboards' });
