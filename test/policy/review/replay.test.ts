// What past audit events say of whom a change of the policy concerns, where the requests named permissions.

import { describe, expect, test } from 'vitest';
import { replayEvents } from '../../../src/policy/review/replay.ts';
import { compiled, HEAD, withRules } from '../policy-text.ts';
import { effects, past, rule } from './past.ts';

describe('events', () => {
  const READ = ['db:a:read'];
  const base = rule('r', '{ a: x }', '"db:a:read"');
  const caller = { sub: 'u', a: 'x', b: 'y' };

  test('of rules that did not change are the same', async () => {
    const before = await withRules(base);
    const after = await withRules(base.replace('name: r', 'name: renamed'), rule('more', '{ c: z }', '"db:b:read"'));
    expect(effects(before, after, past(before, caller, READ), past(before, { sub: 'u', a: 'w' }, READ))).toBe(
      '2 same, 0 skipped',
    );
  });

  test('show who loses access, callers who are alike as one', async () => {
    const before = await withRules(base);
    const after = await withRules(rule('r', '{ a: w }', '"db:a:read"'));
    const event = past(before, caller, READ);
    expect(replayEvents(before, after, [event, event])).toEqual({
      same: 0,
      skipped: 0,
      affected: [
        {
          effect: 'loses',
          issuer: 'backend',
          subject: { sub: 'u' },
          permissions: READ,
          rule: 'r',
          why: 'no rule grants it',
          count: 2,
        },
      ],
    });
  });

  test.each([
    ['the rule is gone', [], 'loses x1: no rule grants it'],
    ['the rule covers less', [rule('r', '{ a: x }', '"db:b:read"')], 'loses x1: no rule grants it'],
    ['the rule grants elsewhere', [base.replace('main', 'second')], 'loses x1: no rule grants it'],
    ['another rule covers it', [rule('s', '{ sub: u }', '"db:*:read"')], '1 same, 0 skipped'],
    ['the rule wants more of a known claim', [rule('r', '{ a: [x, y], sub: u }', '"db:a:read"')], '1 same, 0 skipped'],
    [
      'the rule wants a claim that the event lacks',
      [rule('r', '{ a: x, b: y }', '"db:a:read"')],
      'unknown x1: the rule "r" looks at b, which the event does not hold',
    ],
    [
      'a new deny rule meets it',
      [base, '{ name: no, issuer: backend, when: { a: x }, deny: ["db:*:read"] }'],
      'loses x1: the deny rule "no" refuses it',
    ],
    [
      'a new deny rule wants a claim that the event lacks',
      [base, '{ name: no, issuer: backend, when: { b: y }, deny: ["db:*:read"] }'],
      'unknown x1: the deny rule "no" looks at b, which the event does not hold',
    ],
    [
      'a new deny rule is made of a claim that the event lacks',
      [base, '{ name: no, issuer: backend, when: { a: x }, deny: ["db:{b}:read"] }'],
      'unknown x1: the deny rule "no" looks at b, which the event does not hold',
    ],
    [
      'a new deny rule is for others',
      [base, '{ name: no, issuer: backend, when: { a: w, b: y }, deny: ["db:*:read"] }'],
      '1 same, 0 skipped',
    ],
    [
      'a template takes its place',
      [rule('s', '{ a: x }', '"db:{b}:read"')],
      'unknown x1: the rule "s" looks at b, which the event does not hold',
    ],
  ])('of an allowed request when %s', async (_what, rules, expected) => {
    const before = await withRules(base);
    expect(effects(before, await withRules(...rules), past(before, caller, READ))).toBe(expected);
  });

  test.each([
    [
      'the nearest rule now admits them',
      [rule('r', '{ a: [x, w] }', '"db:a:read"')],
      'gains x1: the rule "r" grants it',
    ],
    [
      'a new rule is for their subject',
      [base, rule('s', '{ sub: u }', '"db:a:read"')],
      'gains x1: the rule "s" grants it',
    ],
    ['a new rule is for others', [base, rule('s', '{ sub: v, c: z }', '"db:a:read"')], '1 same, 0 skipped'],
    ['a new rule covers something else', [base, rule('s', '{ c: z }', '"db:b:read"')], '1 same, 0 skipped'],
    [
      'a new rule looks at a claim that the event lacks',
      [base, rule('s', '{ c: z }', '"db:a:read"')],
      'unknown x1: the rule "s" looks at c, which the event does not hold',
    ],
  ])('of a refused request when %s', async (_what, rules, expected) => {
    const before = await withRules(base, rule('idle', '{ q: z }', '"db:a:read"'));
    const event = past(before, { sub: 'u', a: 'w' }, READ);
    expect(event).toMatchObject({ outcome: 'refused', rule: 'r' });
    const after = await withRules(...rules, rule('idle', '{ q: z }', '"db:a:read"'));
    expect(effects(before, after, event)).toBe(expected);
  });

  test('of a denied request say nothing of allow rules', async () => {
    const denied = '{ name: no, issuer: backend, when: { a: x }, deny: ["db:*:read"] }';
    const before = await withRules(rule('r', '{ b: y }', '"db:a:read"'), denied);
    const event = past(before, caller, READ);
    expect(event.reason).toBe('denied_by_rule');
    expect(effects(before, before, event)).toBe('1 same, 0 skipped');
    expect(effects(before, await withRules(rule('r', '{ b: y }', '"db:a:read"')), event)).toBe(
      'unknown x1: the rule "r" looks at b, which the event does not hold',
    );
  });

  test('a claim that the rule looked at and the event lacks was absent', async () => {
    const before = await withRules(rule('r', '{ a: x, c: { exists: false } }', '"db:a:read"'));
    const after = await withRules(rule('r', '{ a: x, c: z }', '"db:a:read"'));
    expect(effects(before, after, past(before, caller, READ))).toBe('loses x1: no rule grants it');
    // Of an event of another policy nobody can say what its rule looked at.
    expect(effects(before, after, past(before, caller, READ, 'another'))).toContain('unknown x1');
  });

  test('a value that was cut is not known', async () => {
    const before = await withRules(rule('r', '{ a: { like: "x*" } }', '"db:a:read"'));
    const after = await withRules(rule('r', '{ a: { like: "x*y" } }', '"db:a:read"'));
    const event = past(before, { sub: 'u', a: `${'x'.repeat(300)}y` }, READ);
    expect(effects(before, after, event)).toBe('unknown x1: the rule "r" looks at a, which the event does not hold');
  });

  test('of another policy are judged by what they hold', async () => {
    const before = await withRules(base);
    const after = await withRules(rule('r', '{ a: w }', '"db:a:read"'));
    expect(effects(before, after, past(before, caller, READ, 'another'))).toBe('loses x1: no rule grants it');
  });

  test('of an issuer entry that is gone are losses', async () => {
    const before = await withRules(base);
    const after = await compiled(`${HEAD.replace('  backend: { issuer: https://login.example.com/ }', '')}rules: []\n`);
    expect(effects(before, after, past(before, caller, READ))).toBe('loses x1: the issuer entry "backend" is gone');
  });

  test('of requests that failed after the decision tell what it was', async () => {
    const before = await withRules(base);
    const { permissions_given: _, ...event } = past(before, caller, READ);
    for (const reason of ['upstream_unreachable', 'token_replayed', 'database_unknown', 'limit_reached']) {
      const failed = { ...event, outcome: 'refused' as const, reason };
      expect(effects(before, await withRules(), failed)).toBe('loses x1: no rule grants it');
      expect(effects(before, await withRules(base, rule('s', '{ c: z }', '"db:b:read"')), failed)).toBe(
        '1 same, 0 skipped',
      );
    }
  });

  test('that tell of no decision are skipped', async () => {
    const before = await withRules(base);
    const event = past(before, caller, READ);
    const { issuer: _, ...unverified } = event;
    const { rule: __, ...undecided } = { ...event, outcome: 'refused' as const, reason: 'internal_error' };
    const others = [{ ...event, kind: 'explain' }, { ...event, kind: 'list' }, unverified, undecided];
    expect(effects(before, await withRules(), ...others)).toBe('0 same, 4 skipped');
  });
});
