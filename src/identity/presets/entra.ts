// Microsoft Entra ID, v2.0 tokens. `sub` is pairwise per application; `tid` and `oid` together name a person or a service principal.
// https://learn.microsoft.com/entra/identity-platform/claims-validation

import type { Preset } from '../preset.ts';

export const entra: Preset = {
  issuerForm: {
    pattern: /^https:\/\/login\.microsoftonline\.(com|us|de|cn)\/[0-9a-f-]{36}\/v2\.0$/,
    example: 'https://login.microsoftonline.com/TENANT_ID/v2.0',
  },
  jwksHosts: ['login.microsoftonline.com'],
  algorithms: ['RS256'],
  subject: [['tid'], ['oid']],
  alwaysPresent: ['sub', 'tid', 'oid'],
  singleUse: false,
  shared: false,
  // Anybody can have a personal account, and they are all of this one tenant.
  sharedIssuers: ['https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'],
  pins: ['oid'],
  // The issuer names the tenant already, and an application is used by many.
  party: ['tid', 'azp'],
  // Anyone who administers a tenant can set these to anybody's address.
  spoofable: ['email', 'preferred_username', 'upn', 'unique_name', 'name', 'given_name', 'family_name'],
  common: ['ver'],
  description: 'object {oid} of tenant {tid}',
  overridable: ['issuer', 'shared', 'pins', 'single_use'],
};
