// Bitbucket Pipelines. The issuer names the workspace by a name that can be changed; the ids wear braces.
// https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/

import { bareRef, formed } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

const braced = formed(/^\{[0-9a-f-]+\}$/, '{6f1c9d52-0b7a-4e7e-9d0c-4a8b2e3f5d44}');

/** In every token. */
const ALWAYS = {
  // The repository, on a deployment the environment, and the step: another with each step.
  sub: formed(/^\{[0-9a-f-]+\}:/, '{6f1c9d52-0b7a-4e7e-9d0c-4a8b2e3f5d44}:{0d2b7f6f-3c6f-4f0f-9a53-52a46a110d2b}'),
  repositoryUuid: braced,
  workspaceUuid: braced,
};

/** By the kind of step. */
const SOMETIMES = {
  branchName: bareRef,
  deploymentEnvironmentUuid: braced,
  pipelineRunUuid: braced,
  pipelineUuid: braced,
  stepUuid: braced,
};

export const bitbucket: Preset = {
  issuerForm: {
    pattern: /^https:\/\/api\.bitbucket\.org\/2\.0\/workspaces\/[^/]+\/pipelines-config\/identity\/oidc$/,
    example: 'https://api.bitbucket.org/2.0/workspaces/WORKSPACE/pipelines-config/identity/oidc',
  },
  algorithms: ['RS256'],
  subject: [['workspaceUuid'], ['repositoryUuid']],
  alwaysPresent: Object.keys(ALWAYS),
  // One token serves a whole step.
  singleUse: false,
  shared: false,
  pins: ['repositoryUuid', 'deploymentEnvironmentUuid', 'workspaceUuid'],
  spoofable: ['stepUuid', 'pipelineUuid', 'pipelineRunUuid'],
  claims: { ...ALWAYS, ...SOMETIMES },
  run: ['pipelineUuid', 'pipelineRunUuid', 'stepUuid'],
  description: 'repository {repositoryUuid} on {branchName}',
  overridable: ['issuer', 'single_use'],
};
