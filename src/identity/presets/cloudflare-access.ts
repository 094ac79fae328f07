// Cloudflare Access application tokens, of people and of service tokens. Access offers no discovery for them.
// https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/application-token/

import { formed, object, oneOf, text } from '../claim-forms.ts';
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
  claims: {
    sub: text,
    // A service token's client id, or the name in a client certificate.
    common_name: text,
    country: formed(/^[A-Z0-9]{2}$/, 'NL'),
    // What the identity provider's configuration in Access adds.
    custom: object,
    email: formed(/@/, 'ann@acme.example'),
    identity_nonce: text,
    type: oneOf('app', 'org'),
  },
  furtherClaims: /^\/custom\//,
  proxiesPage: true,
  description: '{email}',
  overridable: ['team', 'single_use'],
};
