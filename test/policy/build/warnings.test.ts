// What the linter warns of, and builds all the same; and the steps aside of which it says nothing.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { allow, HEAD, when } from './footgun-table.ts';

/** The warnings of a policy that builds, but for the one that no test covers its rule. */
async function warnings(text: string): Promise<readonly string[]> {
  const { policy, findings } = await compilePolicy(text, { development: false });
  expect(policy).not.toBeNull();
  return findings.map(({ message }) => message).filter((message) => !message.includes('no test covers'));
}

describe('a pin that can change hands', () => {
  const google = (conditions: string) => `
audience: https://sts.acme.example
issuers: { google: { preset: google } }
instances: { main: { url: "https://db.acme.example", admin_token: INFLUXDB3_ADMIN_TOKEN } }
rules:
  - { name: r, issuer: google, when: { ${conditions} }, allow: ["db:a:read"] }
`;

  test('is warned of where no other pin stands beside it', async () => {
    expect(await warnings(google('hd: acme.example, email_verified: true'))).toEqual([
      '"hd" can change hands, and lets its new owner in',
    ]);
  });

  test('is sound beside one that cannot', async () => {
    expect(await warnings(google('hd: acme.example, sub: "1"'))).toEqual([]);
  });
});

describe('a template over a claim that callers can choose', () => {
  const templated = (issuer: string, conditions: string, claim: string) =>
    when(issuer, conditions).replace('db:a:read', `db:{${claim}}:read`);
  const CHOSEN = [expect.stringContaining('the caller can choose')];

  test.each([
    ['a value', 'actor: me'],
    ['several values', 'actor: [me, you]'],
    ['a value by pointer', '/actor: me'],
  ])('is sound where the rule holds the claim to %s', async (_name, held) => {
    expect(
      await warnings(
        templated('github', `repository_id: "1", ref: refs/heads/main, event_name: push, ${held}`, 'actor'),
      ),
    ).toEqual([]);
  });

  test.each([
    ['nothing', 'ref: refs/heads/main'],
    ['a presence', 'ref: refs/heads/main, actor: { exists: true }'],
    ['an exclusion', 'ref: refs/heads/main, actor: { not: you }'],
    ['a pattern', 'ref: refs/heads/main, actor: { like: "m*" }'],
    ['a value or a pattern', 'ref: refs/heads/main, actor: [me, { like: "y*" }]'],
    ['an element', 'ref: refs/heads/main, actor: { contains: me }'],
  ])('is warned of where the rule holds it to %s', async (_name, held) => {
    expect(await warnings(templated('github', `repository_id: "1", event_name: push, ${held}`, 'actor'))).toEqual(
      CHOSEN,
    );
  });

  test('is warned of whichever preset names the provider', async () => {
    const generic = '{ issuer: "https://token.actions.githubusercontent.com", shared: true, pins: [repository_id] }';
    const text = templated('github', 'repository_id: "1", ref: refs/heads/main, event_name: push', 'actor').replace(
      '{ preset: github-actions }',
      generic,
    );
    expect(await warnings(text)).toEqual(CHOSEN);
  });
});

describe('a shared token in a cluster', () => {
  const shared = (ttl: string, sync: string, more = ', share: true') =>
    allow('"db:a:read"', `${more}, ttl: ${ttl}`).replace(
      HEAD,
      HEAD.replace('INFLUXDB3_ADMIN_TOKEN }', `INFLUXDB3_ADMIN_TOKEN, sync_interval: ${sync} }`),
    );

  test('is warned of when half of its window is too short for the other nodes to hear of it', async () => {
    expect(await warnings(shared('239s', '1m'))).toEqual([expect.stringContaining('other nodes do not know yet')]);
    const { findings } = await compilePolicy(shared('239s', '1m'), { development: false });
    expect(findings.map(({ fix }) => fix)).toContainEqual(expect.stringContaining('at least 4m'));
  });

  test.each([
    ['it lives long enough', shared('4m', '1m')],
    ['there is one node', shared('1s', '0s')],
    ['it is not shared', shared('1m', '1m', '')],
  ])('is sound when %s', async (_name, text) => {
    expect(await warnings(text)).toEqual([]);
  });
});
