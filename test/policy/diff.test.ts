// What differs between two policies, and what past audit events say of whom it concerns.

import { describe, expect, test } from 'vitest';
import { describeIdentity, describeRule } from '../../src/audit/event.ts';
import type { Claims } from '../../src/identity/claim.ts';
import type { Identity } from '../../src/identity/verifier.ts';
import type { CompiledPolicy } from '../../src/policy/compiled.ts';
import { diffPolicies } from '../../src/policy/diff.ts';
import { evaluate } from '../../src/policy/evaluate.ts';
import { eventSchema, type PastEvent } from '../../src/policy/past-event.ts';
import { joinTriples } from '../../src/policy/permission.ts';
import { replayEvents } from '../../src/policy/replay.ts';
import { compiled, HEAD, triples, withRules } from './policy-text.ts';

const rule = (name: string, when: string, allow: string, more = '') =>
  `{ name: ${name}, issuer: backend, instance: main, when: ${when}, allow: [${allow}]${more} }`;

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

/** The event that a request leaves under a policy, as the service writes it; `as` takes the place of the policy's digest. */
function past(policy: CompiledPolicy, claims: Claims, permissions: readonly string[], as = policy.digest): PastEvent {
  const issuer = policy.issuers.backend!;
  const asked = triples(...permissions);
  const { result, rule: deciding } = evaluate(policy, { issuer: 'backend', claims }, { permissions: asked });
  const identity = { issuer, subject: [['sub', String(claims.sub)]] } as unknown as Identity;
  return eventSchema.parse({
    kind: 'vend',
    policy: as,
    permissions_asked: joinTriples(asked),
    ...describeIdentity(identity),
    ...(deciding === null ? {} : describeRule(deciding, claims)),
    ...(result.ok
      ? { outcome: 'allowed', instance: result.value.rule.instance, permissions_given: joinTriples(asked) }
      : { outcome: 'refused', reason: result.failure.reason }),
  });
}

/** `effect xcount: why`, or how many are as before. */
function effects(before: CompiledPolicy, after: CompiledPolicy, ...events: readonly PastEvent[]) {
  const { same, skipped, affected } = replayEvents(before, after, events);
  const lines = affected.map(({ effect, count, why }) => `${effect} x${count}: ${why}`);
  return lines.length === 0 ? `${same} same, ${skipped} skipped` : lines.join('; ');
}

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
      'the nearest rule now admits him',
      [rule('r', '{ a: [x, w] }', '"db:a:read"')],
      'gains x1: the rule "r" grants it',
    ],
    [
      'a new rule is for his subject',
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

  test('that tell of no decision are skipped', async () => {
    const before = await withRules(base);
    const event = past(before, caller, READ);
    const { issuer: _, ...unverified } = event;
    const { permissions_asked: __, permissions_given: ___, ...unnamed } = event;
    const others = [
      { ...event, kind: 'explain' },
      { ...event, outcome: 'refused' as const, reason: 'upstream_unreachable' },
      { ...event, outcome: 'refused' as const, reason: 'ttl_refused' },
      unverified,
      unnamed,
    ];
    expect(effects(before, await withRules(), ...others)).toBe('0 same, 5 skipped');
  });
});
