// HCP Terraform, and Terraform Enterprise at a host of its own. One issuer signs for every organisation.
// https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens

import { formed, oneOf, prefixed, text } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

/** In every token. */
const ALWAYS = {
  sub: formed(
    /^organization:[^:]+:(project|module|stack):/,
    'organization:acme:project:Default Project:workspace:plant:run_phase:apply',
  ),
  terraform_organization_id: prefixed('org-'),
  terraform_organization_name: text,
};

/** By what runs: a workspace, a stack, or the tests of a module. */
const SOMETIMES = {
  terraform_full_workspace: formed(/^organization:/, 'organization:acme:project:Default Project:workspace:plant'),
  terraform_operation: text,
  terraform_project_id: prefixed('prj-'),
  terraform_project_name: text,
  terraform_run_id: formed(/^t?run-/, 'run-Qm9va3MTjRz4cZpL'),
  terraform_run_phase: oneOf('plan', 'apply'),
  terraform_stack_deployment_name: text,
  terraform_stack_id: text,
  terraform_stack_name: text,
  terraform_workspace_id: prefixed('ws-'),
  terraform_workspace_name: text,
};

export const hcpTerraform: Preset = {
  issuer: 'https://app.terraform.io',
  issuerForm: {
    pattern: /^https:\/\/[^/]+$/,
    example: 'https://terraform.example.com for Terraform Enterprise, without a slash at its end',
  },
  algorithms: ['RS256'],
  subject: [['terraform_workspace_id', 'terraform_stack_id', 'terraform_organization_id'], ['sub']],
  alwaysPresent: Object.keys(ALWAYS),
  // One token serves a whole phase of a run.
  singleUse: false,
  shared: true,
  sharedIssuers: ['https://app.eu.terraform.io'],
  pins: ['terraform_workspace_id', 'terraform_project_id', 'terraform_stack_id', 'terraform_organization_id'],
  spoofable: ['terraform_run_id'],
  party: [
    'terraform_organization_name',
    'terraform_project_name',
    'terraform_workspace_name',
    'terraform_full_workspace',
    'terraform_stack_name',
  ],
  recyclable: [
    'terraform_organization_name',
    'terraform_project_name',
    'terraform_workspace_name',
    'terraform_full_workspace',
    'terraform_stack_name',
    'sub',
  ],
  bareNames: {
    claim: 'sub',
    pattern: /^organization:/,
    opening: 'organization:',
    fix: 'match on terraform_workspace_id and terraform_run_phase; names can be changed and taken by another',
  },
  claims: { ...ALWAYS, ...SOMETIMES },
  run: ['terraform_run_id'],
  description: '{terraform_organization_name}/{terraform_workspace_name}, {terraform_run_phase} of {terraform_run_id}',
  overridable: ['issuer', 'jwks_uri', 'jwks', 'single_use'],
};
