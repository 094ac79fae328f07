// What holds for every table, every caller and every request: the decision against a plain scan of the rules, and the promises of the
// policy language as properties.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CompiledPolicy } from '../../../src/policy/language/compiled.ts';
import { rounds } from '../../rounds.ts';
import { ask, compiled } from '../policy-text.ts';
import { type Asking, arbitraryAskings, arbitraryTable, equality, ISSUERS, policyFile } from './arbitrary.ts';
import { type PlainRule, type PlainTable, scan } from './plain-scan.ts';

const compile = (table: PlainTable) => compiled(policyFile(table));

/** The answer of the service with its permissions as single triples, the form of the plain scan. */
function answer(policy: CompiledPolicy, { issuer, claims, request }: Asking): string {
  return ask(policy, issuer, claims, request).replace(
    /(\w+:[^: ]+):(\w+(?:,\w+)+)/g,
    (_all, resource, actions: string) =>
      actions
        .split(',')
        .map((action) => `${resource}:${action}`)
        .join(' '),
  );
}

const asked = arbitraryTable.chain((table) => fc.tuple(fc.constant(table), arbitraryAskings(table)));

/** Rules of another table, under names of their own. */
const others = (effect: 'allow' | 'deny') =>
  arbitraryTable.map(({ rules }) =>
    rules.filter((rule) => rule[effect] !== undefined).map((rule) => ({ ...rule, name: `other-${rule.name}` })),
  );

const TABLES = rounds(120, 12_000);

describe('the compiled decision', () => {
  test('is that of a plain scan of the rules', async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(asked, async ([table, askings]) => {
        const policy = await compile(table);
        for (const asking of askings) {
          const expected = scan(table, asking.issuer, asking.claims, asking.request);
          expect(answer(policy, asking)).toBe(expected);
          const kind = expected.includes(' ') ? 'granted' : expected;
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
        }
      }),
      { numRuns: TABLES },
    );
    // Every way in which a decision can end has been met often.
    for (const kind of [
      'granted',
      'no_rule',
      'rule_unknown',
      'instance_unknown',
      'permissions_conflict',
      'request_ambiguous',
      'not_granted',
      'denied_by_rule',
      'ttl_refused',
    ]) {
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(TABLES / 24);
    }
  });

  test('never allows more for one more deny rule', async () => {
    await fc.assert(
      fc.asyncProperty(asked, others('deny'), async ([table, askings], denials) => {
        const before = await compile(table);
        const after = await compile({ ...table, rules: [...denials, ...table.rules] });
        for (const asking of askings) {
          const [then, now] = [answer(before, asking), answer(after, asking)];
          if (now !== then) expect([then, now]).toEqual([then, 'denied_by_rule']);
        }
      }),
      { numRuns: rounds(50, 1_500) },
    );
  });

  test('never refuses a granted request that names its permissions for one more allow rule at the end', async () => {
    await fc.assert(
      fc.asyncProperty(asked, others('allow'), async ([table, askings], more) => {
        const before = await compile(table);
        const after = await compile({ ...table, rules: [...table.rules, ...more] });
        for (const asking of askings.filter(({ request }) => request.permissions !== undefined)) {
          const then = answer(before, asking);
          if (then.includes(' ')) expect(answer(after, asking)).toBe(then);
        }
      }),
      { numRuns: rounds(50, 1_500) },
    );
  });

  test('denies the same whatever the order of the rules', async () => {
    await fc.assert(
      fc.asyncProperty(asked, fc.infiniteStream(fc.double({ noNaN: true })), async ([table, askings], keys) => {
        const order = table.rules.map((rule) => ({ rule, key: keys.next().value as number }));
        const shuffled = order.sort((a, b) => a.key - b.key).map(({ rule }) => rule);
        const [one, two] = [await compile(table), await compile({ ...table, rules: shuffled })];
        for (const asking of askings) {
          expect(answer(two, asking) === 'denied_by_rule').toBe(answer(one, asking) === 'denied_by_rule');
        }
      }),
      { numRuns: rounds(50, 1_500) },
    );
  });
});

describe('a deny rule that a value of the right type would meet', () => {
  const allow: PlainRule = { name: 'a', issuer: 'lone', instance: 'main', when: { who: 'me' }, allow: ['db:x:write'] };
  const isText = (value: unknown) => typeof value === 'string' && /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u.test(value);
  const wanted = equality.filter((value) => value !== '');
  /** The condition, and which values are of its type: only they may be found different. */
  const form = fc.oneof(
    wanted.map((value) => ({ when: value, fits: (it: unknown) => typeof it === typeof value })),
    wanted.map((value) => ({ when: { not: value }, fits: (it: unknown) => typeof it === typeof value })),
    fc.array(wanted, { minLength: 1, maxLength: 3 }).map((values) => ({
      when: values,
      fits: (it: unknown) => values.every((value) => typeof it === typeof value),
    })),
    fc.constantFrom('*', 'a*', '**b').map((like) => ({ when: { like }, fits: isText })),
    fc.constantFrom('bad', 's').map((word) => ({ when: { word }, fits: (it: unknown) => typeof it === 'string' })),
    wanted.map((value) => ({
      when: { contains: value },
      fits: (it: unknown) =>
        (Array.isArray(it) ? it : [typeof it === 'string' ? it : null]).every(
          (element) => typeof element === typeof value,
        ),
    })),
  );
  const value = fc.oneof(
    fc.jsonValue(),
    equality,
    fc.array(equality),
    fc.constantFrom(Number.NaN, 2 ** 60, '', 'a\n', '\u202Ea'),
  );

  test('is escaped by no other type, and by no absence', async () => {
    await fc.assert(
      fc.asyncProperty(form, fc.array(value, { minLength: 10 }), async ({ when, fits }, values) => {
        const deny: PlainRule = { name: 'd', issuer: 'lone', when: { who: 'me', claim: when }, deny: ['db:*:write'] };
        const policy = await compile({ issuers: ISSUERS, rules: [deny, allow] });
        const request = { permissions: ['db:x:write'] };
        expect(ask(policy, 'lone', { who: 'me' }, request)).toBe('denied_by_rule');
        for (const claim of values) {
          if (fits(claim)) continue;
          expect([claim, ask(policy, 'lone', { who: 'me', claim }, request)]).toEqual([claim, 'denied_by_rule']);
        }
      }),
      { numRuns: 300 },
    );
    const policy = await compile({
      issuers: ISSUERS,
      rules: [allow, { name: 'd', issuer: 'lone', when: { who: 'me', claim: 'bad' }, deny: ['db:*:write'] }],
    });
    expect(ask(policy, 'lone', { who: 'me', claim: 'good' }, { permissions: ['db:x:write'] })).toMatch(/^a:/);
  });
});
