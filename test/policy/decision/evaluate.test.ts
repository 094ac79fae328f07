// What no case of the corpus can say of the decision: that whole refusals are the same under several policies, and a life that is no
// number in YAML. The decision step by step is in ../../corpus, the same on random tables in properties.test.ts.

import { describe, expect, test } from 'vitest';
import type { Claims } from '../../../src/identity/claim.ts';
import { evaluate } from '../../../src/policy/decision/evaluate.ts';
import { type Asked, ask, triples, withRules } from '../policy-text.ts';

const app = { repository_id: '1', repository_owner_id: '7', ref: 'refs/heads/main', event_name: 'push' };

/** The whole refusal, for its words and members. */
async function refusal(rules: readonly string[], issuer: string, claims: Claims, asked: Asked = {}) {
  const { permissions, ...rest } = asked;
  const request = permissions === undefined ? rest : { ...rest, permissions: triples(...permissions) };
  const { result } = evaluate(await withRules(...rules), { issuer, claims }, request, 0);
  if (result.ok) throw new Error('it was granted');
  return result.failure;
}

describe('a caller whom no rule knows', () => {
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
  ])('is refused in the same words when they ask for %j', async (asked) => {
    const plain = await refusal(rules, 'github', stranger);
    expect(plain.reason).toBe('no_rule');
    expect(await refusal(rules, 'github', stranger, asked)).toEqual(plain);
    expect(await refusal([rules[1]!], 'github', stranger, asked)).toEqual(plain);
    expect(await refusal([], 'github', stranger, asked)).toEqual(plain);
  });
});

test('an endless life is longer than any rule gives', async () => {
  const policy = await withRules(
    '{ name: one, issuer: backend, instance: main, when: { client_id: one }, allow: ["db:a:read"], ttl: 24h }',
  );
  expect(ask(policy, 'backend', { client_id: 'one' }, { ttl: Number.POSITIVE_INFINITY })).toBe('ttl_refused');
});
