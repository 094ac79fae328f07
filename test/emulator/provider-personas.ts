// The claims of further providers' tokens: build services, sign-in providers and proxies beside those in `personas.ts`. Times, token ids
// and the issuer are set when the token is signed.

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

/** A backend of one's own that asks by client credentials. */
export const backendService = persona({ sub: 'dashboards', client_id: 'dashboards' });
