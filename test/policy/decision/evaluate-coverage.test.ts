// The end of the decision: which rule grants, what the life of the token may be, and what a refusal says.

import { describe, expect, test } from 'vitest';
import type { Claims } from '../../../src/identity/claim.ts';
import { evaluate } from '../../../src/policy/decision/evaluate.ts';
import { ask, triples, withRules } from '../policy-text.ts';

const one = { client_id: 'one' };
const rule = (name: string, allow: string, more = '') =>
  `{ name: ${name}, issuer: backend, instance: main, when: { client_id: one }, allow: [${allow}]${more} }`;

async function refusal(rules: readonly string[], claims: Claims, permissions: readonly string[]) {
  const { result } = evaluate(
    await withRules(...rules),
    { issuer: 'backend', claims },
    { permissions: triples(...permissions) },
  );
  if (result.ok) throw new Error('it was granted');
  return result.failure;
}

describe('the granting rule', () => {
  test('is the first in file order that covers everything', async () => {
    const policy = await withRules(
      rule('narrow', '"db:a:read"'),
      rule('wide', '"db:a,b:read"'),
      rule('wider', '"db:*:read"'),
    );
    expect(ask(policy, 'backend', one, { permissions: ['db:a:read'] })).toMatch(/^narrow:/);
    expect(ask(policy, 'backend', one, { permissions: ['db:a,b:read'] })).toMatch(/^wide:/);
    expect(ask(policy, 'backend', one, { permissions: ['db:a,c:read'] })).toMatch(/^wider:/);
    expect(ask(policy, 'backend', one, { permissions: ['db:a:read'], rule: 'wider' })).toMatch(/^wider:/);
  });

  test('covers with its own entries together, never with those of another rule', async () => {
    const together = await withRules(rule('both', '"db:a:read", "db:b:write"'));
    expect(ask(together, 'backend', one, { permissions: ['db:a:read', 'db:b:write'] })).toMatch(/^both:/);
    const apart = [rule('left', '"db:a:read"'), rule('right', '"db:b:write"')];
    const policy = await withRules(...apart);
    expect(ask(policy, 'backend', one, { permissions: ['db:a:read', 'db:b:write'] })).toBe('not_granted');
    expect(ask(policy, 'backend', one, { permissions: ['db:a:read'] })).toMatch(/^left:/);
    const { detail } = await refusal(apart, one, ['db:a:read', 'db:b:write']);
    expect(detail).toContain('No single rule');
  });

  test('gives what was asked and no more', async () => {
    const policy = await withRules(rule('wide', '"db:a,b:read,write"'));
    expect(ask(policy, 'backend', one, { permissions: ['db:a:read'] })).toBe('wide: db:a:read for 900');
  });

  test('gives db:* only by exactly db:*', async () => {
    const policy = await withRules(rule('nearly', '"db:a*,b*:read"'));
    expect(ask(policy, 'backend', one, { permissions: ['db:*:read'] })).toBe('not_granted');
  });

  test('is on the instance that was asked for', async () => {
    const policy = await withRules(
      rule('first', '"db:a:read"'),
      rule('other', '"db:a:read"').replace('instance: main', 'instance: second'),
    );
    expect(ask(policy, 'backend', one, { permissions: ['db:a:read'], instance: 'second' })).toMatch(/^other:/);
    expect(ask(policy, 'backend', one, { rule: 'first', instance: 'second' })).toBe('instance_unknown');
  });
});

describe('the request for db:* beside a named database', () => {
  test('is a conflict even where a rule would cover both', async () => {
    const policy = await withRules(rule('all', '"db:*:read"'));
    expect(ask(policy, 'backend', one, { permissions: ['db:*:read', 'db:a:read'] })).toBe('permissions_conflict');
    expect(ask(policy, 'backend', one, { permissions: ['db:*:read'] })).toMatch(/^all:/);
  });
});

describe('the internal database', () => {
  test.each(['"db:*:read"', '"db:x*:read"'])('is granted by no rule such as %s', async (allow) => {
    const failure = await refusal([rule('r', allow)], one, ['db:_internal:read']);
    expect(failure.reason).toBe('not_granted');
    expect(failure.detail).toContain('never granted');
  });
});

