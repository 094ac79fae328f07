// The decision, step by step, on small tables. The same decision on random tables is in properties.test.ts.

import { describe, expect, test } from 'vitest';
import type { Claims } from '../../../src/identity/claim.ts';
import { evaluate } from '../../../src/policy/decision/evaluate.ts';
import { type Asked, ask, triples, withRules } from '../policy-text.ts';

const app = { repository_id: '1', repository_owner_id: '7', ref: 'refs/heads/main', event_name: 'push' };

/** The whole refusal, for its words and members. */
async function refusal(rules: readonly string[], issuer: string, claims: Claims, asked: Asked = {}) {
  const { permissions, ...rest } = asked;
  const request = permissions === undefined ? rest : { ...rest, permissions: triples(...permissions) };
  const { result } = evaluate(await withRules(...rules), { issuer, claims }, request);
  if (result.ok) throw new Error('it was granted');
  return result.failure;
}

describe('whoever no rule knows', () => {
  const rules = [
    '{ name: ci, issuer: github, instance: main, when: { repository_id: "1", repository_owner_id: "7" }, allow: ["db:ci:write"] }',
    '{ name: no-forks, issuer: github, when: { event_name: pull_request_target }, deny: ["db:*:write"] }',
  ];
  const stranger = { ...app, repository_id: '2' };

  test.each<Asked>([
    {},
    { permissions: ['db:ci:write'] },
    { permissions: ['db:*:read', 'db:a:read'] },
    { permissions: ['db:_internal:read'] },
    { rule: 'ci' },
    { rule: 'no-forks' },
    { rule: 'unheard-of' },
    { instance: 'main' },
    { instance: 'unheard-of' },
    { ttl: Number.POSITIVE_INFINITY },
  ])('is refused in the same words when he asks for %j', async (asked) => {
    const plain = await refusal(rules, 'github', stranger);
    expect(plain.reason).toBe('no_rule');
    expect(await refusal(rules, 'github', stranger, asked)).toEqual(plain);
    expect(await refusal([rules[1]!], 'github', stranger, asked)).toEqual(plain);
    expect(await refusal([], 'github', stranger, asked)).toEqual(plain);
  });

  test('is not known by one pin out of two, nor by a pin of another type', async () => {
    const policy = await withRules(...rules);
    expect(ask(policy, 'github', { ...app, repository_owner_id: '8' }, { rule: 'ci' })).toBe('no_rule');
    expect(ask(policy, 'github', { ...app, repository_id: 1 }, { rule: 'ci' })).toBe('no_rule');
    expect(ask(policy, 'github', { ...app, repository_id: ['1'] }, { rule: 'ci' })).toBe('no_rule');
    expect(ask(policy, 'github', app, { rule: 'ci' })).toBe('ci: db:ci:write for 900');
  });

  test('is known by a list of ids as by one, and by its pins alone', async () => {
    const policy = await withRules(
      '{ name: ci, issuer: github, instance: main, when: { repository_id: ["1", "3"], ref: refs/heads/main }, allow: ["db:ci:write"] }',
    );
    const branch = { ...app, repository_id: '3', ref: 'refs/heads/x' };
    expect(ask(policy, 'github', branch, { rule: 'ci' })).toBe('no_rule');
    expect(ask(policy, 'github', branch, { rule: 'other' })).toBe('rule_unknown');
    expect(ask(policy, 'github', { ...branch, repository_id: '2' }, { rule: 'other' })).toBe('no_rule');
  });

  test('is nobody on an issuer of the deployer alone', async () => {
    const policy = await withRules(
      '{ name: one, issuer: backend, instance: main, when: { client_id: one }, allow: ["db:a:read"] }',
    );
    expect(ask(policy, 'backend', { client_id: 'two' }, { rule: 'other' })).toBe('rule_unknown');
    expect(ask(policy, 'backend', { client_id: 'two' }, { instance: 'second' })).toBe('instance_unknown');
    expect(ask(policy, 'backend', { client_id: 'two' })).toBe('no_rule');
    expect(ask(policy, 'backend-machines', { client_id: 'one' }, { rule: 'one' })).toBe('no_rule');
  });
});

