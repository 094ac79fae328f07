// GitHub Actions, on github.com, with data residency, or on an Enterprise Server.
// https://docs.github.com/actions/reference/security/oidc

import type { Preset } from '../preset.ts';

export const githubActions: Preset = {
  issuer: 'https://token.actions.githubusercontent.com',
  issuerForm: {
    pattern:
      /^https:\/\/(token\.actions\.githubusercontent\.com(\/[A-Za-z0-9-]+)?|token\.actions\.[a-z0-9-]+\.ghe\.com|[^/]+\/_services\/token)$/,
    example:
      'https://token.actions.githubusercontent.com/ENTERPRISE, or https://HOST/_services/token for an Enterprise Server',
  },
  algorithms: ['RS256'],
  typ: 'JWT',
  // The ids survive renaming; `sub` tells branches and environments apart, in whichever form its owner has chosen.
  subject: [['repository_id'], ['sub']],
  alwaysPresent: [
    'actor',
    'actor_id',
    'event_name',
    'job_workflow_ref',
    'ref',
    'ref_type',
    'repository',
    'repository_id',
    'repository_owner',
    'repository_owner_id',
    'repository_visibility',
    'run_attempt',
    'run_id',
    'run_number',
    'runner_environment',
    'sha',
    'sub',
    'workflow',
    'workflow_ref',
  ],
  // Every request to the token endpoint of a job gives a fresh token with a fresh jti.
  singleUse: true,
  shared: true,
  pins: ['repository_id', 'repository_owner_id', 'enterprise_id'],
  spoofable: [
    'workflow',
    'actor',
    'actor_id',
    'triggering_actor',
    'head_ref',
    'base_ref',
    'run_id',
    'run_number',
    'run_attempt',
    'jti',
  ],
  calledCode: ['job_workflow_ref', 'job_workflow_sha'],
  party: ['repository', 'repository_owner', 'repository_visibility', 'enterprise'],
  recyclable: ['repository', 'repository_owner', 'enterprise', 'sub', 'workflow_ref', 'job_workflow_ref'],
  bareNames: {
    claim: 'sub',
    pattern: /^repo:[^@:]*(:|$)/,
    opening: 'repo:',
    fix: 'match on repository_id and ref or environment; new repositories have subjects with ids in them',
  },
  common: ['runner_environment', 'ref_type', 'sha'],
  openings: {
    ref: /^[^/]*\/((heads|tags|pull)\/)?/,
    sub: /^repo:([^/:]*(\/[^/:]*)?)?/,
    workflow_ref: /^[^/]*\/([^/]*\/)?(\.github\/workflows\/)?/,
  },
  textOnly: true,
  numericIds: ['repository_id', 'repository_owner_id', 'enterprise_id'],
  description: '{repository} on {ref}, run {run_number}',
  overridable: ['issuer', 'jwks_uri', 'jwks'],
};
