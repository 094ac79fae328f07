// Auth0 tenants. The issuer ends in a slash. https://auth0.com/docs/secure/tokens/json-web-tokens

import type { Preset } from '../preset.ts';

export const auth0: Preset = {
  issuerForm: { pattern: /^https:\/\/[^/]+\/$/, example: 'https://TENANT.auth0.com/ with the slash' },
  algorithms: ['RS256'],
  subject: [['sub']],
  alwaysPresent: ['sub'],
  singleUse: false,
  shared: false,
  pins: ['sub', 'org_id', 'azp'],
  spoofable: ['name', 'nickname', 'picture', 'email', 'scope'],
  needsBeside: { email: { claim: 'email_verified', value: true } },
  description: '{sub}',
  overridable: ['issuer', 'algorithms', 'typ', 'subject', 'shared', 'pins', 'single_use'],
};
