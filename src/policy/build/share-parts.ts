// Lets rules of a large table share what is equal in them: conditions, resources, lifetimes. A decision then touches memory that the
// decision before it has touched, whichever rule it is about. No I/O.

import type { Rule } from '../language/compiled.ts';
import type { Condition } from '../language/condition.ts';

/** The same rules, with one object for all equal parts. */
export function shareEqualParts(rules: readonly Rule[]): readonly Rule[] {
  const known = new Map<string, unknown>();
  const shared = <T>(part: T): T => {
    const key = JSON.stringify(part);
    if (!known.has(key)) known.set(key, part);
    return known.get(key) as T;
  };
  const shareCondition = (condition: Condition) => shared({ ...condition, path: shared(condition.path) });
  return rules.map((rule) => {
    const when = rule.when.map(shareCondition);
    if (rule.effect === 'allow') {
      const { entries, ttl, limit, owners } = rule;
      const parts = { entries: shared(entries), ttl: shared(ttl), limit: shared(limit), owners: shared(owners) };
      return { ...rule, when, ...parts };
    }
    return rule.effect === 'deny' ? { ...rule, when, entries: shared(rule.entries) } : { ...rule, when };
  });
}
