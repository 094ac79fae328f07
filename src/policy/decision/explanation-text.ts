// An explanation as text, for a terminal or the log of a build. It shows what the explanation holds and nothing else. No I/O.

import { describeLimit } from '../language/limit.ts';
import type { Explanation, RuleExplanation } from './explain.ts';

/** The tree as indented lines. */
export function formatExplanation(explanation: Explanation): readonly string[] {
  return [
    `${explanation.outcome}${explanation.reason === undefined ? '' : ` (${explanation.reason})`}: ${explanation.detail}`,
    ...explanation.rules.flatMap(formatRule),
    ...explanation.changes.map(
      ({ of, change }) => `to change it, ${of === 'caller' ? 'the caller' : 'the policy'}: ${change}`,
    ),
  ];
}

function formatRule(rule: RuleExplanation): readonly string[] {
  const end = rule.until === undefined ? [] : [`${rule.ended ? 'ended on' : 'ends on'} ${rule.until}`];
  const limit = rule.limit === undefined ? [] : [`gives at most ${describeLimit(rule.limit)}`];
  const open = [
    ...end,
    ...limit,
    ...(rule.uncovered ?? []).map((permission) => `does not cover ${permission}`),
    ...(rule.denied ?? []).map((permission) => `refuses ${permission}`),
  ];
  return [
    `  ${rule.effect} rule "${rule.rule}" (${rule.grants.join(', ')}): ${rule.verdict === 'yes' ? 'matches' : `matches: ${rule.verdict}`}`,
    ...rule.conditions.map(({ claim, verdict, actual, expected }) =>
      expected === undefined
        ? `    ${verdict.padEnd(7)} ${claim} is ${actual}`
        : `    ${verdict.padEnd(7)} ${claim} is ${actual}, wanted ${expected}`,
    ),
    ...open.map((line) => `    ${line}`),
  ];
}
