// The rule as people write it: of all that a suggested rule could hold on to, the claims that the examples of each provider's page use.
// What it leaves out it says. It never drops the last condition, nor a pin that the issuer needs. No I/O.

import type { Preset } from '../../identity/preset.ts';
import { PRESET_NAMES, PRESETS } from '../../identity/presets.ts';
import type { Suggestion } from './suggest.ts';

/** By preset, the ways to name a caller; the first whose first claim the tokens hold is taken, with those of its others that they hold. */
const IDIOMS: Readonly<Record<string, readonly string[]>> = {
  'github-actions': ['repository_id repository_owner_id ref event_name environment'],
  gitlab: ['project_id ref ref_protected environment pipeline_source'],
  kubernetes: ['/kubernetes.io/serviceaccount/uid /kubernetes.io/namespace /kubernetes.io/serviceaccount/name'],
  buildkite: ['pipeline_id organization_id build_branch', 'organization_id build_branch'],
  circleci: ['oidc.circleci.com/project-id oidc.circleci.com/context-ids oidc.circleci.com/ssh-rerun'],
  auth0: ['azp gty org_id', 'sub'],
  okta: ['uid', 'cid'],
  entra: ['oid'],
  google: ['sub'],
  'cloudflare-access': ['email', 'common_name'],
  aws: ['sub /https:~1~1sts.amazonaws.com~1/aws_account'],
  spiffe: ['sub'],
  'hcp-terraform': ['terraform_workspace_id terraform_run_phase', 'terraform_organization_id terraform_run_phase'],
  'azure-devops': ['prj_id def_id rpo_ref'],
  bitbucket: ['repositoryUuid workspaceUuid deploymentEnvironmentUuid branchName'],
  vercel: ['owner_id project_id environment'],
  fly: ['org_id app_id'],
  keycloak: ['azp sub'],
};

/** The suggestion with what its idiom asks for; as it is where nothing is known of the provider. */
export function idiomatic(suggestion: Suggestion, preset: Preset): Suggestion {
  const name = PRESET_NAMES.find((one) => PRESETS[one] === preset) ?? '';
  const ways = (IDIOMS[name] ?? []).map((claims) => claims.split(' '));
  const way = ways.find(([first]) => Object.hasOwn(suggestion.when, first!));
  if (way === undefined) return suggestion;
  const kept = Object.entries(suggestion.when).filter(([claim]) => way.includes(claim));
  const left = Object.keys(suggestion.when).filter((claim) => !way.includes(claim));
  if (left.length === 0) return suggestion;
  const other = `any ${left.join(', any ')}: rules seldom ask for them, and --tightest does`;
  return { ...suggestion, when: Object.fromEntries(kept), admits: [...suggestion.admits, other] };
}
