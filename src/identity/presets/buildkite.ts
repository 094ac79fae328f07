// Buildkite agents' OIDC tokens. The ids are in the token only when the job asks for them: `--claim organization_id --claim pipeline_id`.
// https://buildkite.com/docs/agent/cli/reference/oidc

import type { Preset } from '../preset.ts';

export const buildkite: Preset = {
  issuer: 'https://agent.buildkite.com',
  algorithms: ['RS256'],
  subject: [['pipeline_id', 'organization_id'], ['sub']],
  alwaysPresent: [
    'sub',
    'organization_slug',
    'pipeline_slug',
    'build_number',
    'build_branch',
    'build_commit',
    'job_id',
    'agent_id',
  ],
  maxLifetime: 7_200,
  // One job may fetch a token once and show it several times.
  singleUse: false,
  shared: true,
  pins: ['organization_id', 'pipeline_id'],
  spoofable: ['step_key', 'build_number', 'build_source', 'job_id', 'agent_id', 'build_commit'],
  party: ['organization_slug', 'pipeline_slug'],
  recyclable: ['organization_slug', 'pipeline_slug', 'sub'],
  bareNames: {
    claim: 'sub',
    pattern: /^organization:[^:]*:pipeline:/,
    opening: 'organization:',
    fix: 'match on pipeline_id and build_branch; slugs can be renamed and taken by another',
  },
  description: '{organization_slug}/{pipeline_slug} on {build_branch}, build {build_number}',
  overridable: ['single_use'],
};
