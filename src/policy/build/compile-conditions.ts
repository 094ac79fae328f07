// `when:` of a rule in its compiled form, and what a condition is worth: whether it demands something, whether it pins a party. No I/O.

import { parseClaimPath } from '../../identity/claim.ts';
import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';
import type { Condition, Test } from '../language/condition.ts';
import { equalValues } from '../language/rule-index.ts';
import { isAlwaysPresent } from './issuer/compile-issuer.ts';
import type { Report } from './report.ts';
import { type ConditionEntry, isClaimAddress, NO_POINTER, type RuleEntry } from './schema.ts';
import type { Path } from './source.ts';

/** `issuers` are all entries whose callers the rule holds for. */
export function compileConditions(
  entry: Pick<RuleEntry, 'when'>,
  issuers: readonly TrustedIssuer[],
  deny: boolean,
  path: Path,
  report: Report,
): Condition[] {
  const conditions = Object.entries(entry.when).map(([claim, wanted]): Condition => {
    if (!isClaimAddress(claim)) report.error([...path, 'when', claim], `"${claim}": ${NO_POINTER}`, 'write ~0 for "~"');
    const absent = deny && !issuers.every((issuer) => isAlwaysPresent(issuer, claim)) ? 'unknown' : 'as_stated';
    const condition = { claim, path: parseClaimPath(claim), test: compileTest(wanted), absent } as const;
    return issuers.some((issuer) => isPin(condition, issuer)) ? { ...condition, pin: true } : condition;
  });
  if (!conditions.some(({ test }) => isPositive(test))) {
    report.error([...path, 'when'], 'the rule has no positive condition', 'add a claim that must have a value');
  }
  return conditions;
}

/** Conditions that let somebody in: on an issuer that serves strangers they must pin a party. */
export function compilePinned(
  entry: Pick<RuleEntry, 'when'>,
  issuer: TrustedIssuer,
  path: Path,
  report: Report,
): { readonly when: readonly Condition[]; readonly pins: number } {
  const when = compileConditions(entry, [issuer], false, path, report);
  if (!issuer.shared) return { when, pins: 0 };
  const pins = when.filter((condition) => isPin(condition, issuer));
  if (pins.length === 0) {
    report.error(
      [...path, 'when'],
      `the issuer "${issuer.name}" signs for strangers too, and the ${path.at(-1) === 'owners' ? 'owners pin' : 'rule pins'} no party`,
      `add one of ${issuer.pins.join(', ')} with its id, as text and outright`,
    );
  }
  // Pins first: whether a caller is known to the rule is settled by the front of the list.
  return { when: [...pins, ...when.filter((condition) => !pins.includes(condition))], pins: pins.length };
}

/** Demands something of the caller; a pattern without a letter or a digit, such as `**` or `*@*`, does not. */
export function isPositive(test: Test): boolean {
  switch (test.op) {
    case 'not':
      return false;
    case 'exists':
      return test.present;
    case 'like':
      return !test.pattern.includes('*') || /[\p{L}\p{N}]/u.test(test.pattern);
    case 'any':
      return test.of.every(isPositive);
    case 'contains':
      return isPositive(test.element);
    case 'equals':
    case 'word':
      return true;
  }
}

/** A pin is an equality, or a list of equalities, on a claim that holds an immutable id. */
export function isPin({ claim, test }: Condition, issuer: TrustedIssuer): boolean {
  return issuer.pins.includes(claim) && equalValues(test) !== null;
}

function compileTest(entry: ConditionEntry): Test {
  if (typeof entry !== 'object') return { op: 'equals', value: entry };
  if (Array.isArray(entry)) return { op: 'any', of: entry.map(compileTest) };
  if ('like' in entry) return { op: 'like', pattern: entry.like };
  if ('contains' in entry) return { op: 'contains', element: compileTest(entry.contains) };
  if ('word' in entry) return { op: 'word', words: [entry.word].flat() };
  if ('not' in entry) return { op: 'not', test: compileTest(entry.not) };
  return { op: 'exists', present: entry.exists };
}
