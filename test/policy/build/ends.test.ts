// `until:` of a rule: which points in time it takes, what the build finds of rules that end soon or have ended, and at what time the
// policy's own tests are judged. The time is given; no test looks at the clock.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { formatFinding } from '../../../src/policy/build/report.ts';
import { errorsOf, expectError, policyText, rule } from './marked-policy.ts';

const ENDING = (until: string) => rule('issuer: backend', 'when: { client_id: one }', 'allow: ["db:a:read"]', until);
const END = Date.parse('2026-12-31T00:00:00Z');
const DAY = 86_400_000;

async function endOf(until: string): Promise<number> {
  const { policy, findings } = await compilePolicy(policyText(ENDING(`until: ${until}`)), { development: false });
  if (policy === null) throw new Error(findings.map((one) => formatFinding('policy', one)).join('\n'));
  return (policy.rules[0] as unknown as { until: number }).until;
}

describe('until', () => {
  test.each([
    ['2026-12-31', '2026-12-31T00:00:00Z'],
    ['"2026-12-31"', '2026-12-31T00:00:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['2026-12-31T18:30:05Z', '2026-12-31T18:30:05Z'],
    ['2026-12-31t18:30:05z', '2026-12-31T18:30:05Z'],
    ['2026-12-31T18:30:05.999Z', '2026-12-31T18:30:05Z'],
    ['2026-12-31T18:30:00+01:00', '2026-12-31T17:30:00Z'],
    ['2026-12-31T18:30:00-09:30', '2027-01-01T04:00:00Z'],
    ['2027-01-01T00:15:00+00:30', '2026-12-31T23:45:00Z'],
    ['0001-01-01', '0001-01-01T00:00:00Z'],
  ])('%s is %s', async (until, expected) => {
    expect(await endOf(until)).toBe(Date.parse(expected) / 1000);
  });

  test.each([
    ['2026-02-29', /until: 2026-12-31/],
    ['2026-13-01', /until: 2026-12-31/],
    ['2026-12-00', /until: 2026-12-31/],
    ['2026-12-31T24:00:00Z', /until: 2026-12-31/],
    ['2026-12-31T23:59:60Z', /until: 2026-12-31/],
    ['2026-12-31T10:00:00+24:00', /until: 2026-12-31/],
    ['2026-12-31T10:00:00', /write until: 2026-12-31T10:00:00Z$/],
    ['2026-12-31T10:00Z', /write until: 2026-12-31T10:00:00Z$/],
    ['2026-12-31 10:00', /write until: 2026-12-31T10:00:00Z$/],
    ['2026-12-31T10:00:00+0100', /write until: 2026-12-31T10:00:00\+01:00$/],
    ['2026/12/31', /write until: 2026-12-31$/],
    ['2026-1-5', /write until: 2026-01-05$/],
    ['12/31/2026', /until: 2026-12-31/],
    ['31.12.2026', /until: 2026-12-31/],
    ['30d', /how long its tokens live is "ttl"/],
    ['1798675200', /until: 2026-12-31/],
    ['soon', /until: 2026-12-31/],
    ['', /until: 2026-12-31/],
    ['[2026-12-31]', /until: 2026-12-31/],
    ['"2026-12-31\\n"', /until: 2026-12-31/],
  ])('%s is refused, with what to write', async (until, advice) => {
    await expectError(ENDING(`until: ${until} #!`), advice);
  });

  test.each(['deny: ["db:a:read"]', 'roles: [operator]'])('is refused beside %s', async (effect) => {
    for (const key of ['until: 2026-12-31', 'limit: { live: 1 }', 'owners: { issuer: backend, when: { a: b } }']) {
      await expectError(
        rule('issuer: backend', 'when: { client_id: one }', effect, `${key} #!`),
        /it is for allow rules/,
      );
    }
  });

  test.each(['expires_on', 'valid_until', 'not_after', 'untill'])('is what "%s" means', async (key) => {
    await expectError(ENDING(`${key}: 2026-12-31 #!`), /did you mean "until"\?/);
  });
});

describe('a build', () => {
  async function found(now: number | undefined, allowLapsed = false) {
    const options = { development: false, allowLapsed, ...(now === undefined ? {} : { now }) };
    const { policy, findings } = await compilePolicy(policyText(ENDING('until: 2026-12-31')), options);
    const ends = findings.filter(({ message }) => message.includes('ende') || message.includes('ends'));
    return {
      built: policy !== null,
      ends: ends.map(({ severity, message, fix }) => `${severity}: ${message}; ${fix}`),
    };
  }

  test.each([
    [-15 * DAY, []],
    [-14 * DAY - 1, []],
    [-14 * DAY, ['warning: the rule ends within 14 days, on 2026-12-31 at 00:00 UTC, and then grants nothing']],
    [-DAY - 1, ['warning: the rule ends within 2 days, on 2026-12-31 at 00:00 UTC, and then grants nothing']],
    [-1, ['warning: the rule ends within a day, on 2026-12-31 at 00:00 UTC, and then grants nothing']],
  ])('%i ms from the end finds %j', async (from, expected) => {
    const { built, ends } = await found(END + from);
    expect(built).toBe(true);
    expect(ends).toEqual(expected.map((text) => `${text}; write a later day if it is still needed`));
  });

  test.each([0, 1, 400 * DAY])('%i ms after the end fails, and says how to build it as it is', async (from) => {
    expect(await found(END + from)).toEqual({
      built: false,
      ends: [
        'error: the rule ended on 2026-12-31 at 00:00 UTC and grants nothing; remove the rule, or write a later day; --allow-lapsed builds it as it is',
      ],
    });
  });

  test('that allows lapsed rules warns of them', async () => {
    const { built, ends } = await found(END, true);
    expect(built).toBe(true);
    expect(ends).toEqual([expect.stringMatching(/^warning: the rule ended on 2026-12-31/)]);
  });

  test('that is given no time looks at no end, and comes to the same policy', async () => {
    expect(await found(undefined)).toEqual({ built: true, ends: [] });
    const text = policyText(ENDING('until: 2026-12-31'));
    const [early, late] = await Promise.all(
      [END - 90 * DAY, END].map((now) => compilePolicy(text, { development: false, now, allowLapsed: true })),
    );
    expect(early!.policy!.digest).toBe(late!.policy!.digest);
  });

  const EARLY = ', until: 2026-01-01';
  const LATE = ', until: 2027-01-01';
  test.each([
    ['', '', true],
    ['', EARLY, true],
    [LATE, EARLY, true],
    [EARLY, '', false],
    [EARLY, LATE, false],
  ])('says that a rule%s always decides before one%s: %s', async (first, second, expected) => {
    const rules = `rules:
  - { name: one, issuer: backend, when: { a: b }, allow: ["db:a:read,write"]${first} }
  - { name: two, issuer: backend, when: { a: b, c: d }, allow: ["db:a:read"]${second} }`;
    const { findings } = await compilePolicy(policyText({ rules }), { development: false });
    expect(findings.some(({ message }) => message.includes('always decides before it'))).toBe(expected);
  });
});

describe('a test of the policy', () => {
  const withTest = (until: string, more: string) => ({
    ...ENDING(`until: ${until}`),
    more: `tests:\n  - { name: t, issuer: backend, claims: { client_id: one }${more} }`,
  });

  test('is judged before any rule ends, however long ago that was', async () => {
    expect(await errorsOf(policyText(withTest('2001-01-01', ', expect: rule')))).toEqual([]);
  });

  test.each([
    ['2026-12-30', 'rule'],
    ['2026-12-30T23:59:59Z', 'rule'],
    ['2026-12-31', '{ denied: no_rule }'],
    ['2026-12-31T00:00:00Z', '{ denied: no_rule }'],
    ['2026-12-31T00:30:00+01:00', 'rule'],
  ])('is judged at the time that it gives: at %s it gets %s', async (at, expected) => {
    expect(await errorsOf(policyText(withTest('2026-12-31', `, at: ${at}, expect: ${expected}`)))).toEqual([]);
  });

  test('that expects a rule after its end fails, with the tree that says so', async () => {
    const [error] = await errorsOf(policyText(withTest('2026-12-31', ', at: 2027-01-01, expect: rule')));
    expect(error!.text).toContain('expected rule and got no_rule');
    expect(error!.text).toContain('ended on 2026-12-31T00:00:00Z');
  });

  test('at no point in time is refused', async () => {
    await expectError(
      {
        ...ENDING('until: 2026-12-31'),
        more: 'tests:\n  - { name: t, issuer: backend, claims: {}, at: now, expect: denied } #!',
      },
      /write at: 2026-12-31/,
    );
  });
});
