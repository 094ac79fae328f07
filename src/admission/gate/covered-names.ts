// The names of tokens that a target covers, from a gate's entries: for targets that a token's name does not tell, such as an identity by
// some of its claims. It looks at a bounded number of entries a call, newest first, and never changes one.

import { type Facts, type Personal, readObject, type Settlement } from '../record.ts';
import type { Target } from '../switch.ts';
import { covers } from '../switches.ts';
import type { GateStorage } from './gate-storage.ts';

export interface CoveredNames {
  readonly names: readonly string[];
  /** Where the next call goes on, as its `below`; null when nothing is left. */
  readonly next: number | null;
}

/** Entries that one call looks at. */
const SCANNED = 2_000;

/** @param since milliseconds since the epoch. @param below only entries with smaller numbers. @returns `CoveredNames` as JSON. */
export function coveredNames(storage: GateStorage, targetText: string, since: number, below: number): string {
  const target = readObject<Target>(targetText);
  const rows = storage.run(
    `SELECT number, at, id, facts, result, personal FROM entries WHERE number < ? ORDER BY number DESC LIMIT ${SCANNED}`,
    below,
  );
  const names: string[] = [];
  let next = rows.length === SCANNED ? Number(rows.at(-1)!.number) : null;
  for (const { at, id, facts, result, personal } of rows) {
    if (Number(at) < since) {
      next = null;
      break;
    }
    if (!covers(target, readObject<Facts>(String(facts)), readObject<Personal>(String(personal)))) continue;
    const { token_name: name = String(id) } = readObject<Settlement>(String(result));
    if (name.startsWith('sts.')) names.push(name);
  }
  const covered: CoveredNames = { names, next };
  return JSON.stringify(covered);
}
