// Past requests that named no permissions, or were refused for something else than permissions: what a change of the policy means for them.

import { describe, expect, test } from 'vitest';
import type { Claims } from '../../../src/identity/claim.ts';
import { replayEvents } from '../../../src/policy/review/replay.ts';
import { withRules } from '../policy-text.ts';
import { effects, past, rule } from './past.ts';

describe('events of requests that name no permissions', () => {
  const main = rule('r', '{ repo: x, ref: main }', '"db:a:write"');
  const other = rule('q', '{ repo: y }', '"db:q:read"');
  const job = { sub: 'u', repo: 'x', ref: 'main' };
  const branch = { ...job, ref: 'fix' };

  test('show who gains when a rule is opened to every branch', async () => {
    const before = await withRules(main, other);
    const after = await withRules(rule('r', '{ repo: x }', '"db:a:write"'), other);
    const event = past(before, branch, null);
    expect(event).toMatchObject({ reason: 'no_rule', rule: 'r' });
    expect(event.permissions_asked).toBeUndefined();
    const stranger = past(before, { sub: 'v', repo: 'z', ref: 'main' }, null);
    expect(replayEvents(before, after, [event, event, stranger, past(before, job, null)])).toEqual({
      same: 2,
      skipped: 0,
      affected: [
        {
          effect: 'gains',
          issuer: 'backend',
          subject: { sub: 'u' },
          permissions: ['db:a:write'],
          rule: 'r',
          why: 'the rule "r" grants it',
          count: 2,
        },
      ],
    });
  });

  const open = rule('r', '{ repo: x }', '"db:a:write"');
  test.each([
    [
      'the rule still wants the branch',
      [rule('r', '{ repo: x, ref: [main, dev] }', '"db:a:write"')],
      '1 same, 0 skipped',
    ],
    [
      'a rule looks at a claim that the event lacks',
      [main, rule('s', '{ env: prod }', '"db:a:write"')],
      'unknown x1: the rule "s" looks at env, which the event does not hold',
    ],
    [
      'one rule matches, and another may',
      [open, rule('s', '{ env: prod }', '"db:a:write"')],
      'unknown x1: the rule "s" looks at env, which the event does not hold',
    ],
    [
      'two rules match, so that it would have to say which',
      [open, rule('s', '{ sub: u }', '"db:b:read"')],
      '1 same, 0 skipped',
    ],
    ['the rule that matches has a pattern', [rule('r', '{ repo: x }', '"db:a_*:write"')], '1 same, 0 skipped'],
    ['the one that may match has a pattern', [rule('r', '{ env: prod }', '"db:a_*:write"')], '1 same, 0 skipped'],
    [
      'the rule that matches is made of a claim that the event holds',
      [rule('r', '{ repo: x }', '"db:a_{ref}:write"')],
      'gains x1: the rule "r" grants it',
    ],
    [
      'the rule that matches is made of a claim that the event lacks',
      [rule('r', '{ repo: x }', '"db:a_{env}:write"')],
      'unknown x1: the rule "r" looks at env, which the event does not hold',
    ],
    [
      'a deny rule refuses what it would get',
      [open, '{ name: no, issuer: backend, when: { repo: x }, deny: ["db:*:write"] }'],
      '1 same, 0 skipped',
    ],
    [
      'a deny rule is about something else',
      [open, '{ name: no, issuer: backend, when: { repo: x }, deny: ["db:*:read"] }'],
      'gains x1: the rule "r" grants it',
    ],
    [
      'a deny rule looks at a claim that the event lacks',
      [open, '{ name: no, issuer: backend, when: { env: prod }, deny: ["db:*:write"] }'],
      'unknown x1: the deny rule "no" looks at env, which the event does not hold',
    ],
  ])('refused then, when %s', async (_what, rules, expected) => {
    const before = await withRules(main, other);
    expect(effects(before, await withRules(...rules, other), past(before, branch, null))).toBe(expected);
  });

  test.each([
    ['the rule is gone', [], 'loses x1: no rule grants it'],
    [
      'the rule gives something else',
      [rule('r', '{ repo: x, ref: main }', '"db:b:write"')],
      'loses x1: the rule "r" gives no db:a:write',
    ],
    [
      'the rule gives more',
      [rule('r', '{ repo: x, ref: main }', '"db:a:read,write"')],
      'gains x1: the rule "r" grants it, and gives more than before',
    ],
    [
      'the rule wants permissions named',
      [rule('r', '{ repo: x, ref: main }', '"db:a*:write"')],
      'loses x1: it names no permissions, and the rule "r" wants them named',
    ],
    [
      'the rule grants elsewhere',
      [main.replace('main,', 'second,')],
      'loses x1: the rule "r" grants on the instance "second"',
    ],
    [
      'another rule matches too',
      [main, rule('s', '{ sub: u }', '"db:b:read"')],
      'loses x1: it names no permissions, and the rules "r", "s" match',
    ],
    ['a rule for others comes', [main, rule('s', '{ sub: v }', '"db:b:read"')], '1 same, 0 skipped'],
    [
      'another rule may match too',
      [main, rule('s', '{ env: prod }', '"db:b:read"')],
      'unknown x1: the rule "s" looks at env, which the event does not hold',
    ],
  ])('allowed then, when %s', async (_what, rules, expected) => {
    const before = await withRules(main);
    expect(effects(before, await withRules(...rules), past(before, job, null))).toBe(expected);
  });

  test('that were ambiguous are judged, or counted as unknown', async () => {
    const before = await withRules(main, rule('s', '{ sub: u }', '"db:b:read"'), other);
    const event = past(before, job, null);
    expect(event.reason).toBe('request_ambiguous');
    expect(effects(before, before, event)).toBe('1 same, 0 skipped');
    expect(effects(before, await withRules(rule('s', '{ sub: u }', '"db:b:read"')), event)).toBe(
      'gains x1: the rule "s" grants it',
    );
    expect(effects(before, await withRules(rule('s', '{ sub: u }', '"db:b:read"'), other), event)).toBe(
      'unknown x1: the rule "q" looks at repo, which the event does not hold',
    );
  });
});

