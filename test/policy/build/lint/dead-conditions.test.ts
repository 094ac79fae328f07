// The linter on conditions that can never hold: it says so, says what to write, and is silent of what can.

import { expect, test } from 'vitest';
import { compilePolicy } from '../../../../src/policy/build/compile.ts';
import type { Finding } from '../../../../src/policy/build/source.ts';
import { HEAD } from '../footgun-table.ts';
import { EXCLUDED, FOREIGN, NEVER_SENT } from './dead-table.ts';

/** What makes a rule of each issuer sound by itself. */
const BESIDE: Readonly<Record<string, string>> = {
  github: 'repository_id: "123456", environment: production',
  gitlab: 'project_id: "2022", environment: production',
  buildkite: 'organization_id: 0184990a-4a5b-4c6d-8e7f-8a9b0c1d2e3f, build_commit: 0a9b8c7d',
  cluster: '/kubernetes.io/serviceaccount/uid: 3c6f1f0e',
  circleci: 'oidc.circleci.com/org-id: 1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f',
  backend: 'oid: u-1',
  okta: 'uid: u-1',
};

/** What is said of the same condition in an allow, a roles and a deny rule. */
async function findings(issuer: string, condition: string): Promise<readonly Finding[]> {
  const rules = [
    `allow-it, issuer: ${issuer}, when: { ${condition}, ${BESIDE[issuer]} }, allow: ["db:a:read"]`,
    `give-role, issuer: ${issuer}, when: { ${condition}, ${BESIDE[issuer]} }, roles: [operator]`,
    `deny-it, issuer: ${issuer}, when: { ${condition} }, deny: ["db:*:write"]`,
  ];
  const text = `${HEAD}rules:\n${rules.map((one) => `  - { name: ${one} }\n`).join('')}`;
  return (await compilePolicy(text, { development: false })).findings;
}

const ROWS = [...NEVER_SENT, ...EXCLUDED, ...FOREIGN];

test('there are as many rows as a newcomer has ideas', () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(60);
});

test.each(
  ROWS,
)('%s: %s is answered with what to write: a warning where it grants, an error where it denies', async (issuer, condition, write) => {
  const found = await findings(issuer, condition);
  const outcomes = {
    'allow-it': /never matches|lets nobody in|keeps nobody out/,
    'give-role': /never matches|lets nobody in|keeps nobody out/,
    'deny-it': /never denies|decides nothing|denies everyone/,
  };
  for (const [rule, outcome] of Object.entries(outcomes)) {
    expect(found).toContainEqual(
      expect.objectContaining({
        rule,
        // Of a list with other values the denial holds.
        severity: rule === 'deny-it' && !condition.startsWith('ref: [') ? 'error' : 'warning',
        message: expect.stringMatching(outcome),
        fix: expect.stringContaining(write),
      }),
    );
  }
});
