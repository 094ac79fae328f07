// `limit:` and `owners:` of a rule and `audit:` of the policy: what they hold, and what the build says of what they must not.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { compileRule } from '../../../src/policy/build/compile-rule.ts';
import { createReport } from '../../../src/policy/build/report.ts';
import { policySchema } from '../../../src/policy/build/schema.ts';
import { parsePolicySource } from '../../../src/policy/build/source.ts';
import type { AllowRule } from '../../../src/policy/language/compiled.ts';
import { compiled } from '../policy-text.ts';
import { BASE, errorsOf, expectError, policyText, rule } from './marked-policy.ts';

const ALLOW = [...BASE, 'allow: ["db:a:read"]'];

/** The compiled rule, though the service does not act on all of it yet. */
async function ruleOf(...lines: string[]): Promise<AllowRule> {
  const text = policyText(rule(...ALLOW, ...lines));
  const { issuers, instances } = await compiled(policyText());
  const parsed = parsePolicySource(text);
  if (!parsed.ok) throw new Error('no YAML');
  const report = createReport(parsed.source);
  const { rules } = policySchema.parse(parsed.source.value);
  const one = compileRule(rules[0]!, 0, { issuers, instances, maxTtl: 86_400, report });
  expect(report.findings).toEqual([]);
  return one as AllowRule;
}

/** Errors, but for those that only say that the service does not act on the key yet. */
const faultsOf = async (...lines: string[]) =>
  (await errorsOf(policyText(rule(...ALLOW, ...lines)))).filter(({ text }) => !text.includes('not built yet'));

