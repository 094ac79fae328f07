// Fly.io Machines. The issuer names the organisation by a name that can be changed. https://fly.io/docs/security/openid-connect/

import { digits, formed, text } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

/** In every token. */
const ALWAYS = {
  sub: formed(/^[^:]+:[^:]+:[^:]+$/, 'acme:collector:148ed726c17589'),
  app_id: digits,
  app_name: text,
  org_id: digits,
  org_name: text,
};

const SOMETIMES = {
  image: text,
  image_digest: formed(/^sha256:[0-9a-f]+$/, 'sha256:0a9b8c7d6e5f40312213041526378495a6b7c8d90a9b8c7d6e5f403122130415'),
  machine_id: text,
  machine_name: text,
  machine_version: text,
  region: formed(/^[a-z0-9]+$/, 'ams'),
};

export const fly: Preset = {
  issuerForm: {
    pattern: /^https:\/\/oidc\.fly\.io\/[^/]+$/,
    example: 'https://oidc.fly.io/ORGANISATION, without a slash at its end',
  },
  algorithms: ['RS256'],
  subject: [['app_id'], ['sub']],
  alwaysPresent: Object.keys(ALWAYS),
  // Every request of a Machine gives a fresh token with a fresh jti.
  singleUse: true,
  shared: false,
  pins: ['app_id', 'org_id'],
  // Whoever deploys chooses them.
  spoofable: ['image', 'machine_id', 'machine_name', 'machine_version'],
  party: ['app_name', 'org_name'],
  recyclable: ['app_name', 'org_name', 'machine_name', 'sub'],
  common: ['region'],
  claims: { ...ALWAYS, ...SOMETIMES },
  run: ['machine_id', 'machine_version'],
  description: '{org_name}/{app_name}, Machine {machine_id}',
  overridable: ['issuer', 'single_use'],
};
