// Presets: what is known of an identity provider, so that a policy need not say it. Facts only; no I/O.

import type { Algorithm } from './trusted-issuer.ts';

/** What a preset fills in; the keys are those of an entry under `issuers:`. Durations are seconds. */
export interface Preset {
  /** The issuer's address, when the provider has just one. */
  readonly issuer?: string;
  readonly algorithms?: readonly Algorithm[];
  readonly typ?: string;
  readonly jwksHosts?: readonly string[];
  readonly subject?: readonly (readonly string[])[];
  readonly alwaysPresent?: readonly string[];
  readonly shared?: boolean;
  readonly pins?: readonly string[];
  /** Keys that a policy may set beside this preset, since they say where the provider stands rather than what it is. */
  readonly overridable: readonly string[];
}

/** https://docs.github.com/actions/reference/security/oidc; names can be renamed and recycled, ids cannot. */
const githubActions: Preset = {
  issuer: 'https://token.actions.githubusercontent.com',
  algorithms: ['RS256'],
  typ: 'JWT',
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
  shared: true,
  pins: ['repository_id', 'repository_owner_id', 'enterprise_id'],
  overridable: ['issuer', 'jwks_uri', 'jwks'],
};

export const PRESETS: Readonly<Record<string, Preset>> = {
  generic: { overridable: [] },
  'github-actions': githubActions,
};
