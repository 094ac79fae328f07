// Conditions on a caller of whom only some claims are known: what can be said of them, and what would have to be known first. Used
// where no token is at hand: for a policy as it stands, and for past decisions. No I/O.

import { type ClaimPath, parseClaimPath, readClaim } from '../../identity/claim.ts';
import { type Condition, evaluateCondition, type Verdict } from './condition.ts';
import { expand, type Name } from './entry.ts';

/** The value of a known claim, `undefined` when it is known to be absent; null when nothing is known of it. */
export type KnownClaims = (path: ClaimPath) => { readonly value: unknown } | null;

/** A claim that is known as a whole is known in all its parts. */
export function knownClaims(entries: readonly (readonly [address: string, value: unknown])[]): KnownClaims {
  const known = entries.map(([address, value]) => ({ path: parseClaimPath(address), value }));
  return (path) => {
    const around = known.find((one) => one.path.every((key, at) => key === path[at]));
    if (around === undefined) return null;
    return { value: readClaim({ it: around.value }, ['it', ...path.slice(around.path.length)]) };
  };
}

export interface PartialVerdict {
  /** `unseen`: it depends on claims that are not known. */
  readonly verdict: Verdict | 'unseen';
  /** Those conditions on which it depends. */
  readonly open: readonly Condition[];
}

export function evaluateKnown(conditions: readonly Condition[], known: KnownClaims): PartialVerdict {
  const open: Condition[] = [];
  let verdict: Verdict = 'yes';
  for (const condition of conditions) {
    const claim = known(condition.path);
    if (claim === null) {
      open.push(condition);
      continue;
    }
    const answer = evaluateOn(condition, claim.value);
    if (answer === 'no') return { verdict: 'no', open: [] };
    if (answer === 'unknown') verdict = 'unknown';
  }
  return { verdict: open.length > 0 ? 'unseen' : verdict, open };
}

/** The condition on one value of its claim. */
export function evaluateOn(condition: Condition, value: unknown): Verdict {
  return evaluateCondition({ ...condition, path: ['it'] }, value === undefined ? {} : { it: value });
}

/** The name that a template yields for one value of its claim, or null. */
export function expandWith(template: Extract<Name, { kind: 'template' }>, value: unknown): string | null {
  return expand({ ...template, path: ['it'] }, { it: value });
}

/** The values of its claim with which a template yields this name: the text, and the whole number that is written so. */
export function valuesFor(template: Extract<Name, { kind: 'template' }>, wanted: string): readonly (string | number)[] {
  const text = wanted.slice(template.before.length, wanted.length - template.after.length);
  const number = Number(text);
  const values = Number.isSafeInteger(number) && String(number) === text ? [text, number] : [text];
  return values.filter((value) => expandWith(template, value) === wanted);
}
