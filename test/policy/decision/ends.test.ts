// A rule that has ended: in the decision it is none, and the callers who are known to it are told.

import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../src/policy/decision/evaluate.ts';
import { explain } from '../../../src/policy/decision/explain.ts';
import { formatExplanation } from '../../../src/policy/decision/explanation-text.ts';
import { whoMayHave } from '../../../src/policy/decision/who.ts';
import type { CompiledPolicy } from '../../../src/policy/language/compiled.ts';
import { type Asked, ask, triples, withRules } from '../policy-text.ts';

const END = Date.parse('2026-12-31T00:00:00Z');
const rule = (name: string, when: string, more = '', issuer = 'backend') =>
  `{ name: ${name}, issuer: ${issuer}, instance: main, when: ${when}, allow: ["db:${name}:read"]${more} }`;
const UNTIL = ', until: 2026-12-31';
const X = { sub: 'u', a: 'x' };

function refusal(
  policy: CompiledPolicy,
  claims: Record<string, unknown>,
  { permissions, ...rest }: Asked = {},
  issuer = 'backend',
) {
  const request = { ...rest, ...(permissions === undefined ? {} : { permissions: triples(...permissions) }) };
  const { result, rule: nearest } = evaluate(policy, { issuer, claims }, request, END);
  if (result.ok) throw new Error('it was granted');
  const { reason, detail, members = {} } = result.failure;
  return { reason, detail, members, rule: nearest?.name ?? null };
}

const ENDED =
  'No rule matches this identity any more. The rule "old" ended on 2026-12-31 at 00:00 UTC; ask the people who keep this service\'s policy.';

describe('a rule', () => {
  test.each([
    [-1, 'old: db:old:read for 900'],
    [0, 'no_rule'],
    [1, 'no_rule'],
  ])('%i ms from its end answers %s', async (from, expected) => {
    const policy = await withRules(rule('old', '{ a: x }', UNTIL));
    for (const asked of [{}, { rule: 'old' }, { instance: 'main' }, { permissions: ['db:old:read'] }]) {
      expect(ask(policy, 'backend', X, asked, END + from)).toBe(expected);
    }
  });

  test('that has ended lets a later rule decide, and makes no request ambiguous', async () => {
    const policy = await withRules(rule('old', '{ a: x }', UNTIL), rule('new', '{ a: x }'));
    expect(ask(policy, 'backend', X, {}, END - 1)).toBe('request_ambiguous');
    expect(ask(policy, 'backend', X, {}, END)).toBe('new: db:new:read for 900');
    const wide = await withRules(
      '{ name: old, issuer: backend, instance: main, when: { a: x }, allow: ["db:new:read"], ttl: 1h, until: 2026-12-31 }',
      rule('new', '{ a: x }'),
    );
    expect(ask(wide, 'backend', X, { permissions: ['db:new:read'] }, END - 1)).toBe('old: db:new:read for 3600');
    expect(ask(wide, 'backend', X, { permissions: ['db:new:read'] }, END)).toBe('new: db:new:read for 900');
    const { members } = refusal(wide, X, { permissions: ['db:new:read'], ttl: 3600 });
    expect(members).toEqual({ max_ttl: '15m' });
  });

  test('that has ended opens no choice and covers nothing', async () => {
    const policy = await withRules(rule('old', '{ a: x }', UNTIL), rule('new', '{ a: x }'));
    const { reason, detail, members, rule: nearest } = refusal(policy, X, { permissions: ['db:old:read'] });
    expect([reason, nearest]).toEqual(['not_granted', 'new']);
    expect(members).toEqual({
      not_covered: ['db:old:read'],
      choices: [expect.objectContaining({ rule: 'new' })],
      nearest: { rule: 'old', misses: [], ended: '2026-12-31T00:00:00Z' },
    });
    expect(detail).toMatch(
      /Open to you: db:new:read \(rule "new"\)\. The rule "old" ended on 2026-12-31 at 00:00 UTC; ask/,
    );
  });
});

