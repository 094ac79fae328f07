// Callers of each provider, for the policies of the documentation: what such a caller is vended, and the nearest who must be refused. It
// makes no tokens and asks nothing.

import type { Reason } from '../src/foundation/failure.ts';
import type { PresetName } from '../src/identity/presets.ts';
import type { SigningAlgorithm, SignOptions } from './emulator/issuer.ts';
import { githubActions, gitlabCi, kubernetesServiceAccount } from './emulator/personas.ts';
import {
  accessPerson,
  accessServiceToken,
  auth0Machine,
  awsRole,
  azureDevopsRun,
  backendService,
  bitbucketStep,
  buildkiteJob,
  circleciJob,
  entraMachine,
  flyMachine,
  googleServiceAccount,
  keycloakClient,
  oktaMachine,
  spiffeWorkload,
  terraformRun,
  vercelFunction,
} from './emulator/provider-personas.ts';
import { AUDIENCE } from './world.ts';

export type Claims = Record<string, unknown>;

interface NearMiss {
  readonly name: string;
  readonly claims: Claims;
  readonly options?: SignOptions;
  readonly reason: Reason;
}

/** A caller of one provider, what the documented policy gives them, and callers who differ in a single thing. */
export interface Persona {
  readonly who: string;
  readonly iss: string;
  /** RS256 unless given. */
  readonly algorithm?: SigningAlgorithm;
  /** Where the provider keeps its keys, under the issuer's path. */
  readonly jwksPath?: string;
  /** The provider has no discovery document for these tokens, or keeps its keys on another host. */
  readonly discovery?: () => Response;
  readonly claims: (overrides?: Claims) => Claims;
  readonly audience?: string | readonly string[];
  readonly permission: string;
  readonly rule: string;
  readonly near: readonly NearMiss[];
}

const AUD_TAG = '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2';
const ACCESS = {
  iss: 'https://acme.cloudflareaccess.com',
  jwksPath: '/cdn-cgi/access/certs',
  discovery: () => new Response('not here', { status: 404 }),
  audience: [AUD_TAG],
};
const GOOGLE = {
  iss: 'https://accounts.google.com',
  jwksPath: '/oauth2/v3/certs',
  discovery: () =>
    Response.json({
      issuer: 'https://accounts.google.com',
      jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
    }),
};
const serviceAccount = (namespace: string, name: string) => ({
  'kubernetes.io': { namespace, serviceaccount: { name, uid: '3c6f1f0e-52a4-4f0f-9a53-0d2b7f6f6a11' } },
});

