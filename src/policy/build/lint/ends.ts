// Rules that end soon, or have ended: found at a build, before a deployment finds out. The time is the build's to give. No I/O. No clock.

import { describeEnd, hasEnded } from '../../language/end.ts';
import type { Report } from '../report.ts';
import type { Path } from '../source.ts';
import type { PlacedRule } from './placed-rule.ts';

/** Two weeks: long enough for a holiday between the warning and the end. */
const WARNED_BEFORE_DAYS = 14;
const DAY_MS = 86_400_000;

/** `now` in milliseconds since the epoch. @param allowLapsed build it although a rule has ended */
export function lintEnds(
  rules: readonly PlacedRule[],
  { now, allowLapsed }: { readonly now: number; readonly allowLapsed: boolean },
  report: Report,
): void {
  for (const { rule, at } of rules) {
    if (rule.effect !== 'allow' || rule.until === null) continue;
    const path: Path = ['rules', at, 'until'];
    const left = rule.until * 1000 - now;
    if (hasEnded(rule, now)) {
      const fix = 'remove the rule, or write a later day';
      const message = `the rule ended on ${describeEnd(rule.until)} and grants nothing`;
      if (allowLapsed) report.warn(path, message, fix);
      else report.error(path, message, `${fix}; --allow-lapsed builds it as it is`);
    } else if (left <= WARNED_BEFORE_DAYS * DAY_MS) {
      const days = Math.ceil(left / DAY_MS);
      const when = days === 1 ? 'within a day' : `within ${days} days`;
      const message = `the rule ends ${when}, on ${describeEnd(rule.until)}, and then grants nothing`;
      report.warn(path, message, 'write a later day if it is still needed');
    }
  }
}
