// Google accounts and service accounts. Its keys stand on another host than its issuer.
// https://developers.google.com/identity/openid-connect/openid-connect

import type { Preset } from '../preset.ts';

export const google: Preset = {
  issuer: 'https://accounts.google.com',
  jwksHosts: ['www.googleapis.com'],
  algorithms: ['RS256'],
  subject: [['sub']],
  alwaysPresent: ['sub'],
  singleUse: false,
  shared: true,
  // An address can be given to another account; `sub` never is.
  pins: ['sub'],
  spoofable: ['name', 'given_name', 'family_name', 'picture', 'email'],
  needsBeside: { email: { claim: 'email_verified', value: true } },
  recyclable: ['email'],
  numericIds: ['sub'],
  description: 'Google account {sub}',
  overridable: ['single_use'],
};
