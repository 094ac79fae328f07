// What differs between two policies, in words.

import { describe, expect, test } from 'vitest';
import type { CompiledPolicy } from '../../../src/policy/language/compiled.ts';
import { diffPolicies } from '../../../src/policy/review/diff.ts';
import { compiled, HEAD, withRules } from '../policy-text.ts';
import { rule } from './past.ts';

/** `of name change: details` */
async function diff(before: CompiledPolicy, after: CompiledPolicy): Promise<readonly string[]> {
  return diffPolicies(before, after).map(
    ({ of, name, change, details }) => `${of} ${name} ${change}: ${details.join(', ')}`,
  );
}

describe('diff', () => {
  test('of a policy with itself is empty, however it is written', async () => {
    const before = await withRules(rule('r', '{ a: x, b: y }', '"db:a,b:read"'));
    const after = await withRules(rule('r', '{ b: y, a: x }', '"db:b:read", "db:a:read"', ', ttl: 900'));
    expect(await diff(before, after)).toEqual([]);
  });

  test('names rules that came and went, with what they say', async () => {
    const before = await withRules(rule('old', '{ a: x }', '"db:a:read"'));
    const after = await withRules(
      '{ name: ops, issuer: backend, when: { a: y }, roles: [operator] }',
      '{ name: no, issuer: github, when: { event_name: issues }, deny: ["db:*:write"] }',
    );
    expect(await diff(before, after)).toEqual([
      'rule old removed: for callers of backend, when a is "x", allows db:a:read, on instance "main", for 15m unless asked otherwise, for 15m at most',
      'rule ops added: for callers of backend, when a is "y", gives the role operator',
      'rule no added: for callers of github, when event_name is "issues", denies db:*:write',
    ]);
  });

  test.each([
    [rule('r', '{ a: y }', '"db:a:read"'), 'was: when a is "x"; now: when a is "y"'],
    [rule('r', '{ a: x, b: y }', '"db:a:read"'), 'new: when b is "y"'],
    [rule('r', '{ a: x }', '"db:a:read,write"'), 'new: allows db:a:write'],
    [rule('r', '{ a: x }', '"db:b:read"'), 'no longer: allows db:a:read, new: allows db:b:read'],
    [rule('r', '{ a: x }', '"db:a:read"', ', within_subject_token: true'), 'new: within the life of the subject token'],
    [
      rule('r', '{ a: x }', '"db:a:read"', ', ttl: { default: 15m, max: 1h }'),
      'was: for 15m at most; now: for 1h at most',
    ],
    [
      rule('r', '{ a: x }', '"db:a:read"').replace('main', 'second'),
      'was: on instance "main"; now: on instance "second"',
    ],
  ])('says what changed in a rule: %s', async (changed, details) => {
    const before = await withRules(rule('r', '{ a: x }', '"db:a:read"'));
    expect(await diff(before, await withRules(changed))).toEqual([`rule r changed: ${details}`]);
  });

  test('says that allow rules stand in another order', async () => {
    const [a, b] = [rule('"1"', '{ a: x }', '"db:a:read"'), rule('b', '{ a: [x, y] }', '"db:a,b:read"')];
    expect(await diff(await withRules(a, b), await withRules(b, a))).toEqual([
      'policy  changed: the allow rules stand in another order: now "b" where "1" stood',
    ]);
  });

  test('says what changed in issuers and instances', async () => {
    const other = HEAD.replace('  backend: { issuer: https://login.example.com/ }', '')
      .replace('subject: [client_id]', 'subject: [[client_id, sub]]')
      .replace('second.example.com:8181", admin', 'second.example.org:8181", sync_interval: 5m, admin')
      .replace('audience: https://sts.example.com', 'audience: https://sts.example.org');
    const changes = await diff(await withRules(), await compiled(`${other}rules: []\n`));
    expect(changes.map((change) => change.replace(/: (?:issuer .*|audience.*max_life.*)/, ': ...'))).toEqual([
      'policy  changed: was: audience https://sts.example.com; now: audience https://sts.example.org',
      'issuer github changed: was: audience https://sts.example.com; now: audience https://sts.example.org',
      'issuer backend removed: ...',
      expect.stringContaining('was: subject client_id; now: subject client_id or sub'),
      'instance second changed: was: url https://second.example.com:8181; now: url https://second.example.org:8181, ' +
        'was: public_url https://second.example.com:8181; now: public_url https://second.example.org:8181, ' +
        'was: sync_interval 0s; now: sync_interval 5m',
    ]);
  });

  test('says that keys in the policy changed, and not what they are', async () => {
    const withKey = (kid: string) =>
      compiled(
        `{ audience: "https://a.example", issuers: { i: { issuer: "https://i.example", algorithms: [EdDSA], jwks: { keys: [{ kty: OKP, crv: Ed25519, kid: ${kid}, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo }] } } }, instances: {}, rules: [] }`,
      );
    expect(await diff(await withKey('one'), await withKey('two'))).toEqual([
      'issuer i changed: was: keys in the policy: one (11qYAYKxCrfV…); now: keys in the policy: two (11qYAYKxCrfV…)',
    ]);
  });
});
