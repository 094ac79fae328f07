// Who owns a rule. Owners get neither tokens nor roles by it.

import { describe, expect, test } from 'vitest';
import { knownRules, rolesOf } from '../../../src/policy/decision/candidates.ts';
import { ownsRule, rulesOwnedBy } from '../../../src/policy/decision/owners.ts';
import type { CompiledPolicy, Owners } from '../../../src/policy/language/compiled.ts';
import { withRules } from '../policy-text.ts';

const rule = (name: string, more = '') =>
  `{ name: ${name}, issuer: github, instance: main, when: { repository_id: "1", ref: refs/heads/main }, allow: ["db:a:read"]${more} }`;

/** The conditions of a roles rule become those of the owners of the rule of this name. */
async function owned(): Promise<CompiledPolicy> {
  const policy = await withRules(
    rule('first'),
    rule('second', ', until: 2020-01-01'),
    rule('nobodys'),
    '{ name: ops, issuer: backend, when: { email: ops@acme.example, level: 3 }, roles: [operator] }',
    '{ name: bots, issuer: github, when: { environment: prod, repository_id: "7" }, roles: [operator] }',
  );
  const ownersLike = (name: string): Owners => {
    const { issuer, when, pins } = policy.rules.find((one) => one.name === name) as unknown as Owners;
    return { issuer, when, pins };
  };
  const owners: Readonly<Record<string, Owners>> = { first: ownersLike('ops'), second: ownersLike('bots') };
  return {
    ...policy,
    rules: policy.rules.flatMap((one) => {
      if (one.effect !== 'allow') return [];
      return [{ ...one, owners: owners[one.name] ?? null }];
    }),
    roles: {},
  };
}

const OPS = { issuer: 'backend', claims: { sub: 'o', email: 'ops@acme.example', level: 3 } };
const BOT = { issuer: 'github', claims: { sub: 'b', repository_id: '7', environment: 'prod' } };

describe('a rule', () => {
  test('is owned by callers of the named issuer whose claims meet every condition, and by nobody else', async () => {
    const policy = await owned();
    expect(ownsRule(policy, 'first', OPS)).toBe(true);
    expect(ownsRule(policy, 'first', BOT)).toBe(false);
    expect(ownsRule(policy, 'first', { ...OPS, issuer: 'backend-machines' })).toBe(false);
    expect(ownsRule(policy, 'first', { ...OPS, issuer: 'github' })).toBe(false);
    expect(ownsRule(policy, 'first', { ...OPS, claims: { ...OPS.claims, email: 'eve@acme.example' } })).toBe(false);
    expect(ownsRule(policy, 'first', { ...OPS, claims: { email: 'ops@acme.example' } })).toBe(false);
  });

  test('is not owned on a value of another type, which would be unknown', async () => {
    expect(ownsRule(await owned(), 'first', { ...OPS, claims: { ...OPS.claims, level: '3' } })).toBe(false);
  });

  test('without owners, or that is not there, is nobody’s', async () => {
    const policy = await owned();
    for (const name of ['nobodys', 'gone', 'constructor', '__proto__', '']) {
      expect([name, ownsRule(policy, name, OPS)]).toEqual([name, false]);
    }
  });

  test('that has ended still has its owners', async () => {
    expect(ownsRule(await owned(), 'second', BOT)).toBe(true);
  });
});

test('the rules of an owner are listed in file order', async () => {
  const policy = await owned();
  const names = (caller: typeof OPS | typeof BOT) => rulesOwnedBy(policy, caller).map(({ name }) => name);
  expect([names(OPS), names(BOT)]).toEqual([['first'], ['second']]);
  const both = {
    ...policy,
    rules: policy.rules.map((one) => ({ ...one, owners: (policy.rules[0] as never as { owners: Owners }).owners })),
  } as CompiledPolicy;
  expect(rulesOwnedBy(both, OPS).map(({ name }) => name)).toEqual(['first', 'second', 'nobodys']);
  expect(names({ ...OPS, claims: { ...OPS.claims, email: 'x' } })).toEqual([]);
});

test('to own a rule makes nobody known to it, and gives no role', async () => {
  const policy = await owned();
  expect(knownRules(policy, OPS).isEmpty).toBe(true);
  expect([...rolesOf(policy, OPS)]).toEqual([]);
});
