// Okta authorization servers. The issuer has no slash at its end. https://developer.okta.com/docs/api/openapi/okta-oauth/guides/overview/

import { boolean, list, number, prefixed, text } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

export const okta: Preset = {
  issuerForm: {
    pattern: /^https:\/\/[^/]+(\/oauth2\/[^/]+)?$/,
    example: 'https://ORG.okta.com/oauth2/default, without a slash at its end',
  },
  algorithms: ['RS256'],
  // A person has a uid, a client acting for itself only a cid.
  subject: [['uid', 'cid', 'sub']],
  alwaysPresent: ['sub'],
  singleUse: false,
  shared: false,
  pins: ['uid', 'cid'],
  spoofable: ['name', 'preferred_username', 'email'],
  needsBeside: { email: { claim: 'email_verified', value: true } },
  common: ['ver'],
  // What an authorization server's administrator adds stands beside these.
  claims: {
    sub: text,
    amr: list,
    auth_time: number,
    cid: text,
    email: text,
    email_verified: boolean,
    groups: list,
    idp: text,
    name: text,
    preferred_username: text,
    scp: list,
    uid: prefixed('00u'),
    ver: number,
  },
  furtherClaims: /^/,
  description: '{sub}',
  overridable: ['issuer', 'typ', 'subject', 'shared', 'pins', 'single_use'],
};
