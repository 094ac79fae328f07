// Vercel, with an issuer for each team, or with the one of global mode that signs for everybody. One key set serves all of them.
// https://vercel.com/docs/oidc/reference

import { formed, number, object, prefixed, text } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

/** In every token. */
const ALWAYS = {
  sub: formed(/^owner:[^:]+:project:[^:]+:environment:.+$/, 'owner:acme:project:web:environment:production'),
  environment: text,
  owner: text,
  owner_id: prefixed('team_'),
  project: text,
  project_id: prefixed('prj_'),
};

/** In development, or in a token that was exchanged for another audience. */
const SOMETIMES = {
  act: object,
  '/act/aud': text,
  '/act/iat': number,
  external_sub: text,
  plan: text,
  scope: text,
  user_id: text,
};

export const vercel: Preset = {
  issuerForm: {
    pattern: /^https:\/\/oidc\.vercel\.com(\/[^/]+)?$/,
    example: 'https://oidc.vercel.com/TEAM, without a slash at its end',
  },
  algorithms: ['RS256'],
  subject: [['project_id'], ['sub']],
  alwaysPresent: Object.keys(ALWAYS),
  // Requests and builds are given the same token again.
  singleUse: false,
  shared: false,
  sharedIssuers: ['https://oidc.vercel.com'],
  pins: ['project_id', 'owner_id'],
  spoofable: ['external_sub', 'user_id', 'act'],
  party: ['owner', 'project'],
  recyclable: ['owner', 'project', 'sub'],
  bareNames: {
    claim: 'sub',
    pattern: /^owner:/,
    opening: 'owner:',
    fix: 'match on owner_id, project_id and environment; names can be changed and taken by another',
  },
  claims: { ...ALWAYS, ...SOMETIMES },
  description: '{owner}/{project} in {environment}',
  overridable: ['issuer', 'single_use'],
};
