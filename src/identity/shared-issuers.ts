// Issuers that sign for everybody who is a customer of theirs: their address says nothing of whose token it is, so that a rule must pin an id.
// It decides nothing, and knows no provider beyond that. Addresses are compared as they are written. No I/O.

import type { PresetName } from './presets.ts';

export interface SharedIssuer {
  readonly pattern: RegExp;
  /** Who signs there, as people call it. */
  readonly name: string;
  /** Claims that hold an id which is never given to another party; each suffices. None is known where there are none. */
  readonly pins: readonly string[];
  readonly preset?: PresetName;
}

/** Exactly this address. */
const at = (...addresses: readonly string[]): RegExp =>
  new RegExp(`^(${addresses.map((address) => address.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`);

export const SHARED_ISSUERS: readonly SharedIssuer[] = [
  {
    // An enterprise's address is the provider's own with a path.
    pattern: /^https:\/\/token\.actions\.githubusercontent\.com(\/|$)/,
    name: 'GitHub Actions',
    pins: ['repository_id', 'repository_owner_id', 'enterprise_id'],
    preset: 'github-actions',
  },
  {
    pattern: /^https:\/\/vstoken\.actions\.githubusercontent\.com(\/|$)/,
    name: 'GitHub Actions of old',
    pins: ['repository_id', 'repository_owner_id'],
  },
  {
    pattern: at('https://oidc-configuration.audit-log.githubusercontent.com'),
    name: "GitHub's audit log",
    pins: ['sub'],
  },
  { pattern: at('https://gitlab.com'), name: 'GitLab.com', pins: ['project_id', 'namespace_id'], preset: 'gitlab' },
  {
    pattern: at('https://gitlab.archlinux.org'),
    name: "Arch Linux's GitLab",
    pins: ['project_id', 'namespace_id'],
    preset: 'gitlab',
  },
  { pattern: at('https://codeberg.org/api/actions'), name: 'Codeberg', pins: ['repository_id'] },
  {
    pattern: at('https://agent.buildkite.com'),
    name: 'Buildkite',
    pins: ['organization_id', 'pipeline_id'],
    preset: 'buildkite',
  },
  {
    pattern: at('https://oidc.circleci.com'),
    name: 'CircleCI with its root issuer',
    pins: ['oidc.circleci.com/org-id', 'oidc.circleci.com/project-id'],
  },
  {
    pattern: at('https://accounts.google.com', 'accounts.google.com'),
    name: 'Google',
    pins: ['sub'],
    preset: 'google',
  },
  {
    pattern: at('https://app.terraform.io', 'https://app.eu.terraform.io'),
    name: 'HCP Terraform',
    pins: ['terraform_workspace_id', 'terraform_project_id', 'terraform_organization_id'],
    preset: 'hcp-terraform',
  },
  {
    pattern: at('https://oidc.vercel.com'),
    name: "Vercel's global issuer",
    pins: ['owner_id', 'project_id'],
    preset: 'vercel',
  },
  { pattern: at('https://vercel.com', 'https://marketplace.vercel.com'), name: 'Vercel', pins: ['sub'] },
  { pattern: at('https://oidc.codefresh.io'), name: 'Codefresh', pins: ['account_id', 'pipeline_id'] },
  {
    pattern: at('https://api.pulumi.com/oidc/v2'),
    name: 'Pulumi',
    pins: ['https://pulumi.com/org_id'],
  },
  {
    pattern: at('https://api.pulumi.com/oidc', 'https://api.pulumi.com'),
    name: 'Pulumi with version 1 of its tokens',
    pins: [],
  },
  // Its offerings have an address each, and accounts have theirs below /ng/api/oidc/account/.
  {
    pattern: /^https:\/\/([a-z0-9-]+\.)*harness\.io(\/|$)(?!.*\/account\/)/,
    name: 'Harness with its workload identity',
    pins: ['account_id'],
  },
  { pattern: at('https://scalr.io'), name: 'Scalr', pins: [] },
  { pattern: at('https://login.app.env0.com/'), name: 'env0', pins: ['sub'] },
  { pattern: at('https://identity.depot.dev'), name: 'Depot', pins: ['org_id', 'repository_id'] },
  { pattern: at('https://oidc.deno.com'), name: 'Deno Deploy', pins: ['org_id', 'app_id'] },
  { pattern: at('https://oidc.modal.com'), name: 'Modal', pins: ['workspace_id'] },
  { pattern: at('https://federation.namespaceapis.com'), name: 'Namespace', pins: ['tenant_id'] },
  {
    pattern: /^https:\/\/((eu|asia)-)?oidc\.buddyusercontent\.com$/,
    name: 'Buddy',
    pins: ['pipeline_id'],
  },
  {
    pattern: at('https://api.cursor.com', 'https://api2.cursor.sh/cloud-agent/identity'),
    name: 'Cursor',
    pins: ['team_id'],
  },
  { pattern: at('https://issuer.enforce.dev'), name: 'Chainguard', pins: ['sub'] },
  // The organisation stands in `sub`, beside what else there is.
  { pattern: /^https:\/\/app\.(gitpod\.io|ona\.com)(\/idp)?$/, name: 'Gitpod (Ona)', pins: ['sub'] },
  { pattern: at('https://app.devin.ai'), name: 'Devin', pins: ['sub'] },
  { pattern: at('https://app.warp.dev'), name: 'Warp', pins: ['sub'] },
  {
    pattern: at('https://platform.activestate.com/api/v1/oauth/oidc'),
    name: 'ActiveState',
    pins: ['organization_id', 'project_id'],
  },
  { pattern: at('https://proidc.upbound.io'), name: 'Upbound', pins: ['sub'] },
  { pattern: at('https://tokens.cloud.shisho.dev'), name: 'Shisho Cloud', pins: ['sub'] },
  { pattern: at('https://sandboxes.cloud'), name: 'Sandboxes', pins: ['sub'] },
  { pattern: at('https://studio.datachain.ai/api'), name: 'DataChain Studio', pins: ['sub'] },
  // `aud` is the identity pool, and whoever is in no pool's list of people is `unauthenticated`.
  {
    pattern: /^https:\/\/cognito-identity(-fips)?(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/,
    name: 'Amazon Cognito identity pools',
    pins: ['sub'],
  },
  // Everybody can run the same image: the account that the machine runs as is the one id.
  {
    pattern: at('https://confidentialcomputing.googleapis.com', 'https://confidentialcomputing.googleapis.com/'),
    name: "Google's Confidential Space",
    pins: ['/submods/gce/project_number'],
  },
  {
    pattern: at('https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0'),
    name: 'personal Microsoft accounts',
    pins: ['oid'],
    preset: 'entra',
  },
  {
    pattern: at('https://sts.windows.net/9188040d-6c67-4c5b-b112-36a304b66dad/'),
    name: 'personal Microsoft accounts',
    pins: ['oid'],
  },
  { pattern: /^https:\/\/api\.workos\.com(\/|$)/, name: 'WorkOS', pins: ['org_id', 'sub'] },
  // Services that people sign in with. Everybody can have an account.
  { pattern: at('https://appleid.apple.com'), name: 'Apple', pins: ['sub'] },
  { pattern: at('https://www.kaggle.com/api/v1/models/signing'), name: 'Kaggle', pins: ['sub'] },
  { pattern: at('https://issuer.hello.coop'), name: 'Hellō', pins: ['sub'] },
  { pattern: at('https://oauth2.sigstore.dev/auth'), name: 'Sigstore', pins: ['sub'] },
  { pattern: at('https://www.facebook.com'), name: 'Facebook', pins: ['sub'] },
  { pattern: at('https://slack.com'), name: 'Slack', pins: ['sub'] },
  {
    pattern: at('https://www.linkedin.com/oauth', 'https://www.linkedin.com'),
    name: 'LinkedIn',
    pins: ['sub'],
  },
  { pattern: at('https://id.twitch.tv/oauth2'), name: 'Twitch', pins: ['sub'] },
  { pattern: at('https://api.login.yahoo.com'), name: 'Yahoo', pins: ['sub'] },
  { pattern: at('https://access.line.me'), name: 'LINE', pins: ['sub'] },
  { pattern: at('https://www.paypal.com'), name: 'PayPal', pins: ['sub'] },
  { pattern: at('https://www.amazon.com'), name: 'Amazon', pins: ['sub'] },
  { pattern: at('https://huggingface.co'), name: 'Hugging Face', pins: ['sub'] },
  { pattern: at('https://discord.com'), name: 'Discord', pins: ['sub'] },
  { pattern: at('https://login.salesforce.com'), name: 'Salesforce', pins: ['sub'] },
  { pattern: at('https://oauth.id.jumpcloud.com/'), name: 'JumpCloud', pins: ['sub'] },
  { pattern: at('https://orcid.org'), name: 'ORCID', pins: ['sub'] },
  { pattern: at('https://secure.login.gov', 'https://secure.login.gov/'), name: 'Login.gov', pins: ['sub'] },
];