describe('events of requests that were refused for something else', () => {
  const short = rule('r', '{ a: x }', '"db:a:read"', ', ttl: { default: 5m, max: 15m }');
  const caller = { sub: 'u', a: 'x' };

  test.each([
    ['the rule allows no longer life', 'ttl: { default: 1m, max: 10m }', '1 same, 0 skipped'],
    [
      'the rule allows a longer life',
      'ttl: { default: 5m, max: 1h }',
      'unknown x1: it asked for a ttl, which the event does not hold',
    ],
  ])('over their ttl, when %s', async (_what, ttl, expected) => {
    const before = await withRules(short);
    for (const permissions of [null, ['db:a:read']]) {
      const event = past(before, caller, permissions, before.digest, { ttl: 3_600 });
      expect(event).toMatchObject({ reason: 'ttl_refused', rule: 'r' });
      expect(effects(before, await withRules(rule('r', '{ a: x }', '"db:a:read"', `, ${ttl}`)), event)).toBe(expected);
      expect(effects(before, await withRules(), event)).toBe('1 same, 0 skipped');
    }
  });

  test('because they named a rule or an instance that was not there, are unknown once rules change', async () => {
    const before = await withRules(short);
    for (const more of [{ rule: 's' }, { instance: 'second' }, { resource: 'https://second.example.com:8181' }]) {
      const event = past(before, caller, null, before.digest, more);
      expect(['rule_unknown', 'instance_unknown']).toContain(event.reason);
      expect(effects(before, before, event)).toBe('1 same, 0 skipped');
      expect(effects(before, await withRules(short.replace('name: r', 'name: s')), event)).toMatch(
        /^unknown x1: it named/,
      );
    }
  });

  test('because they asked for all databases beside named ones, are the same', async () => {
    const before = await withRules(short);
    const event = past(before, caller, ['db:*:read', 'db:a:read']);
    expect(event.reason).toBe('permissions_conflict');
    expect(effects(before, await withRules(rule('r', '{ a: x }', '"db:*:read"')), event)).toBe('1 same, 0 skipped');
  });

  test('for a subject token that had ended, gain only where it need not live on', async () => {
    const within = rule('r', '{ a: x }', '"db:a:read"', ', within_subject_token: true');
    const before = await withRules(within);
    const { permissions_given: _, ...event } = past(before, caller, null);
    const ended = { ...event, outcome: 'refused' as const, reason: 'token_expired' };
    expect(effects(before, await withRules(within, rule('s', '{ a: y }', '"db:b:read"')), ended)).toBe(
      '1 same, 0 skipped',
    );
    expect(effects(before, await withRules(rule('r', '{ a: x }', '"db:a:read"')), ended)).toBe(
      'gains x1: the rule "r" grants it',
    );
  });

  test('whose permissions were cut in the event are unknown', async () => {
    const before = await withRules(short);
    const event = { ...past(before, caller, ['db:a:read']), permissions_asked: [`db:${'a'.repeat(253)}…`] };
    expect(effects(before, await withRules(), event)).toBe('unknown x1: its permissions cannot be read from the event');
  });
});

test('no verdict on an event is other than what the new policy says to the same request', async () => {
  const pool = [
    rule('r', '{ a: x, b: y }', '"db:a:write"'),
    rule('s', '{ a: x }', '"db:a:write"'),
    rule('t', '{ sub: u }', '"db:a,b:write"'),
    rule('p', '{ b: y }', '"db:a*:write"'),
    rule('m', '{ c: { exists: true } }', '"db:{c}:write"'),
    '{ name: no, issuer: backend, when: { b: w }, deny: ["db:*:write"] }',
  ];
  const choices = Array.from({ length: 2 ** pool.length }, (_, bits) => pool.filter((_rule, at) => (bits >> at) & 1));
  const policies = await Promise.all(choices.map((rules) => withRules(...rules)));
  const callers: readonly Claims[] = [
    { sub: 'u', a: 'x', b: 'y', c: 'a' },
    { sub: 'u', a: 'x', b: 'w' },
    { sub: 'v', a: 'x' },
    { sub: 'v', b: 'y', c: 'q!' },
    { sub: 'v', a: 'z', b: 'w', c: 'a' },
  ];
  const seen = new Set<string>();
  const wrong: unknown[] = [];
  for (const permissions of [null, ['db:a:write']]) {
    for (const claims of callers) {
      const events = policies.map((policy) => past(policy, claims, permissions));
      for (const [from, before] of policies.entries()) {
        for (const [to, after] of policies.entries()) {
          // A quarter of all pairs, in which each policy meets each kind of change.
          if ((from + to) % 4 !== 0) continue;
          const { affected } = replayEvents(before, after, [events[from]!]);
          const effect = affected[0]?.effect ?? 'same';
          const [was, is] = [events[from]!.permissions_given, events[to]!.permissions_given];
          const lost = was?.some((one) => !is?.includes(one)) ?? false;
          const gained = is?.some((one) => !was?.includes(one)) ?? false;
          const right = { same: !lost && !gained, gains: gained && !lost, loses: lost, unknown: true }[effect];
          seen.add(effect);
          if (!right) wrong.push({ before: choices[from], after: choices[to], claims, permissions, effect });
        }
      }
    }
  }
  expect(wrong.slice(0, 3)).toEqual([]);
  expect([...seen].sort()).toEqual(['gains', 'loses', 'same', 'unknown']);
});
