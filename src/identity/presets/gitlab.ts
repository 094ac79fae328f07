// GitLab CI/CD id_tokens, on gitlab.com or self-managed. https://docs.gitlab.com/ci/secrets/id_token_authentication/

import { bareRef, commit, digits, flag, formed, list, number, object, oneOf, text } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

const path = formed(/^[^/]+(\/[^/]+)*$/, 'acme/app');

/** In every token. */
const ALWAYS = {
  job_id: digits,
  namespace_id: digits,
  namespace_path: path,
  pipeline_id: digits,
  // GitLab adds to the sources, so that only their form is certain.
  pipeline_source: formed(/^[a-z]+(_[a-z]+)*$/, 'push', 'web', 'merge_request_event'),
  project_id: digits,
  project_path: path,
  ref: bareRef,
  ref_protected: flag,
  ref_type: oneOf('branch', 'tag'),
  // Projects choose its parts.
  sub: text,
  user_id: digits,
  user_login: text,
};

/** By the kind of job, the settings of a project or of a person, or the version of the server. */
const SOMETIMES = {
  ci_config_ref_uri: formed(/^[^/]+\/.+\/\/.+@/, 'gitlab.example.com/acme/app//.gitlab-ci.yml@refs/heads/main'),
  ci_config_sha: commit,
  deployment_tier: oneOf('production', 'staging', 'testing', 'development', 'other'),
  environment: text,
  environment_action: text,
  environment_protected: flag,
  groups_direct: list,
  job_config: object,
  '/job_config/sha': text,
  '/job_config/url': text,
  job_namespace_id: digits,
  job_namespace_path: path,
  job_project_id: digits,
  job_project_path: path,
  job_source: text,
  project_visibility: oneOf('public', 'internal', 'private'),
  ref_path: formed(/^refs\/(heads|tags|merge-requests)\/.+/, 'refs/heads/main', 'refs/tags/v1.0'),
  runner_environment: oneOf('gitlab-hosted', 'self-hosted'),
  runner_id: number,
  sha: commit,
  target_audience: text,
  user_access_level: text,
  user_email: text,
  user_identities: list,
};

const CLAIMS = { ...ALWAYS, ...SOMETIMES };

export const gitlab: Preset = {
  issuer: 'https://gitlab.com',
  issuerForm: {
    pattern: /^https:\/\/[^/]+(\/[^/]+)*$/,
    example: 'https://gitlab.example.com, without a slash at its end',
  },
  algorithms: ['RS256'],
  typ: 'JWT',
  subject: [['project_id'], ['sub']],
  alwaysPresent: Object.keys(ALWAYS),
  // One id_token serves the whole job, so it is shown more than once by right.
  singleUse: false,
  shared: true,
  pins: ['project_id', 'namespace_id'],
  spoofable: [
    'user_login',
    'user_email',
    'user_id',
    'user_access_level',
    'runner_id',
    'runner_environment',
    'job_id',
    'pipeline_id',
  ],
  calledCode: ['ci_config_ref_uri', 'ci_config_sha'],
  party: ['project_path', 'project_visibility', 'namespace_path'],
  recyclable: ['project_path', 'namespace_path', 'sub', 'ci_config_ref_uri'],
  bareNames: {
    claim: 'sub',
    pattern: /^project_path:/,
    opening: 'project_path:',
    fix: 'match on project_id, ref and ref_protected; paths can be renamed and taken by another project',
  },
  common: ['ref_type', 'sha'],
  openings: { ref_path: /^[^/]*\/((heads|tags|merge-requests)\/)?/ },
  claims: CLAIMS,
  furtherClaims: /^\/user_identities\//,
  run: ['pipeline_id', 'job_id'],
  textClaims: Object.keys(CLAIMS).filter((name) => CLAIMS[name as keyof typeof CLAIMS].type === 'text'),
  numericIds: ['project_id', 'namespace_id'],
  description: '{project_path} on {ref}, pipeline {pipeline_id}',
  overridable: ['issuer', 'jwks_uri', 'jwks', 'single_use'],
};
