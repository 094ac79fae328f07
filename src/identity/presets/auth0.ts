// Auth0 tenants. The issuer ends in a slash. https://auth0.com/docs/secure/tokens/json-web-tokens

import { boolean, formed, list, number, object, prefixed, text } from '../claim-forms.ts';
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
  // What a tenant adds stands beside these under names of its own.
  claims: {
    sub: formed(/\||@clients$/, 'auth0|5f7c8ec7', 'collectorClient01@clients'),
    acr: text,
    act: object,
    amr: list,
    auth_time: number,
    azp: text,
    client_id: text,
    cnf: object,
    email: text,
    email_verified: boolean,
    gty: text,
    name: text,
    nickname: text,
    org_id: prefixed('org_'),
    org_name: text,
    permissions: list,
    picture: text,
    scope: text,
    updated_at: text,
  },
  furtherClaims: /^/,
  description: '{sub}',
  overridable: ['issuer', 'algorithms', 'typ', 'subject', 'shared', 'pins', 'single_use'],
};
