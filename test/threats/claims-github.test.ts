// Threat class "Claims and policy", on an issuer that serves strangers too: genuine jobs of GitHub whose claims are meant to look like
// something else. Each refusal is paired with a neighbour that is granted, so that none is refused for another reason.

import { describe, expect, test } from 'vitest';
import { AUDIENCE } from '../world.ts';
import { createPair, job } from './pair.ts';

const OURS = 'issuer: github, when: { repository_id: "123456", repository_owner_id: "77"';
const POLICY = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - { name: releases, ${OURS}, ref: { like: "refs/tags/v*" } }, allow: ["db:releases:write"] }
  - { name: production, ${OURS}, sub: { like: "repo:acme@77/*@123456:environment:production" } }, allow: ["db:production:write"] }
  - { name: deploys, ${OURS}, workflow_ref: acme/app/.github/workflows/deploy.yml@refs/heads/main, event_name: schedule }, allow: ["db:deploys:write"] }
  - { name: no-forks, issuer: github, when: { event_name: [pull_request_target, workflow_run, issue_comment] }, deny: ["db:*:write"] }
`;
const { refused, granted } = createPair({
  policy: POLICY,
  influx: { databases: ['releases', 'production', 'deploys'] },
});
const RELEASE = { permissions: ['db:releases:write'] };
const PRODUCTION = { permissions: ['db:production:write'] };
const DEPLOY = { permissions: ['db:deploys:write'] };

describe('a branch or tag that looks like the wanted one', () => {
  test.each([
    'refs/tags/v1/evil',
    'refs/tags/v1:evil',
    'refs/tags/x-v1',
    'refs/tags/V1',
    'refs/heads/refs/tags/v1',
    'xrefs/tags/v1',
    ' refs/tags/v1',
    'refs/tags/v1\n',
    'refs/tags/v1\u0000',
    'refs/tags/v1\u202E',
    'refs/tags/v1\u200B',
    'refs/tags/v1\u2028refs/tags/v1',
    'refs/heads/main\nrefs/tags/v1',
    'refs/heads/main|refs/tags/v1',
    '^refs/tags/v1$',
    'refs/tags/\u0475',
    'refs/t\u0430gs/v1',
    'refs\u2215tags\u2215v1',
    'refs/tags/*',
    '',
    ['refs/tags/v1'],
    { ref: 'refs/tags/v1' },
    null,
    true,
    1,
  ])('is refused as %j', async (ref) => {
    const { body } = await refused(job, { ref }, RELEASE, 403, 'no_rule');
    expect(body.nearest.rule).toBe('releases');
  });

  test.each([
    'refs/tags/v1',
    'refs/tags/v',
    'refs/tags/v2.0.1-rc|1',
    'refs/tags/v\u00e9',
  ])('is granted as %j', async (ref) => {
    await granted(job, { ref }, RELEASE, 'releases');
  });
});

describe('a subject that names more or other than the wanted environment', () => {
  test.each([
    'repo:acme@77/app@123456:environment:production:ref:x',
    'repo:acme@77/app@123456:ref:refs/heads/main:environment:production',
    'repo:acme@77/app/x@123456:environment:production',
    'repo:acme@77/app@123456:environment:production2',
    'repo:acme@77/app@123456:environment:Production',
    'repo:acme/app:environment:production',
    'repo:acme@78/app@123456:environment:production',
    'repo:acme@77/app@654321:environment:production',
    'repository_id:123456:environment:production',
  ])('is refused as %s', async (sub) => {
    await refused(job, { sub }, PRODUCTION, 403, 'no_rule');
  });

  test('is granted as it is, also when the repository has another name', async () => {
    await granted(job, { sub: 'repo:acme@77/app@123456:environment:production' }, PRODUCTION, 'production');
    await granted(job, { sub: 'repo:acme@77/renamed@123456:environment:production' }, PRODUCTION, 'production');
  });

  test('is refused before any rule when it is empty, missing or no text', async () => {
    await refused(job, { sub: '' }, PRODUCTION, 401, 'claim_invalid');
    await refused(job, { sub: undefined }, PRODUCTION, 401, 'claim_invalid');
    for (const sub of [null, 5, ['repo']]) await refused(job, { sub }, PRODUCTION, 401, 'token_malformed');
  });
});

describe('a repository with the same name and another id', () => {
  const tag = { ref: 'refs/tags/v1' };

  test.each([
    { repository_id: '654321' },
    { repository_owner_id: '78' },
    { repository_id: '1234567' },
    { repository_id: '0123456' },
    { repository_id: '*' },
    { repository_id: '123456\n' },
    { repository_owner_id: 77 },
    { repository_owner_id: ['77'] },
  ])('is a stranger: %j', async (claims) => {
    const { body } = await refused(job, { ...tag, ...claims }, RELEASE, 403, 'no_rule');
    expect(body.nearest).toBeUndefined();
    expect(body.detail).not.toContain('releases');
  });

  test.each([123456, ['123456'], null, true])('is nobody when the id is %j', async (id) => {
    await refused(job, { ...tag, repository_id: id }, RELEASE, 401, 'token_malformed');
  });

  test('does not inherit, but the same repository under a new name keeps what it had', async () => {
    await granted(job, { ...tag, repository: 'acme/renamed', repository_owner: 'other' }, RELEASE, 'releases');
  });
});

test('a job is not the workflow that it calls', async () => {
  const deploy = 'acme/app/.github/workflows/deploy.yml@refs/heads/main';
  const evil = 'acme/app/.github/workflows/evil.yml@refs/heads/x';
  await refused(job, { event_name: 'schedule', workflow_ref: evil, job_workflow_ref: deploy }, DEPLOY, 403, 'no_rule');
  await granted(job, { event_name: 'schedule', workflow_ref: deploy, job_workflow_ref: evil }, DEPLOY, 'deploys');
});

describe('an event that runs code of others', () => {
  const tag = { ref: 'refs/tags/v1' };

  test.each(['pull_request_target', 'workflow_run', 'issue_comment'])('is denied as %s', async (event_name) => {
    const { body } = await refused(job, { ...tag, event_name }, RELEASE, 403, 'denied_by_rule');
    expect(body.denied).toBe('db:releases:write');
  });

  test.each([
    null,
    ['push'],
    1,
    { push: true },
  ])('does not slip past the denial by the type of %j', async (event_name) => {
    await refused(job, { ...tag, event_name }, RELEASE, 403, 'denied_by_rule');
  });

  test('cannot name the rule to escape it', async () => {
    const asked = { ...RELEASE, rule: 'releases', instance: 'main' };
    await refused(job, { ...tag, event_name: 'workflow_run' }, asked, 403, 'denied_by_rule');
  });

  test('is not every event', async () => {
    await granted(job, { ...tag, event_name: 'release' }, RELEASE, 'releases');
  });
});
