// CircleCI. Its issuer is one per organisation, so the issuer itself pins the party. https://circleci.com/docs/openid-connect-tokens/

import type { Preset } from '../preset.ts';

export const circleci: Preset = {
  issuerForm: {
    pattern: /^https:\/\/oidc\.circleci\.com\/org\/[0-9a-f-]{36}$/,
    example: 'https://oidc.circleci.com/org/ORGANISATION_ID',
  },
  algorithms: ['RS256'],
  subject: [['oidc.circleci.com/project-id'], ['sub']],
  alwaysPresent: ['sub', 'oidc.circleci.com/project-id'],
  singleUse: false,
  shared: false,
  pins: ['oidc.circleci.com/project-id'],
  spoofable: ['oidc.circleci.com/vcs-ref', 'oidc.circleci.com/vcs-origin', 'oidc.circleci.com/pipeline-definition-id'],
  // The issuer names the organisation already.
  party: ['oidc.circleci.com/org-id'],
  openings: { sub: /^org\/[^/]*\/(project\/)?/ },
  description: 'project {oidc.circleci.com/project-id}',
  overridable: ['issuer', 'single_use'],
};
