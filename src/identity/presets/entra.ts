// Microsoft Entra ID, v2.0 tokens. `sub` is pairwise per application; `tid` and `oid` together name a person or a service principal.
// https://learn.microsoft.com/entra/identity-platform/claims-validation

import { boolean, list, number, object, oneOf, text, uuid } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

/** In every token. */
const ALWAYS = { sub: text, tid: uuid, oid: uuid };

/** By who asks, what for, and which optional claims the application's manifest adds. */
const SOMETIMES = {
  _claim_names: object,
  _claim_sources: object,
  acct: number,
  acr: text,
  acrs: list,
  aio: text,
  amr: list,
  at_hash: text,
  auth_time: number,
  azp: uuid,
  azpacr: oneOf('0', '1', '2'),
  c_hash: text,
  ctry: text,
  email: text,
  family_name: text,
  fwd: text,
  given_name: text,
  groups: list,
  'groups:src1': text,
  hasgroups: boolean,
  idp: text,
  idtyp: text,
  in_corp: text,
  ipaddr: text,
  login_hint: text,
  name: text,
  nonce: text,
  onprem_sid: text,
  preferred_username: text,
  pwd_exp: text,
  pwd_url: text,
  rh: text,
  roles: list,
  scp: text,
  sid: text,
  tenant_ctry: text,
  tenant_region_scope: text,
  unique_name: text,
  upn: text,
  uti: text,
  ver: oneOf('2.0'),
  verified_primary_email: list,
  verified_secondary_email: list,
  vnet: text,
  wids: list,
  ztdid: text,
};

export const entra: Preset = {
  issuerForm: {
    // The global cloud, the national ones, and tenants for an application's customers (External ID).
    pattern:
      /^https:\/\/(login\.(microsoftonline\.(com|us)|partner\.microsoftonline\.cn)\/[0-9a-f-]{36}|([0-9a-f-]{36})\.ciamlogin\.com\/\4)\/v2\.0$/,
    example:
      'https://login.microsoftonline.com/TENANT_ID/v2.0; other clouds have login.microsoftonline.us or login.partner.microsoftonline.cn, External ID has TENANT_ID.ciamlogin.com',
  },
  jwksHosts: ['login.microsoftonline.com'],
  algorithms: ['RS256'],
  subject: [['tid'], ['oid']],
  alwaysPresent: Object.keys(ALWAYS),
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
  claims: { ...ALWAYS, ...SOMETIMES },
  // Attributes that a directory's owner adds, and claims that Microsoft names as its own.
  furtherClaims: /^(extn\.|extension_|xms_|\/_claim_(names|sources)\/)/,
  description: 'object {oid} of tenant {tid}',
  overridable: ['issuer', 'shared', 'pins', 'single_use'],
};
