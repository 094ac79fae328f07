// What people call a thing who come from another provider or product, as data: each group is the names of one thing, and of a group that
// holds a misplaced name the preset's own is suggested. A further name is a word in a list. Nothing is decided here. No I/O.

/** Claims that say the same, or nearly. Where a preset knows several of a group, the first is meant. */
export const CLAIMS_ALIKE: readonly (readonly string[])[] = [
  `ref build_branch branchName rpo_ref oidc.circleci.com/vcs-ref branch branch_name git_branch git_ref github_ref
   github_ref_name ref_name vcs_ref source_branch ci_commit_ref_name ci_commit_branch buildkite_branch scm_ref ref_path branches`,
  'build_tag ref rpo_ref oidc.circleci.com/vcs-ref tag tag_name git_tag ci_commit_tag release',
  `event_name pipeline_source build_source event event_type events github_event_name trigger triggered_by triggered_on source
   ci_pipeline_source on`,
  `repository_id project_id pipeline_id oidc.circleci.com/project-id repositoryUuid prj_id app_id terraform_project_id repo_id
   rpo_id github_repository_id ci_project_id project_uuid repository_uuid`,
  `repository project_path pipeline_slug oidc.circleci.com/vcs-origin rpo_uri terraform_project_name project repo
   repository_name repo_name repository_slug repo_slug repository_full_name full_name github_repository ci_project_path
   project_name project_slug app app_name repositories`,
  `repository_owner_id namespace_id organization_id oidc.circleci.com/org-id workspaceUuid owner_id org_id
   terraform_organization_id /https:~1~1sts.amazonaws.com~1/aws_account tid team_id group_id account_id account organisation_id
   workspace_uuid tenant_id github_repository_owner_id ci_project_namespace_id`,
  `repository_owner namespace_path organization_slug owner terraform_organization_name org_name org organization organisation
   organization_name group github_repository_owner ci_project_namespace`,
  `environment deploymentEnvironmentUuid env environment_name deployment_environment deployment stage ci_environment_name
   github_environment environments deployment_tier`,
  `actor user_login user username user_name login sender triggering_actor github_actor gitlab_user_login author
   preferred_username`,
  'actor_id user_id user_uuid github_actor_id gitlab_user_id oid',
  'sha build_commit commit commit_sha revision git_commit git_sha github_sha ci_commit_sha commit_id rpo_ver',
  `workflow_ref oidc.circleci.com/workflow-id ci_config_ref_uri pipeline_slug def_id workflow workflow_name workflow_id
   workflow_file job job_name pipeline pipeline_name github_workflow github_workflow_ref`,
  'job_workflow_ref ci_config_ref_uri reusable_workflow called_workflow workflow_call',
  'ref_protected protected is_protected branch_protected protected_branch protected_ref ci_commit_ref_protected',
  'ref_type branch_or_tag github_ref_type',
  'runner_environment queue_key runner runner_type runs_on runner_name queue agent_queue',
  'repository_visibility project_visibility visibility private',
  'run_id pipeline_id build_id oidc.circleci.com/pipeline-id terraform_run_id pipelineUuid run ci_pipeline_id',
  'owner team team_name team_slug',
  'run_number build_number github_run_number ci_pipeline_iid',
  'job_id oidc.circleci.com/job-id stepUuid check_run_id ci_job_id step_id',
  'oidc.circleci.com/context-ids context_id context_ids context contexts',
  `/kubernetes.io/namespace namespace ns k8s_namespace kubernetes_namespace pod_namespace namespace_path
   kubernetes.io/serviceaccount/namespace /kubernetes.io/serviceaccount/namespace /kubernetes.io~1serviceaccount~1namespace`,
  `/kubernetes.io/serviceaccount/name service_account serviceaccount service_account_name serviceaccount_name sa
   kubernetes.io/serviceaccount/service-account.name /kubernetes.io~1serviceaccount~1service-account.name
   /kubernetes.io/serviceaccount kubernetes.io/serviceaccount/name account`,
  `/kubernetes.io/serviceaccount/uid service_account_uid serviceaccount_uid uid kubernetes.io/serviceaccount/service-account.uid
   /kubernetes.io~1serviceaccount~1service-account.uid`,
  '/kubernetes.io/pod/name pod pod_name',
  '/kubernetes.io/node/name node node_name',
  'email user_email mail e_mail email_address upn user_principal_name preferred_username',
  'azp cid client_id appid common_name client application_id app_id service_token service_token_id clientid cn',
  'oid uid sub object_id principal_id user_id account_id service_account_id unique_id',
  'tid org_id tenant tenant_id directory_id hd',
  'hd domain hosted_domain workspace_domain email_domain',
  'groups groups_direct group group_ids security_groups teams team memberof cognito:groups',
  'roles role permissions app_roles scp /realm_access/roles',
  '/realm_access/roles roles role realm_roles realm_access.roles',
  'scp scope scopes permissions',
  'terraform_workspace_id workspace_id tfc_workspace_id',
  'terraform_workspace_name workspace workspace_name tfc_workspace_name',
  'terraform_run_phase run_phase phase terraform_operation operation tfc_run_phase',
  'def_id definition_id pipeline_id build_definition_id system_definitionid',
  'sub subject principal arn role_arn spiffe_id spiffeid id subject_id nameid',
  'aud audience audiences client',
  'iss issuer',
].map((names) => names.split(/\s+/));

