// Which kinds of callers may have a permission, told from the rules alone.

import { describe, expect, test } from 'vitest';
import { whoMayHave } from '../../../src/policy/decision/who.ts';
import { describeConditions } from '../../../src/policy/language/condition-words.ts';
import { triples, withRules } from '../policy-text.ts';

/** One line for each admission. */
async function who(rules: readonly string[], permissions: readonly string[], instance?: string) {
  const admissions = whoMayHave(await withRules(...rules), triples(...permissions), 0, instance);
  return admissions.map(({ rule, conditions, denials }) =>
    [
      `${rule}: ${conditions.join(' and ')}`,
      ...denials.map((denial) => `${denial.rule} ${denial.always ? 'always' : denial.when.join(' and ')}`),
    ].join(' | '),
  );
}

const rule = (name: string, when: string, allow: string) =>
  `{ name: ${name}, issuer: backend, instance: main, when: ${when}, allow: [${allow}] }`;
const deny = (when: string, entries: string, issuer = 'backend') =>
  `{ name: no, issuer: ${issuer}, when: ${when}, deny: [${entries}] }`;

describe('who', () => {
  test('finds each rule that covers it, by name, pattern and wildcard', async () => {
    const rules = [
      rule('named', '{ a: x }', '"db:prod,test:write"'),
      rule('pattern', '{ a: [x, y] }', '"db:pro*:read,write"'),
      rule('all', '{ a: { like: "x*" } }', '"db:*:write"'),
      rule('other-name', '{ a: x }', '"db:test:write"'),
      rule('other-action', '{ a: x }', '"db:prod:read"'),
    ];
    expect(await who(rules, ['db:prod:write'])).toEqual([
      'named: a is "x"',
      'pattern: a is "x" or "y"',
      'all: a is like "x*"',
    ]);
  });

  test('says which rule it is, for whom, where and for how long', async () => {
    const policy = await withRules(
      '{ name: r, issuer: backend-machines, instance: second, when: { client_id: c }, allow: ["db:a:read"], ttl: 2h }',
    );
    expect(whoMayHave(policy, triples('db:a:read'), 0)).toEqual([
      {
        rule: 'r',
        issuer: 'backend-machines',
        iss: 'https://login.example.com/',
        instance: 'second',
        max_ttl: '2h',
        conditions: ['client_id is "c"'],
        denials: [],
      },
    ]);
    expect(whoMayHave(policy, triples('db:a:read'), 0, 'main')).toEqual([]);
  });

  test('wants one rule for all that is asked', async () => {
    const rules = [rule('a', '{ a: x }', '"db:a:read"'), rule('b', '{ a: y }', '"db:b:read"')];
    expect(await who(rules, ['db:a:read'])).toEqual(['a: a is "x"']);
    expect(await who(rules, ['db:a:read', 'db:b:read'])).toEqual([]);
  });

  test('a wildcard is covered by a wildcard alone', async () => {
    const rules = [rule('all', '{ a: x }', '"db:*:read"'), rule('some', '{ a: x }', '"db:t_*:read"')];
    expect(await who(rules, ['db:*:read'])).toEqual(['all: a is "x"']);
  });

  test("InfluxDB's own database is nobody's", async () => {
    expect(await who([rule('all', '{ a: x }', '"db:*:read"')], ['db:_internal:read'])).toEqual([]);
  });

  test('a template is for callers whose claim makes the name', async () => {
    const rules = [rule('own', '{ tenant: { exists: true }, a: x }', '"db:t_{tenant}:read"')];
    expect(await who(rules, ['db:t_acme:read'])).toEqual(['own: a is "x" and tenant is "acme"']);
    expect(await who(rules, ['db:acme:read'])).toEqual([]);
    expect(await who(rules, ['db:t_:read'])).toEqual([]);
  });

  test('a template whose claim the rule binds to other values admits nobody', async () => {
    const rules = [rule('own', '{ tenant: [b, c] }', '"db:t_{tenant}:read"')];
    expect(await who(rules, ['db:t_acme:read'])).toEqual([]);
    expect(await who(rules, ['db:t_b:read'])).toEqual(['own: tenant is "b"']);
  });

  test('one caller cannot have the names of two tenants', async () => {
    const rules = [rule('own', '{ tenant: { exists: true } }', '"db:t_{tenant}:read,write"')];
    expect(await who(rules, ['db:t_a:read', 'db:t_b:read'])).toEqual([]);
    expect(await who(rules, ['db:t_a:read', 'db:t_a:write'])).toEqual(['own: tenant is "a"']);
  });
});

