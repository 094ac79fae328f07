// What differs between two policies, and what past audit events say of whom it concerns.

import { describe, expect, test } from 'vitest';
import { describeIdentity, describeRule } from '../../src/audit/event.ts';
import type { Claims } from '../../src/identity/claim.ts';
import type { Identity } from '../../src/identity/verifier.ts';
import type { CompiledPolicy } from '../../src/policy/compiled.ts';
import { diffPolicies } from '../../src/policy/diff.ts';
import { evaluate, type PermissionRequest } from '../../src/policy/evaluate.ts';
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

/**
 * The event that a request leaves under a policy, as the service writes it. `null` names no permissions; `more` is what else is asked.
 * @param as takes the place of the policy's digest.
 */
function past(
  policy: CompiledPolicy,
  claims: Claims,
  permissions: readonly string[] | null,
  as = policy.digest,
  more: Omit<PermissionRequest, 'permissions'> = {},
): PastEvent {
  const issuer = policy.issuers.backend!;
  const asked = permissions === null ? {} : { permissions: triples(...permissions) };
  const { result, rule: deciding } = evaluate(policy, { issuer: 'backend', claims }, { ...asked, ...more });
  const identity = { issuer, subject: [['sub', String(claims.sub)]] } as unknown as Identity;
  return eventSchema.parse({
    kind: 'vend',
    policy: as,
    ...(asked.permissions === undefined ? {} : { permissions_asked: joinTriples(asked.permissions) }),
    ...describeIdentity(identity),
    ...(deciding === null ? {} : describeRule(deciding, claims)),
    ...(result.ok
      ? {
          outcome: 'allowed',
          instance: result.value.rule.instance,
          permissions_given: joinTriples(result.value.permissions),
        }
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