/** Presets by what else their providers are called; a word may stand for several. */
export const PRESET_WORDS: Readonly<Record<string, string>> = {
  aws: 'amazon',
  'azure-devops': 'ado azure azure-pipelines devops',
  'cloudflare-access': 'access cf-access zerotrust',
  entra: 'aad azure azure-ad azuread microsoft msft',
  fly: 'fly',
  generic: 'adfs oidc openid other custom',
  'github-actions': 'gha ghes',
  google: 'gcp google-cloud gsuite workspace',
  'hcp-terraform': 'terraform terraform-cloud tfc',
  keycloak: 'redhat rhsso',
  kubernetes: 'aks eks gke k3s k8s kube openshift',
  spiffe: 'spire',
  terraform: 'terraform terraform-cloud tfc',
};

/** Keys of the policy by what other products call them. */
export const KEY_WORDS: Readonly<Record<string, string>> = {
  admin_token: 'token secret admin_token_secret',
  algorithms: 'alg algorithm signing_algorithms',
  allow: 'permissions permission grant grants scopes',
  audience: 'aud audiences client_id',
  audit: 'auditing audit_log audit_trail trail logging',
  clock_skew: 'leeway skew',
  expect: 'result expected wants',
  instances: 'servers databases',
  issuer: 'iss issuer_url discovery_url oidc_discovery_url',
  issuers: 'providers trusted_issuers',
  jwks: 'keys',
  jwks_uri: 'jwks_url',
  keep: 'retention retain retention_period keep_for',
  limit: 'limits quota quotas rate_limit rate_limits throttle',
  live: 'concurrent concurrency max_live active simultaneous',
  of: 'scope',
  owners: 'owner maintainers maintainer owned_by',
  per: 'window interval period within every',
  preset: 'provider type kind',
  request: 'asks',
  roles: 'role',
  rules: 'policies policy',
  ttl: 'expires expiry expires_in duration lifetime max_age',
  until: 'valid_until not_after end ends ends_at expires_at expires_on valid_to end_date expiration',
  url: 'host address endpoint',
  vends: 'count requests tokens max_vends vend',
  when: 'if condition conditions match matches claims bound_claims',
};

/** Those for which a word stands. */
export function meantBy(word: string, words: Readonly<Record<string, string>>): readonly string[] {
  const wanted = word.toLowerCase().replaceAll('_', '-');
  return Object.keys(words).filter((one) => words[one]!.replaceAll('_', '-').split(' ').includes(wanted));
}
