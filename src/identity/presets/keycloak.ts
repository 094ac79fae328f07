// Keycloak realms, one entry for each. What a realm's mappers add is its own.
// https://www.keycloak.org/docs/latest/server_admin/

import { boolean, list, number, object, oneOf, text } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

export const keycloak: Preset = {
  issuerForm: {
    pattern: /^https:\/\/.+\/realms\/[^/]+$/,
    example: 'https://HOST/realms/REALM, without a slash at its end',
  },
  algorithms: ['RS256'],
  typ: 'JWT',
  // Missing unless the client has the scope `basic`.
  subject: [['sub']],
  alwaysPresent: ['sub'],
  singleUse: false,
  shared: false,
  pins: ['sub', 'azp'],
  // People change these where the realm lets them, and a client asks for scopes.
  spoofable: ['email', 'family_name', 'given_name', 'locale', 'name', 'preferred_username', 'scope'],
  needsBeside: { email: { claim: 'email_verified', value: true } },
  common: ['acr', 'sid', 'session_state', 'typ'],
  claims: {
    sub: text,
    acr: text,
    'allowed-origins': list,
    at_hash: text,
    auth_time: number,
    azp: text,
    client_id: text,
    email: text,
    email_verified: boolean,
    family_name: text,
    given_name: text,
    groups: list,
    locale: text,
    name: text,
    nonce: text,
    preferred_username: text,
    realm_access: object,
    '/realm_access/roles': list,
    resource_access: object,
    scope: text,
    session_state: text,
    sid: text,
    typ: oneOf('Bearer', 'ID'),
  },
  // Any name but one that is spelled as a path and is none.
  furtherClaims: /^(?!(realm_access|resource_access)\.)/,
  description: '{sub} through {azp}',
  overridable: [
    'issuer',
    'jwks_uri',
    'jwks',
    'algorithms',
    'typ',
    'subject',
    'always_present',
    'shared',
    'pins',
    'single_use',
  ],
};