describe('a request that names no permissions', () => {
  const reader = '{ name: reader, issuer: backend, instance: main, when: { client_id: one }, allow: ["db:a,b:read"] }';
  const tenant =
    '{ name: tenant, issuer: backend, instance: main, when: { tenant: { exists: true } }, allow: ["db:t_{tenant}:read"] }';
  const pattern = '{ name: pattern, issuer: backend, instance: second, when: { team: x }, allow: ["db:x_*:read"] }';
  const all =
    '{ name: all, issuer: backend, instance: second, when: { team: ops }, allow: ["db:*:read", "system:health:read"] }';

  test('takes the list of the one rule that matches', async () => {
    const policy = await withRules(reader, tenant, pattern, all);
    expect(ask(policy, 'backend', { client_id: 'one' })).toBe('reader: db:a:read db:b:read for 900');
    expect(ask(policy, 'backend', { tenant: 'x' })).toBe('tenant: db:t_x:read for 900');
    expect(ask(policy, 'backend', { team: 'ops' })).toBe('all: db:*:read system:health:read for 900');
  });

  test('is ambiguous between two rules, until one is named or left by its instance', async () => {
    const policy = await withRules(reader, tenant, all);
    const claims = { client_id: 'one', tenant: 'x', team: 'ops' };
    expect(ask(policy, 'backend', claims)).toBe('request_ambiguous');
    expect(ask(policy, 'backend', claims, { instance: 'main' })).toBe('request_ambiguous');
    expect(ask(policy, 'backend', claims, { rule: 'tenant' })).toBe('tenant: db:t_x:read for 900');
    expect(ask(policy, 'backend', claims, { instance: 'second' })).toBe('all: db:*:read system:health:read for 900');
    const { members } = await refusal([reader, tenant], 'backend', { client_id: 'one', tenant: 'x' });
    expect(members?.choices).toEqual([
      { rule: 'reader', instance: 'main', permissions: ['db:a:read', 'db:b:read'] },
      { rule: 'tenant', instance: 'main', permissions: ['db:t_{tenant}:read'] },
    ]);
  });

  test('is ambiguous when the one rule holds a pattern, with the pattern as the choice', async () => {
    const { reason, members } = await refusal([pattern], 'backend', { team: 'x' });
    expect(reason).toBe('request_ambiguous');
    expect(members?.choices).toEqual([{ rule: 'pattern', instance: 'second', permissions: ['db:x_*:read'] }]);
  });

  test('is not granted when the template cannot be filled in, and says which', async () => {
    const { reason, detail } = await refusal([tenant], 'backend', { tenant: '../x' });
    expect(reason).toBe('not_granted');
    expect(detail).toContain('t_{tenant}');
  });

  test('is never ambiguous when no rule matches', async () => {
    expect(ask(await withRules(reader, all), 'backend', {})).toBe('no_rule');
  });

  test('is refused by a deny rule that meets the list', async () => {
    const deny = '{ name: no-b, issuer: backend, when: { client_id: one }, deny: ["db:b:read"] }';
    expect(ask(await withRules(deny, reader), 'backend', { client_id: 'one' })).toBe('denied_by_rule');
  });
});

