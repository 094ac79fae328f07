// Cloudflare Access application tokens, of people and of service tokens. Access offers no discovery for them.
// https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/application-token/

import type { Preset } from '../preset.ts';

export const cloudflareAccess: Preset = {
  issuer: 'https://TEAM.cloudflareaccess.com',
  jwksUri: 'https://TEAM.cloudflareaccess.com/cdn-cgi/access/certs',
  algorithms: ['RS256'],
  // A service token has an empty `sub` and is known by its client id.
  subject: [['sub', 'common_name']],
  alwaysPresent: [],
  singleUse: false,
  shared: false,
  pins: ['sub', 'common_name'],
  spoofable: ['country', 'identity_nonce'],
  common: ['type'],
  description: '{email}',
  overridable: ['team', 'single_use'],
};
