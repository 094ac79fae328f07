// SPIFFE identities as JWT-SVIDs, by SPIRE's OIDC discovery provider or another that speaks for a trust domain.
// https://github.com/spiffe/spiffe/blob/main/standards/JWT-SVID.md, https://github.com/spiffe/spire/blob/main/support/oidc-discovery-provider/README.md

import { formed } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

export const spiffe: Preset = {
  issuerForm: {
    pattern: /^https:\/\/.+$/,
    example: "https://oidc.TRUST_DOMAIN, the SPIRE server's `jwt_issuer` byte by byte",
  },
  algorithms: ['ES256', 'ES384', 'RS256'],
  // WIT-SVIDs are signed with the same keys, and say so in their header.
  typ: 'JWT',
  subject: [['sub']],
  alwaysPresent: ['sub'],
  // An agent hands out the same token until half of its life is gone.
  singleUse: false,
  shared: false,
  pins: ['sub'],
  openings: { sub: /^spiffe:\/\/([^/]*\/)?/ },
  claims: { sub: formed(/^spiffe:\/\/[^/]+\/.+$/, 'spiffe://prod.example/ns/plant/sa/writer') },
  // A server's plug-ins may add any.
  furtherClaims: /^/,
  description: '{sub}',
  overridable: [
    'issuer',
    'jwks_uri',
    'jwks',
    'jwks_hosts',
    'algorithms',
    'typ',
    'always_present',
    'shared',
    'pins',
    'single_use',
  ],
};