describe('a caller who is known to a rule that has ended', () => {
  test('is told, with the day and whom to ask', async () => {
    const policy = await withRules(rule('old', '{ a: x }', UNTIL));
    for (const asked of [{}, { permissions: ['db:old:read'] }, { permissions: ['db:other:read'] }, { rule: 'old' }]) {
      expect(refusal(policy, X, asked)).toEqual({
        reason: 'no_rule',
        detail: ENDED,
        members: { nearest: { rule: 'old', misses: [], ended: '2026-12-31T00:00:00Z' } },
        rule: 'old',
      });
    }
  });

  test('hears of it rather than of a rule that never was theirs', async () => {
    const policy = await withRules(rule('other', '{ a: y }'), rule('old', '{ a: x }', UNTIL));
    expect(refusal(policy, X).detail).toBe(ENDED);
  });

  test('hears of the rule in force where both miss alike, and of both faults where only the old one is near', async () => {
    const policy = await withRules(rule('old', '{ a: x }', UNTIL), rule('other', '{ a: y }'));
    expect(refusal(policy, { sub: 'u', a: 'z' }).members).toMatchObject({ nearest: { rule: 'other' } });
    const near = await withRules(rule('old', '{ a: x }', UNTIL), rule('other', '{ a: y, b: y }'));
    expect(refusal(near, { sub: 'u', a: 'z' }).detail).toBe(
      'No rule matches this identity. Nearest is "old": a is "z" but the rule wants "x". The rule "old" ended on 2026-12-31 at 00:00 UTC; ask the people who keep this service\'s policy.',
    );
  });

  test('on a shared issuer is one whose pins hold; to a stranger nothing is said', async () => {
    const policy = await withRules(
      rule('old', '{ repository_id: "1", ref: refs/heads/main, event_name: push }', UNTIL, 'github'),
    );
    const job = { sub: 's', repository_id: '1', ref: 'refs/heads/main', event_name: 'push' };
    expect(refusal(policy, job, {}, 'github').detail).toBe(ENDED);
    const stranger = refusal(policy, { ...job, repository_id: '2' }, {}, 'github');
    expect(JSON.stringify(stranger)).not.toMatch(/old|2026|ended/);
  });

  test('is told in the explanation too, with what would change it', async () => {
    const policy = await withRules(rule('old', '{ a: x }', UNTIL), rule('other', '{ a: y }', ', until: 2027-01-01'));
    const explanation = explain(policy, { issuer: 'backend', claims: X }, {}, END, 'caller');
    expect(explanation).toMatchObject({ outcome: 'refused', reason: 'no_rule', detail: ENDED });
    expect(explanation.rules[0]).toMatchObject({
      rule: 'old',
      verdict: 'no',
      until: '2026-12-31T00:00:00Z',
      ended: true,
      conditions: [{ claim: 'a', verdict: 'yes' }],
    });
    expect(explanation.rules[1]).toMatchObject({ rule: 'other', until: '2027-01-01T00:00:00Z', ended: false });
    expect(explanation.changes[0]).toEqual({
      of: 'policy',
      change: 'Let rule "old" go on: it ended on 2026-12-31 at 00:00 UTC.',
    });
    const text = formatExplanation(explanation).join('\n');
    expect(text).toContain('    ended on 2026-12-31T00:00:00Z');
    expect(text).toContain('    ends on 2027-01-01T00:00:00Z');
  });

  test('is told nothing of an end that has not come', async () => {
    const policy = await withRules(rule('old', '{ a: x }', UNTIL));
    const early = explain(policy, { issuer: 'backend', claims: X }, {}, END - 1, 'caller');
    expect(early).toMatchObject({ outcome: 'allowed', rules: [{ verdict: 'yes', ended: false }] });
    const asked = { permissions: triples('db:other:read') };
    const { result } = evaluate(policy, { issuer: 'backend', claims: X }, asked, END - 1);
    expect(JSON.stringify(result)).not.toContain('2026');
  });
});

test('who may have a permission: not by a rule that has ended, and until when by one that will', async () => {
  const policy = await withRules(rule('old', '{ a: x }', UNTIL));
  const at = (now: number) =>
    whoMayHave(policy, triples('db:old:read'), now).map(({ rule: name, until }) => [name, until]);
  expect(at(END - 1)).toEqual([['old', '2026-12-31T00:00:00Z']]);
  expect(at(END)).toEqual([]);
});
