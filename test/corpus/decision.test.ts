// The corpus against the decision and all that stands for it in this process: the explanation, a plain scan of the rules, and the index
// of the compiled policy as the Worker reads it. The built Worker itself is asked in worker.test.ts.

import { describe, expect, test } from 'vitest';
import { denyCandidates, knownRules } from '../../src/policy/decision/candidates.ts';
import { type Evaluation, evaluate, type PermissionRequest } from '../../src/policy/decision/evaluate.ts';
import { explain } from '../../src/policy/decision/explain.ts';
import { type CompiledPolicy, type Rule, readCompiledPolicy } from '../../src/policy/language/compiled.ts';
import { evaluateConditions } from '../../src/policy/language/condition.ts';
import { canonicalTriples, joinTriples, parseRequested } from '../../src/policy/language/permission.ts';
import { type PlainTable, scan } from '../policy/decision/plain-scan.ts';
import { compiled } from '../policy/policy-text.ts';
import { expectOutcome, type Outcome } from './outcome.ts';
import { type Asked, CORPUS, type CorpusCase, plainTable, readCorpusFile } from './read.ts';

describe.each(CORPUS.map((file) => [file.name, file] as const))('%s', (_name, file) => {
  const built = compiled(file.policyText).then((policy) => readCompiledPolicy(JSON.stringify(policy)));
  const table = plainTable(file);

  test.each(file.cases.map((one) => [one.name, one] as const))('%s', async (_title, one) => {
    const policy = await built;
    expectPlainScan(table, one);
    expectIndexed(policy, one);
    const request = readRequest(one.asked);
    if (request === null) return expectOutcome(one, { denied: 'request_malformed', detail: '', members: {} });
    expectOutcome(one, outcomeOf(evaluate(policy, one, request, Date.now())));
    expectExplained(policy, one, request);
  });
});

/** What the door reads of the request; null where it is malformed. */
function readRequest({ permissions, ...rest }: Asked): PermissionRequest | null {
  if (permissions === undefined) return rest;
  const parsed = permissions.map(parseRequested);
  const triples = parsed.flatMap((one) => (one.ok ? one.value : []));
  return parsed.every(({ ok }) => ok) ? { ...rest, permissions: canonicalTriples(triples) } : null;
}

function outcomeOf({ result }: Evaluation): Outcome {
  if (!result.ok) {
    const { reason, detail, members = {} } = result.failure;
    return { denied: reason, detail, members };
  }
  const { rule, permissions, ttl } = result.value;
  return { rule: rule.name, instance: rule.instance, permissions: joinTriples(permissions), ttl };
}

/** The plain scan answers with single permissions. */
function expectPlainScan(table: PlainTable, { issuer, claims, asked, expect: expected }: CorpusCase): void {
  const answer = scan(table, issuer, claims, asked);
  if ('denied' in expected) {
    expect(answer, 'the plain scan').toBe(expected.denied);
    return;
  }
  const given = (expected.permissions ?? asked.permissions!).flatMap((permission) => {
    const [type, names, actions] = permission.split(':') as [string, string, string];
    return names.split(',').flatMap((name) => actions.split(',').map((action) => `${type}:${name}:${action}`));
  });
  const sorted = [...new Set(given)].sort().join(' ');
  expect(answer, 'the plain scan').toBe(`${expected.rule}: ${sorted} for ${expected.ttl}`);
}

/** The index loses no rule that matches, and no denial that holds. A stranger is known to no rule, matching or not. */
function expectIndexed(policy: CompiledPolicy, one: CorpusCase): void {
  const { rules, issuers } = policy;
  const verdict = (rule: Rule) => evaluateConditions(rule.when, one.claims);
  const { iss } = issuers[one.issuer]!;
  const matching = rules.filter(
    (rule) => rule.effect === 'allow' && rule.issuer === one.issuer && verdict(rule) === 'yes',
  );
  const holding = rules.filter(
    (rule) => rule.effect === 'deny' && issuers[rule.issuer]!.iss === iss && verdict(rule) !== 'no',
  );
  const found = knownRules(policy, one).candidates.filter((rule) => verdict(rule) === 'yes');
  expect(found, 'allow rules of the index').toEqual(matching);
  const denials = denyCandidates(policy, one).filter((rule) => verdict(rule) !== 'no');
  expect(denials, 'deny rules of the index').toEqual(holding);
}

/** The tree says what the decision says, and its rules bear it out. */
function expectExplained(policy: CompiledPolicy, one: CorpusCase, request: PermissionRequest): void {
  const { expect: expected } = one;
  const { outcome, reason, rule, permissions, rules } = explain(policy, one, request, Date.now(), 'operator');
  if ('rule' in expected) {
    expect([outcome, rule], 'the explanation').toEqual(['allowed', expected.rule]);
    expect(rules[0]).toMatchObject({ rule, effect: 'allow', verdict: 'yes', uncovered: [] });
    if (expected.permissions !== undefined) expect(permissions).toEqual(expected.permissions);
    return;
  }
  expect([outcome, reason], 'the explanation').toEqual(['refused', expected.denied]);
  const matching = rules.filter(({ effect, verdict }) => effect === 'allow' && verdict === 'yes');
  if (reason === 'denied_by_rule') expect([rules[0]!.effect, rules[0]!.verdict === 'no']).toEqual(['deny', false]);
  if (reason === 'not_granted' || reason === 'ttl_refused') expect(matching).not.toEqual([]);
  // A named rule or instance leaves out others that match.
  if (reason === 'no_rule' && request.rule === undefined && request.instance === undefined) {
    expect(matching).toEqual([]);
  }
}

describe('the corpus', () => {
  test('is at most ten policies and at least 150 cases', () => {
    expect(CORPUS.length).toBeLessThanOrEqual(10);
    expect(CORPUS.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(150);
  });

  const GRANTED = 'expect: { rule: r }';
  const file = (...cases: readonly string[]) => `
policy:
  audience: https://sts.example.com
  issuers: { users: { issuer: "https://login.example.com/" } }
  rules: [{ name: r }]
cases:${cases.map((one) => `\n  - { ${one} }`).join('')}
`;
  const SOUND = `name: a, request: ["db:a:read"], ${GRANTED}`;

  test.each([
    ['a misspelt key of a case', [`name: a, requests: ["db:a:read"], ${GRANTED}`], /"requests"/],
    ['a misspelt key of the file', [`${SOUND} }\nrule: {`], /"rule"/],
    ['an unknown reason', ['name: a, expect: { denied: no_rul }'], /expect/],
    ['an unknown member', ['name: a, expect: { denied: no_rule, tells: { nearst: 1 } }'], /expect/],
    ['a grant that is a refusal as well', ['name: a, expect: { rule: r, denied: no_rule }'], /expect/],
    ['a duration in words', [`name: a, ttl: an hour, request: ["db:a:read"], ${GRANTED}`], /ttl/],
    ['a rule that is not there', ['name: a, request: ["db:a:read"], expect: { rule: s }'], /no rule "s"/],
    ['an issuer that is not there', [`name: a, issuer: x, request: ["db:a:read"], ${GRANTED}`], /no issuer "x"/],
    ['a grant of permissions that nobody named', [`name: a, ${GRANTED}`], /which permissions/],
    ['one name for two cases', [SOUND, SOUND], /two cases "a"/],
  ])('does not read with %s', (_what, cases, problem) => {
    expect(readCorpusFile('sound', file(SOUND)).count).toBe(1);
    expect(() => readCorpusFile('unsound', file(...cases))).toThrow(problem);
  });
});
