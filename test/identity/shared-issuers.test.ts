// The issuers that sign for everybody, by their addresses alone.

import { expect, test } from 'vitest';
import { SHARED_ISSUERS } from '../../src/identity/shared-issuers.ts';

const whoSigns = (iss: string) => SHARED_ISSUERS.filter(({ pattern }) => pattern.test(iss)).map(({ name }) => name);

test.each([
  'https://app.terraform.io',
  'https://oidc.vercel.com',
  'https://oidc.codefresh.io',
  'https://app.gitpod.io/idp',
  'https://app.gitpod.io',
  'https://cognito-identity.amazonaws.com',
  'https://confidentialcomputing.googleapis.com',
  'https://appleid.apple.com',
  'https://accounts.google.com',
  'accounts.google.com',
  'https://gitlab.com',
  'https://token.actions.githubusercontent.com',
  'https://token.actions.githubusercontent.com/acme-corp',
  'https://oidc.circleci.com',
  'https://agent.buildkite.com',
  'https://api.pulumi.com/oidc',
  'https://api.pulumi.com/oidc/v2',
  'https://scalr.io',
  'https://login.app.env0.com/',
  'https://identity.depot.dev',
  'https://oidc.deno.com',
  'https://oidc.modal.com',
  'https://app.harness.io/workload',
  'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
])('%s signs for everybody', (iss) => {
  expect(whoSigns(iss)).toHaveLength(1);
});

test.each([
  'https://oidc.vercel.com/acme',
  'https://oidc.circleci.com/org/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f',
  'https://app.harness.io/ng/api/oidc/account/AbCd',
  'https://terraform.acme.example',
  'https://gitlab.acme.example',
  'https://gitlab.com.evil.example',
  'https://appXterraform.io',
  'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCd',
  'https://login.microsoftonline.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f/v2.0',
  'https://oidc.eks.eu-west-1.amazonaws.com/id/0A1B2C3D',
])('%s does not', (iss) => {
  expect(whoSigns(iss)).toEqual([]);
});

test('two of them do not meet at one address, and none is found inside another', () => {
  const sources = SHARED_ISSUERS.map(({ pattern }) => pattern.source);
  expect(new Set(sources).size).toBe(sources.length);
  expect(sources.filter((source) => !source.startsWith('^'))).toEqual([]);
});
