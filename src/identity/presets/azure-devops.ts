// Azure DevOps pipelines. The issuer names the organisation, but one key set signs for all of them: the address is all that tells them apart.
// https://learn.microsoft.com/azure/devops/pipelines/release/configure-workload-identity

import { commit, digits, formed, text, uuid } from '../claim-forms.ts';
import type { Preset } from '../preset.ts';

/** In every token of a pipeline; a service connection's has names only. */
const ALWAYS = {
  sub: formed(/^(p|sc):\/\/[^/]+\/[^/]+\/.+$/, 'p://acme/plant/deploy'),
  org_id: uuid,
  prj_id: uuid,
  def_id: digits,
};

/** By the kind of repository. */
const SOMETIMES = {
  rpo_id: text,
  rpo_ref: formed(/^refs\/.+/, 'refs/heads/main', 'refs/pull/7/merge'),
  rpo_uri: text,
  rpo_ver: commit,
  run_id: digits,
};

export const azureDevops: Preset = {
  issuerForm: {
    pattern: /^https:\/\/vstoken\.dev\.azure\.com\/[0-9a-f]{8}-[0-9a-f-]{27}$/,
    example: 'https://vstoken.dev.azure.com/ORGANISATION_ID, without a slash at its end',
  },
  algorithms: ['RS256'],
  typ: 'JWT',
  subject: [['prj_id'], ['def_id']],
  alwaysPresent: Object.keys(ALWAYS),
  // Every request of a job gives a fresh token with a fresh jti.
  singleUse: true,
  shared: false,
  pins: ['prj_id'],
  spoofable: ['run_id', 'rpo_ver'],
  // The issuer names the organisation already.
  party: ['org_id'],
  recyclable: ['sub', 'rpo_uri'],
  openings: { rpo_ref: /^[^/]*\/((heads|tags|pull)\/)?/, sub: /^(p|sc):\/\/([^/]*\/)?([^/]*\/)?/ },
  claims: { ...ALWAYS, ...SOMETIMES },
  run: ['run_id'],
  description: 'pipeline {def_id} of project {prj_id} on {rpo_ref}, run {run_id}',
  overridable: ['issuer', 'single_use'],
};
