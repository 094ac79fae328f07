// Ends of rules, limits and owners in what a change changes: in words, and for past requests, which are judged at their own time.

import { describe, expect, test } from 'vitest';
import type { AllowRule, CompiledPolicy, Limit } from '../../../src/policy/language/compiled.ts';
import { diffPolicies } from '../../../src/policy/review/diff.ts';
import { compiled, HEAD, withRules } from '../policy-text.ts';
import { effects, past, rule } from './past.ts';

const READ = ['db:a:read'];
const CALLER = { sub: 'u', a: 'x' };
const EVENT = Date.parse('2026-11-23T12:00:00Z');
const PAST = ', until: 2026-11-01';
const FUTURE = ', until: 2026-12-01';
const policy = (ends: string, allow = '"db:a:read"') => withRules(rule('r', '{ a: x }', allow, ends));

describe('a past request', () => {
  /** Of a policy with the first end, judged by one with the second. */
  test.each([
    ['', PAST, 'loses x1: the rule "r" ended on 2026-11-01 at 00:00 UTC'],
    ['', FUTURE, '1 same, 0 skipped'],
    [FUTURE, PAST, 'loses x1: the rule "r" ended on 2026-11-01 at 00:00 UTC'],
    [PAST, FUTURE, 'gains x1: the rule "r" grants it'],
    [PAST, '', 'gains x1: the rule "r" grants it'],
    [PAST, PAST, '1 same, 0 skipped'],
    [FUTURE, '', '1 same, 0 skipped'],
    [PAST, ', until: 2026-11-02', '1 same, 0 skipped'],
    ['', ', until: "2026-11-23T12:00:00Z"', 'loses x1: the rule "r" ended on 2026-11-23 at 12:00 UTC'],
    ['', ', until: "2026-11-23T12:00:01Z"', '1 same, 0 skipped'],
  ])('under a rule%s, replayed against one%s: %s', async (before, after, expected) => {
    const [old, now] = [await policy(before), await policy(after)];
    expect(effects(old, now, past(old, CALLER, READ))).toBe(expected);
    expect(effects(old, now, past(old, CALLER, null))).toBe(expected);
  });

  test('is not like one of another time, between which a rule ended', async () => {
    const [old, now] = [await policy(''), await policy(', until: 2026-11-23T12:00:00Z')];
    const at = (time: number) => past(old, CALLER, READ, old.digest, {}, time);
    expect(effects(old, now, at(EVENT - 1_000), at(EVENT), at(EVENT + 5_000))).toBe(
      'loses x2: the rule "r" ended on 2026-11-23 at 12:00 UTC',
    );
  });

  test('of an unknown time is unknown where that decides', async () => {
    const [old, now] = [await policy(''), await policy(FUTURE)];
    const { time: _, ...event } = past(old, CALLER, READ);
    expect(effects(old, now, event)).toBe('unknown x1: the rule "r" looks at time, which the event does not hold');
    expect(effects(old, now, { ...event, time: 'noon' })).toContain('unknown x1');
    expect(effects(old, old, event)).toBe('1 same, 0 skipped');
  });

  test('is granted by the next rule where the first has ended', async () => {
    const old = await policy('');
    const now = await withRules(rule('r', '{ a: x }', '"db:a:read"', PAST), rule('s', '{ a: x }', '"db:a:read"'));
    expect(effects(old, now, past(old, CALLER, READ))).toBe('1 same, 0 skipped');
    expect(effects(old, now, past(old, CALLER, null))).toBe('1 same, 0 skipped');
  });

  test('that two rules made ambiguous gains where one of them had ended', async () => {
    const rules = (ends: string) =>
      withRules(rule('r', '{ sub: u }', '"db:a:read"', ends), rule('s', '{ sub: u }', '"db:b:read"'));
    const [old, now] = [await rules(''), await rules(PAST)];
    const event = past(old, CALLER, null);
    expect(event.reason).toBe('request_ambiguous');
    expect(effects(old, now, event)).toBe('gains x1: the rule "s" grants it');
  });

  test('of another policy is judged by both at its own time', async () => {
    const [old, now] = [await policy(PAST), await policy('')];
    expect(effects(old, now, past(now, CALLER, READ, 'another'))).toBe('gains x1: the rule "r" grants it');
  });
});

describe('a change', () => {
  const details = (before: CompiledPolicy, after: CompiledPolicy) =>
    diffPolicies(before, after).flatMap(({ of, change, details: said }) =>
      said.map((one) => `${of} ${change}: ${one}`),
    );

  test('of an end is told', async () => {
    expect(details(await policy(''), await policy(FUTURE))).toEqual([
      'rule changed: new: until 2026-12-01 at 00:00 UTC',
    ]);
    expect(details(await policy(PAST), await policy(', until: "2026-12-01T10:30:15+02:00"'))).toEqual([
      'rule changed: was: until 2026-11-01 at 00:00 UTC; now: until 2026-12-01 at 08:30:15 UTC',
    ]);
    expect(details(await policy(FUTURE), await policy(', until: "2026-12-01T01:00:00+01:00"'))).toEqual([]);
  });

  test('of what is kept is told', async () => {
    const kept = (keep: string) => compiled(`${HEAD}audit: { keep: ${keep} }\nrules: []\n`);
    expect(details(await kept('30d'), await compiled(`${HEAD}rules: []\n`))).toEqual([]);
    expect(details(await kept('30d'), await kept('90d'))).toEqual([
      'policy changed: was: keeps events for 30d; now: keeps events for 90d',
    ]);
  });

  test('of a limit and of owners is told', async () => {
    const old = await policy('');
    const [one] = old.rules as readonly [AllowRule];
    const limited = (limit: Limit | null, owners: AllowRule['owners'] = null): CompiledPolicy => ({
      ...old,
      rules: [{ ...one, limit, owners }],
    });
    const hourly: Limit = { vends: { count: 100, per: 3_600 }, live: null, of: 'rule' };
    expect(details(old, limited(hourly))).toEqual(['rule changed: new: gives 100 tokens in 1h at most']);
    expect(details(limited(hourly), limited({ vends: null, live: 10, of: 'caller' }))).toEqual([
      'rule changed: no longer: gives 100 tokens in 1h at most',
      'rule changed: new: gives 10 tokens that live at once at most for each caller',
    ]);
    expect(details(old, limited(null, { issuer: 'backend', when: one.when, pins: 0 }))).toEqual([
      'rule changed: new: owned by callers of backend',
      'rule changed: new: owned by callers whose a is "x"',
    ]);
  });
});
