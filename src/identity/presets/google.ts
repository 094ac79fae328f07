// Google accounts and service accounts. Its keys stand on another host than its issuer.
// https://developers.google.com/identity/openid-connect/openid-connect

import { boolean, digits, formed, list, number, object, text, under } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

/** Of service accounts on a machine that asks for them with `format=full`. */
const MACHINE = under('/google/compute_engine', {
  '': object,
  '/instance_confidentiality': number,
  '/instance_creation_timestamp': number,
  '/instance_id': digits,
  '/instance_name': text,
  '/license_id': list,
  '/project_id': text,
  '/project_number': number,
  '/zone': text,
});

export const google: Preset = {
  issuer: 'https://accounts.google.com',
  jwksHosts: ['www.googleapis.com'],
  algorithms: ['RS256'],
  subject: [['sub']],
  alwaysPresent: ['sub'],
  singleUse: false,
  shared: true,
  // An address can be given to another account; `sub` never is. A Workspace as a whole is known by its domain only.
  pins: ['sub', 'hd'],
  spoofable: ['name', 'given_name', 'family_name', 'picture', 'profile', 'locale', 'email'],
  needsBeside: { email: { claim: 'email_verified', value: true } },
  recyclable: ['email', 'hd'],
  claims: {
    sub: digits,
    // The caller itself for a service account, the OAuth client for people.
    azp: text,
    at_hash: text,
    email: text,
    email_verified: boolean,
    family_name: text,
    given_name: text,
    google: object,
    '/google/organization_number': number,
    ...MACHINE,
    hd: formed(/^[^@\s]+\.[^@\s]+$/, 'acme.example'),
    locale: text,
    name: text,
    nonce: text,
    picture: text,
    profile: text,
  },
  numericIds: ['sub'],
  description: 'Google account {sub}',
  overridable: ['pins', 'single_use'],
};