describe('a deny rule', () => {
  const allow = '{ name: all, issuer: backend, instance: main, when: { client_id: one }, allow: ["db:*:read,write"] }';
  const second =
    '{ name: all-second, issuer: backend, instance: second, when: { client_id: one }, allow: ["db:*:read,write"] }';
  const deny = (when: string, what: string, issuer = 'backend') =>
    `{ name: no, issuer: ${issuer}, when: ${when}, deny: ["${what}"] }`;
  const one = { sub: 's', client_id: 'one' };

  test('refuses a request for all databases when it denies one of them', async () => {
    const policy = await withRules(allow, deny('{ sub: s }', 'db:prod:write'));
    expect(ask(policy, 'backend', one, { permissions: ['db:*:write'] })).toBe('denied_by_rule');
    expect(ask(policy, 'backend', one, { permissions: ['db:a:write', 'db:prod:write'] })).toBe('denied_by_rule');
    expect(ask(policy, 'backend', one, { permissions: ['db:*:read'] })).toBe('all: db:*:read for 900');
    expect(ask(policy, 'backend', one, { permissions: ['db:a:write'] })).toBe('all: db:a:write for 900');
  });

  test.each([
    ['before', [deny('{ sub: s }', 'db:*:write'), allow, second]],
    ['between', [allow, deny('{ sub: s }', 'db:*:write'), second]],
    ['after', [allow, second, deny('{ sub: s }', 'db:*:write')]],
  ])('holds %s the allow rules, on every instance and for every named rule', async (_where, rules) => {
    const policy = await withRules(...rules);
    for (const narrowing of [{}, { rule: 'all' }, { rule: 'all-second' }, { instance: 'second' }]) {
      expect(ask(policy, 'backend', one, { ...narrowing, permissions: ['db:a:write'] })).toBe('denied_by_rule');
      expect(ask(policy, 'backend', one, { ...narrowing, permissions: ['db:a:read'] })).toMatch(/^all/);
    }
  });

  test('holds for every entry of its iss and for no other issuer', async () => {
    const machines =
      '{ name: machines, issuer: backend-machines, instance: main, when: { client_id: one }, allow: ["db:a:write"] }';
    const theirs = await withRules(machines, deny('{ sub: s }', 'db:*:write'));
    expect(ask(theirs, 'backend-machines', one)).toBe('denied_by_rule');
    expect(ask(theirs, 'backend-machines', { ...one, sub: 't' })).toBe('machines: db:a:write for 900');
    const githubs = await withRules(machines, deny('{ sub: s }', 'db:*:write', 'github'));
    expect(ask(githubs, 'backend-machines', one)).toBe('machines: db:a:write for 900');
  });

  test.each([
    ['an equality', '{ client_id: one, suspended: "yes" }', [undefined, null, true, 1, ['yes']], 'no'],
    ['a negation', '{ client_id: one, mfa: { not: true } }', [undefined, null, 'true', 1, []], true],
    ['a list', '{ client_id: one, groups: { contains: guests } }', [undefined, 'guests', [1], null], ['staff']],
    ['a pattern', '{ client_id: one, suspended: { like: "y*" } }', [undefined, '', 'y\n', 'n\u0000', 7], 'no'],
    ['presence', '{ client_id: one, suspended: { exists: true } }', [undefined, null, 'no'], undefined],
  ] as const)('by %s is not escaped by another type or by absence', async (_form, when, values, harmless) => {
    const policy = await withRules(allow, deny(when, 'db:*:write'));
    const claim = /, (\w+):/.exec(when)![1]!;
    const withClaim = (value: unknown) => (value === undefined ? one : { ...one, [claim]: value });
    for (const value of values) {
      expect(ask(policy, 'backend', withClaim(value), { permissions: ['db:a:write'] })).toBe('denied_by_rule');
    }
    if (harmless === undefined) return;
    expect(ask(policy, 'backend', withClaim(harmless), { permissions: ['db:a:write'] })).toBe(
      'all: db:a:write for 900',
    );
  });

  test('is not escaped through another entry of the iss, whose tokens may lack what its own always hold', async () => {
    const people = '{ name: people, issuer: backend, instance: main, when: { team: ops }, allow: ["db:a:write"] }';
    const policy = await withRules(people, deny('{ client_id: bad }', 'db:*:write', 'backend-machines'));
    expect(ask(policy, 'backend', { sub: 's', team: 'ops', client_id: 'bad' })).toBe('denied_by_rule');
    expect(ask(policy, 'backend', { sub: 's', team: 'ops' })).toBe('denied_by_rule');
    expect(ask(policy, 'backend', { sub: 's', team: 'ops', client_id: 'good' })).toBe('people: db:a:write for 900');
  });

  test('with a template that cannot be filled in meets everything', async () => {
    const policy = await withRules(allow, deny('{ client_id: one }', 'db:t_{tenant}:write'));
    expect(ask(policy, 'backend', one, { permissions: ['db:a:read'] })).toBe('denied_by_rule');
    expect(ask(policy, 'backend', { ...one, tenant: 'a/b' }, { permissions: ['db:a:read'] })).toBe('denied_by_rule');
    expect(ask(policy, 'backend', { ...one, tenant: 'x' }, { permissions: ['db:t_x:write'] })).toBe('denied_by_rule');
    expect(ask(policy, 'backend', { ...one, tenant: 'x' }, { permissions: ['db:t_x:read'] })).toMatch(/^all/);
  });
});
