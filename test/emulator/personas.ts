// The claims real providers put in their tokens, for the callers an emulated issuer speaks for. Times, token ids and the issuer are set
// when the token is signed. One claim never follows from another: a test that overrides a ref or an environment overrides the subject that
// names it too.

/** The audience every persona's token is for, unless overridden. */
export const personaAudience = 'https://sts.acme.example';

/** Claims to lay over a persona's own: any value, also one no provider would send. */
export type Overrides<Claims> = { [Name in keyof Claims]?: unknown } & Record<string, unknown>;

/** A persona's claims with the overrides laid over them. */
export type Overlaid<Claims, Given> = Omit<Claims, keyof Given> & Given;

// The default of each persona's type parameter: without overrides every claim keeps its own type.
type Nothing = Record<never, never>;

function overlay<Claims extends object, Given>(claims: Claims, overrides: Given | undefined): Overlaid<Claims, Given> {
  return { ...claims, ...overrides } as Claims & Given;
}

/** What GitHub puts in the token of an Actions job. Every value is a string, numbers and booleans included. */
export type GithubActionsClaims = {
  aud: string;
  sub: string;
  repository: string;
  repository_id: string;
  repository_owner: string;
  repository_owner_id: string;
  repository_visibility: string;
  enterprise: string;
  enterprise_id: string;
  ref: string;
  ref_type: string;
  ref_protected: string;
  head_ref: string;
  base_ref: string;
  sha: string;
  event_name: string;
  workflow: string;
  workflow_ref: string;
  workflow_sha: string;
  job_workflow_ref: string;
  job_workflow_sha: string;
  run_id: string;
  run_number: string;
  run_attempt: string;
  check_run_id: string;
  runner_environment: string;
  actor: string;
  actor_id: string;
};

/** A push to the protected main branch. A job with an environment has `environment` and a subject that names it. */
export function githubActions<Given extends Overrides<GithubActionsClaims & { environment: string }> = Nothing>(
  overrides?: Given,
): Overlaid<GithubActionsClaims, Given> {
  const sha = '5f1d2c3b4a59687786950a1b2c3d4e5f60718293';
  const claims: GithubActionsClaims = {
    aud: personaAudience,
    sub: 'repo:acme@77/app@123456:ref:refs/heads/main',
    repository: 'acme/app',
    repository_id: '123456',
    repository_owner: 'acme',
    repository_owner_id: '77',
    repository_visibility: 'private',
    enterprise: 'acme-group',
    enterprise_id: '9',
    ref: 'refs/heads/main',
    ref_type: 'branch',
    ref_protected: 'true',
    head_ref: '',
    base_ref: '',
    sha,
    event_name: 'push',
    workflow: 'deploy',
    workflow_ref: 'acme/app/.github/workflows/deploy.yml@refs/heads/main',
    workflow_sha: sha,
    job_workflow_ref: 'acme/app/.github/workflows/deploy.yml@refs/heads/main',
    job_workflow_sha: sha,
    run_id: '17000000001',
    run_number: '42',
    run_attempt: '1',
    check_run_id: '48000000001',
    runner_environment: 'github-hosted',
    actor: 'acme-developer',
    actor_id: '4001',
  };
  return overlay(claims, overrides);
}

/** What GitLab puts in the ID token of a CI job. Booleans and all ids but the runner's are strings. */
export type GitlabCiClaims = {
  aud: string;
  sub: string;
  namespace_id: string;
  namespace_path: string;
  project_id: string;
  project_path: string;
  project_visibility: string;
  user_id: string;
  user_login: string;
  user_email: string;
  user_access_level: string;
  pipeline_id: string;
  pipeline_source: string;
  job_id: string;
  ref: string;
  ref_type: string;
  ref_path: string;
  ref_protected: string;
  sha: string;
  ci_config_ref_uri: string;
  ci_config_sha: string;
  runner_id: number;
  runner_environment: string;
};

/** The claims GitLab adds for a job with an environment. */
type GitlabEnvironmentClaims = {
  environment: string;
  environment_protected: string;
  deployment_tier: string;
  environment_action: string;
};

/** A push to the protected main branch. */
export function gitlabCi<Given extends Overrides<GitlabCiClaims & GitlabEnvironmentClaims> = Nothing>(
  overrides?: Given,
): Overlaid<GitlabCiClaims, Given> {
  const sha = '0a9b8c7d6e5f40312213041526378495a6b7c8d9';
  const claims: GitlabCiClaims = {
    aud: personaAudience,
    sub: 'project_path:acme/app:ref_type:branch:ref:main',
    namespace_id: '72',
    namespace_path: 'acme',
    project_id: '2022',
    project_path: 'acme/app',
    project_visibility: 'private',
    user_id: '31',
    user_login: 'acme-developer',
    user_email: 'dev@acme.example',
    user_access_level: 'developer',
    pipeline_id: '5001',
    pipeline_source: 'push',
    job_id: '9001',
    ref: 'main',
    ref_type: 'branch',
    ref_path: 'refs/heads/main',
    ref_protected: 'true',
    sha,
    ci_config_ref_uri: 'gitlab.example.com/acme/app//.gitlab-ci.yml@refs/heads/main',
    ci_config_sha: sha,
    runner_id: 12,
    runner_environment: 'self-hosted',
  };
  return overlay(claims, overrides);
}

type Named = { name: string; uid: string };

/** What a cluster puts in a service account token projected into a pod. The private claim's key holds a dot. */
export type KubernetesClaims = {
  aud: string[];
  sub: string;
  'kubernetes.io': { namespace: string; serviceaccount: Named; pod: Named; node: Named };
};

/** A pod of the service account `app` in the namespace `apps`. Overrides replace the nested claim as a whole. */
export function kubernetesServiceAccount<Given extends Overrides<KubernetesClaims> = Nothing>(
  overrides?: Given,
): Overlaid<KubernetesClaims, Given> {
  const claims: KubernetesClaims = {
    aud: [personaAudience],
    sub: 'system:serviceaccount:apps:app',
    'kubernetes.io': {
      namespace: 'apps',
      serviceaccount: { name: 'app', uid: '3c6f1f0e-52a4-4f0f-9a53-0d2b7f6f6a11' },
      pod: { name: 'app-7d9c5b8f6-x2k4q', uid: 'b1f0c3a2-7d7e-4b57-8f2b-5f6f0a1c9e22' },
      node: { name: 'node-1', uid: '9a2e4d6c-1b3f-4c8d-a7e5-2f4b6d8c0e33' },
    },
  };
  return overlay(claims, overrides);
}

/** What an access proxy or sign-in provider puts in the token of a person. */
export type PersonClaims = {
  aud: string[];
  sub: string;
  email: string;
  email_verified: boolean;
  groups: string[];
  type: string;
  identity_nonce: string;
  country: string;
};

/** A signed-in developer. */
export function person<Given extends Overrides<PersonClaims> = Nothing>(
  overrides?: Given,
): Overlaid<PersonClaims, Given> {
  const claims: PersonClaims = {
    aud: [personaAudience],
    sub: '6f1c9d52-0b7a-4e7e-9d0c-4a8b2e3f5d44',
    email: 'dev@acme.example',
    email_verified: true,
    groups: ['developers'],
    type: 'app',
    identity_nonce: 'n7Qm2xVb9LrT4cZp',
    country: 'NL',
  };
  return overlay(claims, overrides);
}