describe('a deny rule', () => {
  const allowed = rule('r', '{ a: x, b: [y, z] }', '"db:prod:write"');

  test.each([
    ['refuses them all when the rule wants what it refuses', '{ a: x }', 'no always'],
    ['refuses them all when it refuses each listed value', '{ b: { like: "*" }, a: x }', 'no always'],
    ['refuses those with one of the listed values', '{ b: y }', 'no b is "y"'],
    ['refuses those who are something besides', '{ a: x, c: true }', 'no c is true'],
    ['refuses those whose value it cannot compare', '{ a: 1 }', 'no always'],
  ])('%s', async (_what, when, expected) => {
    expect(await who([allowed, deny(when, '"db:*:write"')], ['db:prod:write'])).toEqual([
      `r: a is "x" and b is "y" or "z" | ${expected}`,
    ]);
  });

  test.each([
    ['its conditions are not those of the rule', deny('{ a: w }', '"db:*:write"')],
    ['it is about another action', deny('{ a: x }', '"db:*:read"')],
    ['it is about another database', deny('{ a: x }', '"db:test:write"')],
    ['it is about another issuer', deny('{ ref: refs/heads/x }', '"db:*:write"', 'github')],
  ])('is not mentioned when %s', async (_why, other) => {
    expect(await who([allowed, other], ['db:prod:write'])).toEqual(['r: a is "x" and b is "y" or "z"']);
  });

  test('of another entry of the same iss holds too', async () => {
    const other = deny('{ a: x }', '"db:*:write"', 'backend-machines');
    expect((await who([allowed, other], ['db:prod:write']))[0]).toContain('| no always');
  });

  test('with a template holds for callers whose claim makes the name', async () => {
    const open = [rule('r', '{ a: x }', '"db:prod:write"'), deny('{ a: x }', '"db:{t}:write"')];
    expect((await who(open, ['db:prod:write']))[0]).toContain('| no a name made from their claims is met');
    const bound = (value: string) => [
      rule('r', `{ a: x, t: ${value} }`, '"db:prod:write"'),
      deny('{ a: x }', '"db:{t}:write"'),
    ];
    expect((await who(bound('prod'), ['db:prod:write']))[0]).toContain('| no always');
    expect((await who(bound('"no name"'), ['db:prod:write']))[0]).toContain('| no always');
    expect((await who(bound('test'), ['db:prod:write']))[0]).not.toContain('|');
  });
});

test.each([
  ['{ a: x }', 'a is "x"'],
  ['{ a: 1, b: true }', 'a is 1 and b is true'],
  ['{ a: [x, { like: "y*" }] }', 'a is "x" or like "y*"'],
  ['{ a: { contains: [x, y] } }', 'a contains "x" or "y"'],
  ['{ a: { exists: true } }', 'a is present'],
  ['{ b: x, a: { exists: false } }', 'b is "x" and a is absent'],
  ['{ b: x, a: { not: [x, y] } }', 'b is "x" and a is present and not "x" nor "y"'],
  ['{ b: x, a: { not: { contains: y } } }', 'b is "x" and a does not contain "y"'],
])('the conditions %s read "%s"', async (when, words) => {
  const { rules } = await withRules(rule('r', when, '"db:a:read"'));
  expect(describeConditions(rules[0]!.when)).toBe(words);
});
