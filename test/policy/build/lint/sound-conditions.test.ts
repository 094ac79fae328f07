// Of conditions that can hold the linter says nothing, however near they stand to some that cannot.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../../src/policy/build/compile.ts';
import { HEAD, rule, when } from '../footgun-table.ts';

async function messages(text: string): Promise<readonly string[]> {
  const { findings } = await compilePolicy(text, { development: false });
  return findings.map(({ message }) => message).filter((message) => !message.includes('no test covers'));
}

const GITHUB = 'repository_id: "123456", event_name: push';
const GITLAB = 'project_id: "2022", ref_protected: "true"';

test.each([
  ['github', `${GITHUB}, ref: refs/heads/main`],
  ['github', `${GITHUB}, ref: { like: "refs/heads/release/**" }`],
  ['github', `${GITHUB}, ref: { like: "**/main" }`],
  ['github', `${GITHUB}, ref: { like: "refs/tags/v1.*" }`],
  ['github', `${GITHUB}, ref: [refs/heads/main, { like: "refs/tags/v*" }]`],
  ['github', `${GITHUB}, ref: { not: { like: "refs/heads/dev/**" } }`],
  ['github', `${GITHUB}, ref: refs/heads/main, actor: { like: "*[bot]" }`],
  ['github', `${GITHUB}, ref: refs/heads/main, actor: "dependabot[bot]"`],
  ['github', `${GITHUB}, repo_property_tier: gold`],
  ['github', `${GITHUB}, ref: refs/heads/main, workflow: "Build (main)"`],
  ['github', `${GITHUB}, ref: ""`],
  ['github', 'repository_owner_id: "77", environment: { like: "prod-*" }'],
  ['gitlab', `${GITLAB}, ref: main`],
  ['gitlab', `${GITLAB}, ref: { like: "release/*" }`],
  ['gitlab', `${GITLAB}, ref_path: { like: "refs/heads/**" }, environment: production`],
  ['gitlab', `${GITLAB}, environment: production, groups_direct: { contains: acme/ops }`],
  ['cluster', '/kubernetes.io/serviceaccount/uid: 3c6f1f0e, /kubernetes.io/namespace: { like: "team-*" }'],
  ['cluster', 'sub: { like: "system:serviceaccount:apps:*" }'],
  ['circleci', 'oidc.circleci.com/context-ids: { contains: 7b8c9d0e }, oidc.circleci.com/ssh-rerun: false'],
  ['buildkite', 'pipeline_id: "0184990a", build_branch: main, agent_tag:queue: deploy'],
  ['backend', 'scope: { contains: "read:*" }'],
  ['backend', 'sub: { like: "auth0|*" }'],
  ['backend', 'sub: "{6f1c}:{2c3d}"'],
  ['backend', 'sub: { like: "svc.*" }'],
  ['backend', 'sub: "CORP\\\\ann"'],
  ['backend', 'sub: { like: "CORP\\\\*" }'],
  ['backend', 'sub: "WEB01$"'],
  ['backend', 'url: { like: "https://app.example/?tenant=*" }'],
  ['backend', 'client_id: "Acme (production), Inc."'],
  ['backend', 'any_claim: of any kind'],
] as const)('%s: %s', async (issuer, conditions) => {
  expect(await messages(when(issuer, conditions))).toEqual([]);
});