export const PERSONAS: Readonly<Record<PresetName, readonly Persona[]>> = {
  'github-actions': [
    {
      who: 'a push to main',
      iss: 'https://token.actions.githubusercontent.com',
      claims: githubActions,
      permission: 'db:ci_metrics:write',
      rule: 'ci-metrics',
      near: [
        {
          name: 'the repository of the same name that came after it',
          claims: { repository_id: '654321' },
          reason: 'no_rule',
        },
        { name: 'a tag called main', claims: { ref: 'refs/tags/main' }, reason: 'no_rule' },
        { name: 'a pull request target', claims: { event_name: 'pull_request_target' }, reason: 'denied_by_rule' },
        {
          name: 'no typ in the header',
          claims: {},
          options: { header: { typ: undefined } },
          reason: 'token_malformed',
        },
        { name: 'no repository id', claims: {}, options: { omit: ['repository_id'] }, reason: 'claim_invalid' },
      ],
    },
  ],
  gitlab: [
    {
      who: 'a push to the protected main',
      iss: 'https://gitlab.com',
      jwksPath: '/oauth/discovery/keys',
      claims: gitlabCi,
      permission: 'db:ci_metrics:write',
      rule: 'ci-metrics',
      near: [
        { name: 'another project', claims: { project_id: '2999', namespace_id: '99' }, reason: 'no_rule' },
        { name: 'an unprotected main', claims: { ref_protected: 'false' }, reason: 'no_rule' },
        { name: 'a merge request', claims: { pipeline_source: 'merge_request_event' }, reason: 'no_rule' },
        { name: 'protection as a boolean', claims: { ref_protected: true }, reason: 'no_rule' },
      ],
    },
  ],
  kubernetes: [
    {
      who: 'a pod of the service account',
      iss: 'https://oidc.cluster.example.com',
      jwksPath: '/openid/v1/jwks',
      claims: kubernetesServiceAccount,
      audience: [AUDIENCE],
      permission: 'db:app_metrics:write',
      rule: 'app',
      near: [
        { name: 'its namesake in another namespace', claims: serviceAccount('sandbox', 'app'), reason: 'no_rule' },
        { name: 'another account', claims: serviceAccount('apps', 'default'), reason: 'no_rule' },
        {
          name: 'a token of old, without the claims of a pod',
          claims: {},
          options: { omit: ['kubernetes.io'] },
          reason: 'claim_invalid',
        },
        {
          name: "the API server's audience beside ours",
          claims: { aud: [AUDIENCE, 'https://kubernetes.default.svc'] },
          reason: 'claim_invalid',
        },
      ],
    },
  ],
  buildkite: [
    {
      who: 'a job on main that asked for its ids',
      iss: 'https://agent.buildkite.com',
      claims: buildkiteJob,
      permission: 'db:ci_metrics:write',
      rule: 'ci-metrics',
      near: [
        {
          name: 'the same slugs of another organisation',
          claims: { organization_id: '0183ffff', pipeline_id: '0184ffff' },
          reason: 'no_rule',
        },
        { name: 'another branch', claims: { build_branch: 'fix' }, reason: 'no_rule' },
        { name: 'no ids', claims: {}, options: { omit: ['organization_id', 'pipeline_id'] }, reason: 'claim_invalid' },
      ],
    },
    {
      who: 'a job that chose its subject',
      iss: 'https://agent.buildkite.com',
      claims: (overrides) => buildkiteJob({ sub: '0184990a-4a5b-4c6d-8e7f-8a9b0c1d2e3f', ...overrides }),
      permission: 'db:ci_metrics:write',
      rule: 'ci-metrics',
      near: [
        {
          name: 'the pipeline of another, with our id nowhere but in its name',
          claims: { pipeline_id: '0184ffff', organization_id: '0183ffff', pipeline_slug: '0184990a-4a5b-4c6d' },
          reason: 'no_rule',
        },
      ],
    },
  ],
  circleci: [
    {
      who: 'a job in the context',
      iss: 'https://oidc.circleci.com/org/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f',
      jwksPath: '/.well-known/jwks-pub.json',
      claims: circleciJob,
      permission: 'db:ci_metrics:write',
      rule: 'ci-metrics',
      near: [
        { name: 'another project', claims: { 'oidc.circleci.com/project-id': '2d3e4f5a' }, reason: 'no_rule' },
        { name: 'another context', claims: { 'oidc.circleci.com/context-ids': ['9e4f5a6b'] }, reason: 'no_rule' },
        { name: 'a rerun with SSH', claims: { 'oidc.circleci.com/ssh-rerun': true }, reason: 'no_rule' },
        {
          name: 'the audience that jobs have by default',
          claims: { aud: '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f' },
          reason: 'claim_invalid',
        },
        {
          name: 'another organisation',
          claims: { iss: 'https://oidc.circleci.com/org/9c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f' },
          reason: 'issuer_untrusted',
        },
      ],
    },
  ],
  'azure-devops': [
    {
      who: 'a run of the pipeline on main',
      iss: 'https://vstoken.dev.azure.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f',
      // One key set for all organisations stands beside their documents.
      discovery: () =>
        Response.json({
          issuer: 'https://vstoken.dev.azure.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f',
          jwks_uri: 'https://vstoken.dev.azure.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/.well-known/jwks',
        }),
      claims: azureDevopsRun,
      audience: 'api://AzureADTokenExchange',
      permission: 'db:ci_metrics:write',
      rule: 'ci-metrics',
      near: [
        {
          name: 'the pipeline of that number in another project',
          claims: { prj_id: '9d3e4f5a-6b7c-4d8e-9f0a-1b2c3d4e5f6a' },
          reason: 'no_rule',
        },
        { name: 'another pipeline', claims: { def_id: '8' }, reason: 'no_rule' },
        { name: 'a pull request', claims: { rpo_ref: 'refs/pull/7/merge' }, reason: 'no_rule' },
        {
          name: 'a service connection, which has names only',
          claims: { sub: 'sc://acme/plant/influxdb' },
          options: { omit: ['org_id', 'prj_id', 'def_id'] },
          reason: 'claim_invalid',
        },
        {
          name: 'another organisation, whose tokens are signed with the same keys',
          claims: { iss: 'https://vstoken.dev.azure.com/9c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f' },
          reason: 'issuer_untrusted',
        },
        { name: 'no jti', claims: {}, options: { omit: ['jti'] }, reason: 'claim_invalid' },
      ],
    },
  ],
  bitbucket: [
    {
      who: 'a deployment step on main',
      iss: 'https://api.bitbucket.org/2.0/workspaces/acme/pipelines-config/identity/oidc',
      jwksPath: '/keys.json',
      claims: bitbucketStep,
      audience: ['ari:cloud:bitbucket::workspace/7baee083-4f25-4a97-8a9a-0fde1b623b45', AUDIENCE],
      permission: 'db:ci_metrics:write',
      rule: 'ci-metrics',
      near: [
        {
          name: 'another repository',
          claims: { repositoryUuid: '{7f1c9d52-0b7a-4e7e-9d0c-4a8b2e3f5d44}' },
          reason: 'no_rule',
        },
        {
          name: 'a workspace that took the name over',
          claims: { workspaceUuid: '{8baee083-4f25-4a97-8a9a-0fde1b623b45}' },
          reason: 'no_rule',
        },
        {
          name: 'a step that deploys nowhere',
          claims: {},
          options: { omit: ['deploymentEnvironmentUuid'] },
          reason: 'no_rule',
        },
        {
          name: 'the id without its braces',
          claims: { repositoryUuid: '6f1c9d52-0b7a-4e7e-9d0c-4a8b2e3f5d44' },
          reason: 'no_rule',
        },
        {
          name: 'the audience that steps have by default',
          claims: { aud: 'ari:cloud:bitbucket::workspace/7baee083-4f25-4a97-8a9a-0fde1b623b45' },
          reason: 'claim_invalid',
        },
      ],
    },
  ],
  'hcp-terraform': [
    {
      who: 'the apply phase of a run',
      iss: 'https://app.terraform.io',
      claims: terraformRun,
      permission: 'db:plant:write',
      rule: 'plant-apply',
      near: [
        {
          name: 'a stranger whose organisation and workspace have our names',
          claims: {
            terraform_organization_id: 'org-9999999999999999',
            terraform_project_id: 'prj-9999999999999999',
            terraform_workspace_id: 'ws-9999999999999999',
          },
          reason: 'no_rule',
        },
        { name: 'the plan of a pull request', claims: { terraform_run_phase: 'plan' }, reason: 'not_granted' },
        {
          name: 'the tests of a module',
          claims: { sub: 'organization:acme:module:plant:operation:test_run', terraform_run_phase: 'plan' },
          options: { omit: ['terraform_workspace_id', 'terraform_project_id'] },
          reason: 'no_rule',
        },
        { name: "Europe's issuer", claims: { iss: 'https://app.eu.terraform.io' }, reason: 'issuer_untrusted' },
      ],
    },
  ],
  aws: [
    {
      who: 'a function by its role',
      iss: 'https://0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d.tokens.sts.global.api.aws',
      algorithm: 'ES384',
      jwksPath: '/.well-known/jwks.json',
      claims: awsRole,
      permission: 'db:sensors:write',
      rule: 'collector',
      near: [
        { name: 'another role', claims: { sub: 'arn:aws:iam::111122223333:role/other' }, reason: 'no_rule' },
        {
          name: 'the role of that name in another account',
          claims: {
            sub: 'arn:aws:iam::444455556666:role/collector',
            'https://sts.amazonaws.com/': { aws_account: '444455556666' },
          },
          reason: 'no_rule',
        },
        {
          name: "another account's issuer",
          claims: { iss: 'https://9a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d.tokens.sts.global.api.aws' },
          reason: 'issuer_untrusted',
        },
        { name: 'no jti', claims: {}, options: { omit: ['jti'] }, reason: 'claim_invalid' },
      ],
    },
  ],
  fly: [
    {
      who: 'a Machine of the app',
      iss: 'https://oidc.fly.io/acme',
      claims: flyMachine,
      permission: 'db:sensors:write',
      rule: 'collector',
      near: [
        { name: 'another app', claims: { app_id: '3671582' }, reason: 'no_rule' },
        { name: 'an organisation that took the name over', claims: { org_id: '31' }, reason: 'no_rule' },
        { name: 'the default audience', claims: { aud: 'https://fly.io/acme' }, reason: 'claim_invalid' },
        { name: 'another organisation', claims: { iss: 'https://oidc.fly.io/emca' }, reason: 'issuer_untrusted' },
      ],
    },
  ],
  vercel: [
    {
      who: 'a function in production',
      iss: 'https://oidc.vercel.com/acme',
      claims: vercelFunction,
      audience: 'https://vercel.com/acme',
      permission: 'db:sensors:read',
      rule: 'dashboard',
      near: [
        {
          name: 'the preview of a pull request',
          claims: { environment: 'preview', sub: 'owner:acme:project:web:environment:preview' },
          reason: 'no_rule',
        },
        { name: 'another project', claims: { project_id: 'prj_9999999999999999' }, reason: 'no_rule' },
        { name: 'a team that took the name over', claims: { owner_id: 'team_9999999999999999' }, reason: 'no_rule' },
        { name: 'the issuer of global mode', claims: { iss: 'https://oidc.vercel.com' }, reason: 'issuer_untrusted' },
        {
          name: 'another team, whose tokens are signed with the same keys',
          claims: { iss: 'https://oidc.vercel.com/emca' },
          reason: 'issuer_untrusted',
        },
      ],
    },
  ],
  spiffe: [
    {
      who: 'a workload',
      iss: 'https://oidc.prod.example',
      algorithm: 'ES256',
      jwksPath: '/keys',
      claims: spiffeWorkload,
      audience: [AUDIENCE],
      permission: 'db:sensors:write',
      rule: 'writer',
      near: [
        { name: 'another workload', claims: { sub: 'spiffe://prod.example/ns/plant/sa/reader' }, reason: 'no_rule' },
        {
          name: 'a workload below it',
          claims: { sub: 'spiffe://prod.example/ns/plant/sa/writer/x' },
          reason: 'no_rule',
        },
        {
          name: 'another trust domain',
          claims: { sub: 'spiffe://test.example/ns/plant/sa/writer' },
          reason: 'no_rule',
        },
        {
          name: 'a WIT-SVID, which is signed with the same keys',
          claims: {},
          options: { header: { typ: 'wit+jwt' } },
          reason: 'token_malformed',
        },
        {
          name: 'no issuer, as SPIRE has it by default',
          claims: {},
          options: { omit: ['iss'] },
          reason: 'issuer_untrusted',
        },
      ],
    },
  ],
  keycloak: [
    {
      who: 'a client that acts for itself',
      iss: 'https://login.example.com/realms/acme',
      jwksPath: '/protocol/openid-connect/certs',
      claims: keycloakClient,
      permission: 'db:sensors:write',
      rule: 'collector',
      near: [
        { name: 'another client', claims: { azp: 'portal' }, reason: 'no_rule' },
        {
          name: 'a person who uses the client',
          claims: { sub: '6b7c8d9e-0f1a-4b2c-8d4e-5f6a7b8c9d0e' },
          reason: 'no_rule',
        },
        { name: 'no sub, as without the scope basic', claims: {}, options: { omit: ['sub'] }, reason: 'claim_invalid' },
        { name: "the realm's own audience", claims: { aud: 'account' }, reason: 'claim_invalid' },
        { name: 'another realm', claims: { iss: 'https://login.example.com/realms/test' }, reason: 'issuer_untrusted' },
      ],
    },
  ],
  auth0: [
    {
      who: 'a machine',
      iss: 'https://acme.auth0.com/',
      jwksPath: '/.well-known/jwks.json',
      claims: auth0Machine,
      permission: 'db:sensors:write',
      rule: 'collector',
      near: [
        { name: 'another application', claims: { azp: 'other', sub: 'other@clients' }, reason: 'no_rule' },
        {
          name: 'a person who uses the application',
          claims: { sub: 'auth0|5f7c', gty: 'password' },
          reason: 'no_rule',
        },
        { name: 'the issuer without its slash', claims: { iss: 'https://acme.auth0.com' }, reason: 'issuer_untrusted' },
      ],
    },
  ],
  okta: [
    {
      who: 'a machine',
      iss: 'https://acme.okta.com/oauth2/default',
      jwksPath: '/v1/keys',
      claims: oktaMachine,
      permission: 'db:sensors:write',
      rule: 'collector',
      near: [
        { name: 'another client', claims: { cid: '0oa9other' }, reason: 'no_rule' },
        { name: 'a person who uses the client', claims: { uid: '00u1ann' }, reason: 'no_rule' },
        {
          name: 'the issuer with a slash',
          claims: { iss: 'https://acme.okta.com/oauth2/default/' },
          reason: 'issuer_untrusted',
        },
        { name: "the organisation's own server", claims: { iss: 'https://acme.okta.com' }, reason: 'issuer_untrusted' },
      ],
    },
  ],
  entra: [
    {
      who: 'a managed identity',
      iss: 'https://login.microsoftonline.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0',
      jwksPath: '/discovery/v2.0/keys',
      claims: entraMachine,
      audience: '4f5a6b7c-8d9e-4f0a-8b2c-3d4e5f6a7b8c',
      permission: 'db:sensors:write',
      rule: 'collector',
      near: [
        { name: 'another identity', claims: { oid: '6b7c8d9e-0f1a-4b2c-8d4e-5f6a7b8c9d0e' }, reason: 'no_rule' },
        { name: 'no oid', claims: {}, options: { omit: ['oid'] }, reason: 'claim_invalid' },
        {
          name: 'a v1.0 token',
          claims: { iss: 'https://sts.windows.net/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/' },
          reason: 'issuer_untrusted',
        },
        {
          name: 'another tenant',
          claims: { iss: 'https://login.microsoftonline.com/9c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0' },
          reason: 'issuer_untrusted',
        },
      ],
    },
  ],
  google: [
    {
      who: 'a service account',
      ...GOOGLE,
      claims: googleServiceAccount,
      permission: 'db:sensors:write',
      rule: 'collector',
      near: [
        { name: 'another account of the same address', claims: { sub: '109876543210987654321' }, reason: 'no_rule' },
        { name: 'an account id as a number', claims: { sub: 101234567890 }, reason: 'token_malformed' },
        { name: 'the issuer without https', claims: { iss: 'accounts.google.com' }, reason: 'issuer_untrusted' },
      ],
    },
  ],
  'cloudflare-access': [
    {
      ...ACCESS,
      who: 'a person',
      claims: accessPerson,
      permission: 'db:*:read',
      rule: 'engineers',
      near: [
        { name: 'an address of another domain', claims: { email: 'dev@acme.example.com' }, reason: 'no_rule' },
        { name: 'another application', claims: { aud: ['5814c1358e65'] }, reason: 'claim_invalid' },
        { name: 'another team', claims: { iss: 'https://emca.cloudflareaccess.com' }, reason: 'issuer_untrusted' },
      ],
    },
    {
      ...ACCESS,
      who: 'a service token',
      claims: accessServiceToken,
      permission: 'db:sensors:write',
      rule: 'collector',
      near: [
        { name: 'another service token', claims: { common_name: '9f8e7d6c.access' }, reason: 'no_rule' },
        {
          name: 'neither a person nor a service token',
          claims: {},
          options: { omit: ['common_name'] },
          reason: 'claim_invalid',
        },
      ],
    },
  ],
  generic: [
    {
      who: 'a backend',
      iss: 'https://login.example.com/',
      claims: backendService,
      permission: 'db:tenant_a:read',
      rule: 'dashboards',
      near: [
        { name: 'another client', claims: { client_id: 'other' }, reason: 'no_rule' },
        { name: 'a database outside the pattern', claims: { client_id: 'portal', tenant: 'b' }, reason: 'not_granted' },
      ],
    },
  ],
};
