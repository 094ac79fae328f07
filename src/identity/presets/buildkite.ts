// Buildkite agents' OIDC tokens. The ids are in the token only when the job asks for them: `--claim organization_id --claim pipeline_id`.
// https://buildkite.com/docs/agent/cli/reference/oidc

import { bareRef, formed, number, object, oneOf, text, uuid } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

const slug = formed(/^[a-z0-9]+(-+[a-z0-9]+)*$/, 'acme');

/** In every token. */
const ALWAYS = {
  // Names, or one id where the job asks for `--subject-claim`.
  sub: formed(
    /^organization:[^:]+:pipeline:|^[0-9a-f-]+$/,
    'organization:acme:pipeline:app:ref:refs/heads/main:commit:0a9b8c7d:step:',
    '0184990a-4a5b-4c6d-8e7f-8a9b0c1d2e3f',
  ),
  organization_slug: slug,
  pipeline_slug: slug,
  build_number: number,
  build_branch: bareRef,
  build_commit: text,
  job_id: uuid,
  agent_id: uuid,
};

/** By the kind of build, or because the job asks for them with `--claim` or `--aws-session-tag`. */
const SOMETIMES = {
  build_source: oneOf('ui', 'api', 'webhook', 'trigger_job', 'schedule'),
  build_tag: text,
  runner_environment: oneOf('buildkite-hosted', 'self-hosted'),
  step_key: text,
  organization_id: uuid,
  pipeline_id: uuid,
  build_id: uuid,
  cluster_id: uuid,
  cluster_name: text,
  queue_id: uuid,
  queue_key: text,
  'https://aws.amazon.com/tags': object,
};

export const buildkite: Preset = {
  issuer: 'https://agent.buildkite.com',
  algorithms: ['RS256'],
  subject: [['pipeline_id', 'organization_id', 'cluster_id', 'queue_id'], ['sub']],
  alwaysPresent: Object.keys(ALWAYS),
  maxLifetime: 7_200,
  // Every request of the agent gives a fresh token with a fresh jti.
  singleUse: true,
  shared: true,
  // `sub` where a job has chosen an id for it; as names it is refused below.
  pins: ['organization_id', 'pipeline_id', 'cluster_id', 'queue_id', 'sub'],
  spoofable: [
    'step_key',
    'build_number',
    'build_source',
    'job_id',
    'agent_id',
    'agent_tag:',
    'build_id',
    'build_commit',
  ],
  party: ['organization_slug', 'pipeline_slug'],
  recyclable: ['organization_slug', 'pipeline_slug'],
  bareNames: {
    claim: 'sub',
    pattern: /^organization:[^:]*:pipeline:/,
    opening: 'organization:',
    fix: 'match on pipeline_id and build_branch; slugs can be renamed and taken by another',
  },
  claims: { ...ALWAYS, ...SOMETIMES },
  furtherClaims: /^(agent_tag:|\/https:~1~1aws\.amazon\.com~1tags\/)/,
  run: ['build_number', 'build_id', 'job_id'],
  description: '{organization_slug}/{pipeline_slug} on {build_branch}, build {build_number}',
  overridable: ['single_use'],
};