describe('the ttl', () => {
  const range = rule('range', '"db:a:read"', ', ttl: { default: 10m, max: 1h }');
  const long = rule('long', '"db:a:read"', ', ttl: 8h');

  test.each([
    [undefined, 'range: db:a:read for 600'],
    [1, 'range: db:a:read for 1'],
    [3_600, 'range: db:a:read for 3600'],
    [3_601, 'ttl_refused'],
    [Number.POSITIVE_INFINITY, 'ttl_refused'],
  ])('%s is answered by %s', async (ttl, answer) => {
    const policy = await withRules(range);
    expect(ask(policy, 'backend', one, { permissions: ['db:a:read'], ...(ttl === undefined ? {} : { ttl }) })).toBe(
      answer,
    );
  });

  test('is 15 minutes where the rule is silent, and exactly the maximum by default where it is one number', async () => {
    expect(ask(await withRules(rule('silent', '"db:a:read"')), 'backend', one)).toBe('silent: db:a:read for 900');
    expect(ask(await withRules(long), 'backend', one)).toBe('long: db:a:read for 28800');
  });

  test('is no part of coverage: the first rule that covers refuses it and names one that would not', async () => {
    const policy = await withRules(range, long);
    const { result } = evaluate(
      policy,
      { issuer: 'backend', claims: one },
      { permissions: triples('db:a:read'), ttl: 7_200 },
    );
    expect(result).toMatchObject({
      ok: false,
      failure: { reason: 'ttl_refused', members: { max_ttl: '1h', alternative: 'long' } },
    });
    expect(ask(policy, 'backend', one, { permissions: ['db:a:read'], ttl: 7_200, rule: 'long' })).toMatch(
      /^long:.* 7200$/,
    );
  });
});

describe('a refusal to a known caller', () => {
  const main =
    '{ name: main, issuer: github, instance: main, when: { repository_id: "1", ref: refs/heads/main }, allow: ["db:a:read"] }';
  const claims = { repository_id: '1', ref: 'refs/heads/x' };

  test('names the nearest rule, the claim that is off and what it must be, but not the pins', async () => {
    const { result } = evaluate(await withRules(main), { issuer: 'github', claims }, {});
    expect(result).toMatchObject({
      failure: {
        reason: 'no_rule',
        members: {
          nearest: {
            rule: 'main',
            misses: [{ claim: 'ref', actual: '"refs/heads/x"', expected: '"refs/heads/main"' }],
          },
        },
      },
    });
    expect(JSON.stringify(result)).not.toContain('repository_id');
  });

  test('names the triple that no rule covers', async () => {
    const failure = await refusal([rule('r', '"db:a:read"')], one, ['db:a:read', 'db:b:read']);
    expect(failure).toMatchObject({ reason: 'not_granted', members: { not_covered: ['db:b:read'] } });
  });

  test('says nothing of rules whose pins are those of others', async () => {
    const secret =
      '{ name: secret-project, issuer: github, instance: second, when: { repository_id: "2" }, allow: ["db:secret:read"] }';
    const policy = await withRules(secret, main);
    const asked = [
      {},
      { permissions: triples('db:secret:read') },
      { rule: 'secret-project' },
      { instance: 'second' },
      { permissions: triples('db:a:read'), ttl: 90_000 },
    ];
    for (const request of asked) {
      for (const ref of ['refs/heads/main', 'refs/heads/x']) {
        const { result } = evaluate(policy, { issuer: 'github', claims: { ...claims, ref } }, request);
        const text = JSON.stringify(result).replaceAll(JSON.stringify(request.rule ?? ''), '');
        if (result.ok) expect(result.value.rule.name).toBe('main');
        else
          expect(text.replace('"db:secret:read"', '').replaceAll('No rule named \\"secret-project\\"', '')).not.toMatch(
            /secret-project/,
          );
      }
    }
    expect(ask(policy, 'github', { ...claims, ref: 'refs/heads/main' }, { rule: 'secret-project' })).toBe(
      'rule_unknown',
    );
    expect(ask(policy, 'github', { ...claims, ref: 'refs/heads/main' }, { instance: 'second' })).toBe(
      'instance_unknown',
    );
  });
});
