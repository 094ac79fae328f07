// GitHub Actions, on github.com, with data residency, or on an Enterprise Server.
// https://docs.github.com/actions/reference/security/oidc

import { bareRef, commit, digits, flag, formed, oneOf, text, word } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

const workflowRef = formed(
  /^[^/]+\/[^/]+\/(\.github\/workflows|dynamic)\/[^@]+@/,
  'acme/app/.github/workflows/deploy.yml@refs/heads/main',
);

/** In every token. */
const ALWAYS = {
  actor: text,
  actor_id: digits,
  // A list of its own, to which GitHub adds: only the form is certain.
  event_name: word('push', 'pull_request', 'workflow_dispatch'),
  job_workflow_ref: workflowRef,
  // Empty where a commit is deployed rather than a branch or a tag.
  ref: formed(/^(refs\/(heads|tags|pull)\/.+)?$/, 'refs/heads/main', 'refs/tags/v1.0'),
  ref_type: oneOf('branch', 'tag', ''),
  repository: formed(/^[^/]+\/[^/]+$/, 'acme/app'),
  repository_id: digits,
  repository_owner: formed(/^[^/]+$/, 'acme'),
  repository_owner_id: digits,
  repository_visibility: oneOf('public', 'private', 'internal'),
  run_attempt: digits,
  run_id: digits,
  run_number: digits,
  runner_environment: oneOf('github-hosted', 'self-hosted'),
  sha: commit,
  // Owners choose its parts.
  sub: text,
  workflow: text,
  workflow_ref: workflowRef,
};

/** By the kind of job, the plan of its owner, or the version of the server. */
const SOMETIMES = {
  base_ref: bareRef,
  check_run_id: digits,
  enterprise: text,
  enterprise_id: digits,
  environment: text,
  environment_node_id: text,
  head_ref: bareRef,
  job_workflow_sha: commit,
  ref_protected: flag,
  workflow_sha: commit,
};

export const githubActions: Preset = {
  issuer: 'https://token.actions.githubusercontent.com',
  issuerForm: {
    pattern:
      /^https:\/\/(token\.actions\.githubusercontent\.com(\/[A-Za-z0-9-]+)?|token\.actions\.([a-z0-9-]+)\.ghe\.com(\/\3)?|[^/]+\/_services\/token)$/,
    example:
      'https://token.actions.githubusercontent.com/ENTERPRISE, or https://HOST/_services/token for an Enterprise Server',
  },
  algorithms: ['RS256'],
  typ: 'JWT',
  // The ids survive renaming; `sub` tells branches and environments apart, in whichever form its owner has chosen.
  subject: [['repository_id'], ['sub']],
  alwaysPresent: Object.keys(ALWAYS),
  // Every request to the token endpoint of a job gives a fresh token with a fresh jti.
  singleUse: true,
  shared: true,
  pins: ['repository_id', 'repository_owner_id', 'enterprise_id'],
  spoofable: [
    'workflow',
    'actor',
    'actor_id',
    'head_ref',
    'base_ref',
    'run_id',
    'run_number',
    'run_attempt',
    'check_run_id',
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
  claims: { ...ALWAYS, ...SOMETIMES },
  // Custom properties of repositories, which the owner includes.
  furtherClaims: /^repo_property_/,
  run: ['run_id', 'run_attempt'],
  textOnly: true,
  numericIds: ['repository_id', 'repository_owner_id', 'enterprise_id'],
  description: '{repository} on {ref}, run {run_number}',
  overridable: ['issuer', 'jwks_uri', 'jwks'],
};
