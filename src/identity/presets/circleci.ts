// CircleCI. Its issuer is one per organisation, so the issuer itself pins the party. https://circleci.com/docs/openid-connect-tokens/

import { boolean, formed, list, under, uuid } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

const PREFIX = 'oidc.circleci.com/';

/** In every token. */
const ALWAYS = {
  sub: formed(
    /^org\/[^/]+\/(project\/|file-streaming\/)/,
    'org/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/project/2d3e4f5a-6b7c-4d8e-9f0a-1b2c3d4e5f6a/user/8f9a0b1c-2d3e-4f4a-9b6c-7d8e9f0a1b2c',
  ),
  ...under(PREFIX, { 'project-id': uuid }),
};

/** By the kind of pipeline, and by what starts it. */
const SOMETIMES = under(PREFIX, {
  'context-ids': list,
  'job-id': uuid,
  'org-id': uuid,
  'pipeline-definition-id': uuid,
  'pipeline-id': uuid,
  'ssh-rerun': boolean,
  'vcs-origin': formed(/^[^/:]+\/.+/, 'github.com/acme/app'),
  'vcs-ref': formed(/^refs\/.+/, 'refs/heads/main', 'refs/tags/v1.0'),
  'workflow-id': uuid,
});

export const circleci: Preset = {
  issuerForm: {
    pattern: /^https:\/\/oidc\.circleci\.com\/org\/[0-9a-f-]{36}$/,
    example: 'https://oidc.circleci.com/org/ORGANISATION_ID',
  },
  algorithms: ['RS256'],
  subject: [['oidc.circleci.com/project-id'], ['sub']],
  alwaysPresent: Object.keys(ALWAYS),
  singleUse: false,
  shared: false,
  pins: ['oidc.circleci.com/project-id'],
  spoofable: ['oidc.circleci.com/vcs-ref', 'oidc.circleci.com/vcs-origin', 'oidc.circleci.com/pipeline-definition-id'],
  // The issuer names the organisation already.
  party: ['oidc.circleci.com/org-id'],
  openings: { sub: /^org\/[^/]*\/(project\/)?/ },
  claims: { ...ALWAYS, ...SOMETIMES },
  run: [`${PREFIX}pipeline-id`, `${PREFIX}workflow-id`, `${PREFIX}job-id`],
  description: 'project {oidc.circleci.com/project-id}',
  overridable: ['issuer', 'single_use'],
};
