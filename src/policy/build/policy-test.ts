// The `tests:` of a policy: claims, a request and what must come of it. They run at every build, against the very decision that the
// Worker makes. No I/O.

import type { Caller } from '../decision/candidates.ts';
import { evaluate, type PermissionRequest } from '../decision/evaluate.ts';
import { explain } from '../decision/explain.ts';
import { formatExplanation } from '../decision/explanation-text.ts';
import type { CompiledPolicy } from '../language/compiled.ts';
import { canonicalTriples, parseRequested, type Triple } from '../language/permission.ts';
import { permissionAdvice } from './permission-advice.ts';
import type { Report } from './report.ts';
import type { PolicyFile } from './schema.ts';

type PolicyTest = NonNullable<PolicyFile['tests']>[number];

export interface TestOutcome {
  readonly name: string;
  readonly passed: boolean;
  /** The rule that granted or denied it. */
  readonly rule: string | null;
}

/** A test says what its rule means, which it must not stop doing on the day on which the rule ends. */
const BEFORE_ANY_END = Number.NEGATIVE_INFINITY;

/** Runs the tests, reports the failing ones with the tree that shows why, and warns of rules that none of them touches. */
export function runPolicyTests(
  policy: CompiledPolicy,
  tests: readonly PolicyTest[],
  report: Report,
): readonly TestOutcome[] {
  const outcomes = tests.map((test, at) => runTest(policy, test, at, report));
  const touched = new Set(outcomes.map(({ rule }) => rule));
  for (const [at, rule] of policy.rules.entries()) {
    if (rule.effect !== 'roles' && !touched.has(rule.name)) {
      report.warn(
        ['rules', at],
        'no test covers the rule',
        `add one to "tests:" that expects ${rule.effect === 'allow' ? rule.name : 'denied'}`,
      );
    }
  }
  return outcomes;
}

function runTest(policy: CompiledPolicy, test: PolicyTest, at: number, report: Report): TestOutcome {
  const broken = (key: string, message: string, fix: string): TestOutcome => {
    report.error(['tests', at, key], `test "${test.name}": ${message}`, fix);
    return { name: test.name, passed: false, rule: null };
  };
  if (!Object.hasOwn(policy.issuers, test.issuer)) {
    return broken(
      'issuer',
      `there is no issuer "${test.issuer}"`,
      `name one of ${Object.keys(policy.issuers).join(', ')}`,
    );
  }
  if (typeof test.expect === 'string' && test.expect !== 'denied' && !Object.hasOwn(policy.allowByName, test.expect)) {
    return broken('expect', `there is no allow rule "${test.expect}"`, 'expect the name of an allow rule, or denied');
  }
  const request = readRequest(test);
  if (!request.ok) return broken('request', request.problem, permissionAdvice(request.text));

  const caller: Caller = { issuer: test.issuer, claims: test.claims };
  const now = test.at === undefined ? BEFORE_ANY_END : test.at * 1000;
  const { result, rule } = evaluate(policy, caller, request.value, now);
  const actual = result.ok ? result.value.rule.name : result.failure.reason;
  const passed =
    typeof test.expect === 'string'
      ? result.ok
        ? actual === test.expect
        : test.expect === 'denied'
      : !result.ok && actual === test.expect.denied;
  if (!passed) {
    const expected = typeof test.expect === 'string' ? test.expect : `denied: ${test.expect.denied}`;
    const tree = formatExplanation(explain(policy, caller, request.value, now, 'operator')).join('\n    ');
    report.error(
      ['tests', at],
      `test "${test.name}" expected ${expected} and got ${actual}`,
      `change the test or the rule, by what this tree shows:\n    ${tree}`,
    );
  }
  // A refusal covers a deny rule that made it, not the allow rule that came nearest.
  const covered = result.ok || rule?.effect === 'deny' ? rule : null;
  return { name: test.name, passed, rule: covered?.name ?? null };
}

type Request =
  | { readonly ok: true; readonly value: PermissionRequest }
  | { readonly ok: false; readonly text: string; readonly problem: string };

function readRequest(test: PolicyTest): Request {
  const triples: Triple[] = [];
  for (const text of test.request ?? []) {
    const parsed = parseRequested(text);
    if (!parsed.ok) return { ok: false, text, problem: `"${text}" cannot be asked for: ${parsed.problem}` };
    triples.push(...parsed.value);
  }
  const permissions = canonicalTriples(triples);
  const value = {
    ...(permissions.length === 0 ? {} : { permissions }),
    ...(test.rule === undefined ? {} : { rule: test.rule }),
    ...(test.ttl === undefined ? {} : { ttl: test.ttl }),
  };
  return { ok: true, value };
}
