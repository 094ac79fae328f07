// The presets by the names that a policy knows them by.

import type { Preset } from './preset.ts';
import { auth0 } from './presets/auth0.ts';
import { aws } from './presets/aws.ts';
import { azureDevops } from './presets/azure-devops.ts';
import { bitbucket } from './presets/bitbucket.ts';
import { buildkite } from './presets/buildkite.ts';
import { circleci } from './presets/circleci.ts';
import { cloudflareAccess } from './presets/cloudflare-access.ts';
import { entra } from './presets/entra.ts';
import { fly } from './presets/fly.ts';
import { githubActions } from './presets/github-actions.ts';
import { gitlab } from './presets/gitlab.ts';
import { google } from './presets/google.ts';
import { hcpTerraform } from './presets/hcp-terraform.ts';
import { keycloak } from './presets/keycloak.ts';
import { kubernetes } from './presets/kubernetes.ts';
import { okta } from './presets/okta.ts';
import { spiffe } from './presets/spiffe.ts';
import { vercel } from './presets/vercel.ts';

/** An OpenID provider of which nothing more is known than what the policy says. */
const generic: Preset = {
  overridable: [
    'issuer',
    'shared',
    'pins',
    'algorithms',
    'typ',
    'jwks_uri',
    'jwks',
    'jwks_hosts',
    'subject',
    'always_present',
    'single_use',
  ],
};

export const PRESETS = {
  generic,
  'github-actions': githubActions,
  gitlab,
  kubernetes,
  buildkite,
  circleci,
  'azure-devops': azureDevops,
  bitbucket,
  'hcp-terraform': hcpTerraform,
  aws,
  fly,
  vercel,
  spiffe,
  keycloak,
  auth0,
  okta,
  entra,
  google,
  'cloudflare-access': cloudflareAccess,
} as const satisfies Readonly<Record<string, Preset>>;

export type PresetName = keyof typeof PRESETS;

export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];