describe('limit', () => {
  test.each([
    ['{ vends: 100, per: 1h }', { vends: { count: 100, per: 3_600 }, live: null, of: 'rule' }],
    ['{ vends: 1, per: 1 }', { vends: { count: 1, per: 1 }, live: null, of: 'rule' }],
    ['{ vends: 100000, per: 24h, of: rule }', { vends: { count: 100_000, per: 86_400 }, live: null, of: 'rule' }],
    ['{ live: 10 }', { vends: null, live: 10, of: 'rule' }],
    ['{ live: 10, of: caller }', { vends: null, live: 10, of: 'caller' }],
    ['{ live: 3, vends: 7, per: 2m, of: caller }', { vends: { count: 7, per: 120 }, live: 3, of: 'caller' }],
  ])('%s is compiled', async (written, expected) => {
    expect((await ruleOf(`limit: ${written}`)).limit).toEqual(expected);
  });

  test('of vends may stand on a rule that shares', async () => {
    expect((await ruleOf('share: true', 'limit: { vends: 5, per: 1m }')).limit?.vends).toEqual({ count: 5, per: 60 });
  });

  test('that is not there is null', async () => {
    expect(await ruleOf()).toMatchObject({ limit: null, owners: null, until: null });
  });

  test.each([
    ['{}', /limits nothing; write limit: \{ vends: 100, per: 1h \}/],
    ['{ of: caller }', /limits nothing/],
    ['{ vends: 100 }', /does not say in what time; add per: 1h/],
    ['{ live: 1, vends: 100 }', /does not say in what time/],
    ['{ per: 1h }', /how many tokens in that time; add vends/],
    ['{ live: 1, per: 1h }', /how many tokens in that time/],
    ['{ vends: 0, per: 1h }', /at least 1; write vends: 100/],
    ['{ vends: -1, per: 1h }', /at least 1/],
    ['{ vends: 1.5, per: 1h }', /whole number.*write vends: 2/],
    ['{ vends: "100", per: 1h }', /a number, and is text; write vends: 100/],
    ['{ vends: 100001, per: 1h }', /at most 100000/],
    ['{ vends: .inf, per: 1h }', /write vends: 100/],
    ['{ live: 0 }', /at least 1; write live: 10/],
    ['{ live: true }', /write live: 10/],
    ['{ live: 100001 }', /at most 100000/],
    ['{ vends: 1, per: 0 }', /at least 1s/],
    ['{ vends: 1, per: 25h }', /at most 24h/],
    ['{ vends: 1, per: 86401 }', /at most 24h/],
    ['{ vends: 1, per: hour }', /write per: 1h/],
    ['{ vends: 1, per: 1 hour }', /write per: 1h/],
    ['{ live: 1, of: rules }', /did you mean "rule"\?/],
    ['{ live: 1, of: callers }', /did you mean "caller"\?/],
    ['{ count: 100, per: 1h }', /did you mean "vends"\?/],
    ['{ vends: 100, window: 1h }', /did you mean "per"\?/],
    ['{ concurrent: 10 }', /did you mean "live"\?/],
    ['100', /a map of keys, and is a number; write limit: \{ vends/],
    ['100/h', /write limit: \{ vends/],
    ['', /write limit: \{ vends/],
  ])('%s is refused, with what to write', async (written, words) => {
    const faults = await faultsOf(`limit: ${written}`);
    expect(faults.map(({ text }) => text)).toContainEqual(expect.stringMatching(words));
  });

  test('of live tokens is refused on a rule that shares one', async () => {
    const [fault, ...others] = await faultsOf('share: true', 'limit: { live: 10 }');
    expect([fault!.text, others]).toEqual([expect.stringMatching(/no measure.*remove live or share/), []]);
  });

  test.each(['vends: 100', 'live: 10', 'per: 1h'])('holds what people write beside it: %s', async (line) => {
    await expectError(rule(...ALLOW, `${line} #!`), /move it into "limit:"/);
  });

  test.each(['limits', 'quota', 'rate_limit'])('is what "%s" means', async (key) => {
    await expectError(rule(...ALLOW, `${key}: { live: 1 } #!`), /did you mean "limit"\?/);
  });
});

describe('owners', () => {
  test('are compiled as a rule for people is, pins first', async () => {
    const { owners } = await ruleOf(
      'owners: { issuer: github, when: { ref: refs/heads/main, event_name: push, repository_id: "1" } }',
    );
    expect(owners).toMatchObject({ issuer: 'github', pins: 1 });
    expect(owners?.when.map(({ claim }) => claim)).toEqual(['repository_id', 'ref', 'event_name']);
  });

  test.each([
    ['{ when: { email: a@b.example } }', /"issuer" is missing/],
    ['{ issuer: backend }', /"when" is missing/],
    ['{ issuer: bakend, when: { email: a@b.example } }', /there is no issuer "bakend"; name one of backend, github/],
    ['{ issuer: constructor, when: { email: a@b.example } }', /there is no issuer "constructor"/],
    ['{ issuer: backend, when: {} }', /no positive condition/],
    ['{ issuer: backend, when: { email: { not: x } } }', /no positive condition/],
    ['{ issuer: backend, when: { email: { like: "**" } } }', /no positive condition/],
    ['{ issuer: backend, when: { email: { matches: "a.*" } } }', /write email: \{ like: "a\*" \}/],
    ['{ issuer: backend, when: { level: 1.5 } }', /level: "1.5"/],
    ['{ issuer: backend, when: { "/a~2": x } }', /no JSON pointer/],
    ['{ issuer: backend, if: { email: x } }', /did you mean "when"\?/],
    ['{ issuer: github, when: { ref: refs/heads/main } }', /the owners pin no party; add one of repository_id/],
    ['{ issuer: github, when: { repository_id: { like: "1*" } } }', /the owners pin no party/],
    ['{ issuer: github, when: { repository_id: "1", actor: me } }', /the only gate is actor/],
    ['{ issuer: github, when: { repository_id: acme } }', /holds digits only/],
    ['{ issuer: github, when: { repository_id: 1 } }', /put it in quotes: "1"/],
    [
      '{ issuer: github, when: { repository_id: "1", sub: "repo:acme/app:ref:refs/heads/main" } }',
      /renamed and recycled/,
    ],
    ['[ops@acme.example]', /write owners: \{ issuer: NAME/],
    ['ops@acme.example', /write owners: \{ issuer: NAME/],
  ])('%s is refused, with what to write', async (written, words) => {
    const faults = await faultsOf(`owners: ${written}`);
    expect(faults.map(({ text }) => text)).toContainEqual(expect.stringMatching(words));
  });

  test('are warned of where a role would be', async () => {
    const conditions = 'repository_id: "1", ref: refs/heads/main';
    const text = policyText(rule(...ALLOW, `owners: { issuer: github, when: { ${conditions} } }`));
    const role = policyText(rule('issuer: github', `when: { ${conditions} }`, 'roles: [operator]'));
    const warned = async (of: string) =>
      (await compilePolicy(of, { development: false })).findings
        .filter(({ severity, message }) => severity === 'warning' && !message.includes('no test covers'))
        .map(({ message }) => message);
    expect(await warned(text)).toEqual(await warned(role));
    expect(await warned(text)).toHaveLength(1);
  });

  test.each(['owner', 'maintainers'])('is what "%s" means', async (key) => {
    await expectError(rule(...ALLOW, `${key}: { issuer: backend, when: { a: b } } #!`), /did you mean "owners"\?/);
  });
});

describe('what the service does not act on yet', () => {
  test.each([
    ['export', { more: 'audit: { keep: 30d, export: { instance: main, database: sts_audit } } #!' }],
  ])('is no part of a policy that builds: %s', async (key, sections) => {
    await expectError(sections, new RegExp(`"${key}" is not built yet; leave it out`));
  });
});

describe('audit', () => {
  const kept = async (...lines: string[]) => (await compiled(policyText({ more: lines.join('\n') }))).audit;

  test.each([
    [[], 30],
    [['audit: {}'], 30],
    [['audit: { keep: 90d }'], 90],
    [['audit: { keep: 86400 }'], 1],
    [['max_ttl: 60d'], 60],
    [['max_ttl: 60d', 'audit: { keep: 60d }'], 60],
    [['max_ttl: 1h', 'audit: { keep: 24h }'], 1],
    [['audit: { keep: 3650d }'], 3_650],
  ])('%j keeps events for %i days', async (lines, days) => {
    expect(await kept(...lines)).toEqual({ keep: days * 86_400 });
  });

  test.each([
    [
      'audit: { keep: 23h } #!',
      'max_ttl: 24h',
      /for 23h, and tokens may live for 1d \(max_ttl\); write keep: 1d or more/,
    ],
    ['audit: { keep: 86399 } #!', '', /write keep: 1d or more, or lower max_ttl/],
    ['audit: { keep: 59d } #!', 'max_ttl: 60d', /write keep: 60d or more/],
    ['audit: { keep: 3651d } #!', '', /at most 3650d/],
    ['audit: { keep: 0 } #!', '', /at least 1s/],
    ['audit: { keep: forever } #!', '', /write keep: 30d/],
    ['audit: { keep: 30 days } #!', '', /write keep: 30d/],
    ['audit: { keeep: 30d } #!', '', /did you mean "keep"\?/],
    ['audit: { retention: 30d } #!', '', /did you mean "keep"\?/],
    ['audit: { mode: required } #!', '', /unknown key "mode"; known here: keep, export/],
    ['audit: { export: { instance: main, databse: a } } #!', '', /did you mean "database"\?/],
    ['audit: { export: main } #!', '', /write export: \{ instance/],
    ['keep: 30d #!', '', /move it into "audit:"/],
  ])('%s is refused, with what to write', async (line, more, words) => {
    await expectError({ more: `${line}\n${more}` }, words);
  });

  test.each([
    'best-effort',
    'required',
    'none',
    'true',
    '30d',
    '[]',
  ])('%s is told what the key is now', async (word) => {
    await expectError(
      { more: `audit: ${word} #!` },
      /write audit: \{ keep: 30d \}, which says how long events are kept/,
    );
  });
});