describe('a rule of GitHub that names no event', () => {
  const OPEN = [expect.stringContaining('pull_request_target and workflow_run')];
  const allow = (conditions: string, permissions = '"db:a:write"') =>
    `  - { name: r, issuer: github, when: { repository_id: "1", ${conditions} }, allow: [${permissions}] }\n`;
  const deny = (name: string, conditions: string, permissions: string) =>
    `  - { name: ${name}, issuer: github, when: { ${conditions} }, deny: [${permissions}] }\n`;
  const BOTH = 'event_name: [pull_request_target, workflow_run]';
  const text = (...rules: readonly string[]) => `${HEAD}rules:\n${rules.join('')}`;

  test.each([
    ['a branch', text(allow('ref: refs/heads/main'))],
    ['any ref', text(allow('ref: { like: "refs/**" }, sha: { exists: true }, actor: ann').replace(', actor: ann', ''))],
    ['the presence of an event', text(allow('ref: refs/heads/main, event_name: { exists: true }'))],
    ['a branch, and a denial of other databases', text(allow('ref: refs/heads/main'), deny('d', BOTH, '"db:b:write"'))],
    [
      'a branch, and a denial of writing alone',
      text(allow('ref: refs/heads/main', '"db:a:read,write"'), deny('d', BOTH, '"db:*:write"')),
    ],
    [
      'a branch, and a denial in another repository',
      text(allow('ref: refs/heads/main'), deny('d', `repository_id: "2", ${BOTH}`, '"db:*:write"')),
    ],
    ['a role', rule('issuer: github, when: { repository_id: "1", ref: refs/heads/main }, roles: [operator]')],
  ])('is warned of with %s', async (_name, policy) => {
    expect(await messages(policy)).toEqual(OPEN);
  });

  test('is told which of the two is open when one is denied', async () => {
    const policy = text(allow('ref: refs/heads/main'), deny('d', 'event_name: pull_request_target', '"db:*:write"'));
    expect(await messages(policy)).toEqual([expect.stringContaining('also admits workflow_run,')]);
  });

  test.each([
    ['an environment', text(allow('environment: production'))],
    ['a pattern of events', text(allow('ref: refs/heads/main, event_name: { like: "push*" }'))],
    ['tags alone, which those events never have', text(allow('ref: { like: "refs/tags/v*" }'))],
    ['a denial of both', text(allow('ref: refs/heads/main'), deny('d', BOTH, '"db:*:write"'))],
    [
      'a denial of each',
      text(
        allow('ref: refs/heads/main'),
        deny('d', 'event_name: pull_request_target', '"db:a:write"'),
        deny('e', 'event_name: workflow_run', '"db:*:read,write"'),
      ),
    ],
    [
      'a denial of all but push',
      text(allow('ref: refs/heads/main'), deny('d', 'event_name: { not: push }, repository_id: "1"', '"db:*:write"')),
    ],
  ])('is sound with %s', async (_name, policy) => {
    expect(await messages(policy)).toEqual([]);
  });
});

describe('beside conditions', () => {
  test.each([
    [
      'a template of a claim that is never sent',
      when('github', `${GITHUB}, ref: refs/heads/main`).replace('db:a:read', 'db:{branch}:read'),
      'did you mean "ref"?',
    ],
    [
      'a template of a claim that fits no name',
      when('github', `${GITHUB}, ref: refs/heads/main`).replace('db:a:read', 'db:{repository}:read'),
      'such as an id',
    ],
    [
      'a test with a claim that is never sent',
      `${when('github', `${GITHUB}, ref: refs/heads/main`)}tests:\n  - { name: t, issuer: github, claims: { branch: main }, request: ["db:a:read"], expect: denied }\n`,
      'did you mean "ref"?',
    ],
    [
      'a test that is granted for a value that never is',
      `${when('gitlab', 'project_id: "2022", environment: production')}tests:\n  - { name: t, issuer: gitlab, claims: { project_id: "2022", environment: production, ref: refs/heads/main }, request: ["db:a:read"], expect: r }\n`,
      'write main',
    ],
    [
      'subject claims that are never sent',
      `${HEAD.replace(
        '{ preset: github-actions }',
        '{ issuer: "https://token.actions.githubusercontent.com", shared: true, pins: [repository_id], subject: [repo_id] }',
      )}rules: []\n`,
      'did you mean "repository_id"?',
    ],
  ])('%s is warned of', async (_name, text, write) => {
    const { policy, findings } = await compilePolicy(text, { development: false });
    expect(policy).not.toBeNull();
    expect(findings.map(({ fix }) => fix)).toContainEqual(expect.stringContaining(write));
  });

  test('a template of a deny rule that nothing fills denies everything, which is an error', async () => {
    const text = rule('issuer: github, when: { event_name: push }, deny: ["db:{branch}:write"]');
    const { policy, findings } = await compilePolicy(text, { development: false });
    expect(policy).toBeNull();
    expect(findings.map(({ message }) => message)).toContainEqual(expect.stringContaining('denies everything'));
  });
});
