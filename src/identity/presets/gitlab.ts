// GitLab CI/CD id_tokens, on gitlab.com or self-managed. https://docs.gitlab.com/ci/secrets/id_token_authentication/

import type { Preset } from '../preset.ts';

export const gitlab: Preset = {
  issuer: 'https://gitlab.com',
  issuerForm: {
    pattern: /^https:\/\/[^/]+(\/[^/]+)*$/,
    example: 'https://gitlab.example.com, without a slash at its end',
  },
  algorithms: ['RS256'],
  typ: 'JWT',
  subject: [['project_id'], ['sub']],
  alwaysPresent: [
    'job_id',
    'namespace_id',
    'namespace_path',
    'pipeline_id',
    'pipeline_source',
    'project_id',
    'project_path',
    'ref',
    'ref_protected',
    'ref_type',
    'sub',
    'user_id',
    'user_login',
  ],
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
  description: '{project_path} on {ref}, pipeline {pipeline_id}',
  overridable: ['issuer', 'jwks_uri', 'jwks', 'single_use'],
};
