// Refusals of callers known to a rule, folded before they reach a gate: the first of a minute is sent at once, later ones only as often as
// their number doubles. So a caller who is refused without end costs a few calls, and a count is at least half of what it was. Strangers
// never come here. Reads of the trail are folded in the same way. It never delays an answer.

import type { Runtime } from '../foundation/runtime.ts';
import type { Admission } from './admission.ts';
import type { Facts, Personal } from './record.ts';

/** One refusal, or one read of the trail, which has no reason. */
export interface Refusal {
  readonly requestId: string;
  readonly reason?: string;
  readonly facts: Facts;
  readonly personal: Personal;
}

export interface Refusals {
  readonly note: (refusal: Refusal) => void;
}

interface Fold {
  readonly minute: number;
  count: number;
  sent: number;
}

const MINUTE_MS = 60_000;
/** Of one isolate and minute, with their names. Further callers are counted by rule and reason alone. */
const MAX_FOLDS = 200;

export function createRefusals(
  admission: Pick<Admission, 'refuse'>,
  runtime: Pick<Runtime, 'now' | 'waitUntil'>,
): Refusals {
  /** By who was refused, by which rule and why; of this isolate. Bounded: those of earlier minutes make room. */
  const folds = new Map<string, Fold>();

  function makeRoom(minute: number): void {
    for (const [key, fold] of folds) if (fold.minute !== minute) folds.delete(key);
  }

  return {
    note: ({ requestId, reason, facts, personal }) => {
      const minute = Math.floor(runtime.now() / MINUTE_MS);
      const { kind, issuer = '', rule = '', query = null } = facts;
      let who = JSON.stringify([kind, issuer, personal.subject ?? null, rule, reason, query]);
      let named = personal;
      if (!folds.has(who)) {
        if (folds.size >= MAX_FOLDS) makeRoom(minute);
        if (folds.size >= MAX_FOLDS) [who, named] = [JSON.stringify([kind, issuer, null, rule, reason]), {}];
        // Even these could be many, on an issuer with many rules; the log has each.
        if (folds.size >= 2 * MAX_FOLDS && !folds.has(who)) return;
      }
      const known = folds.get(who);
      const fold = known?.minute === minute ? known : { minute, count: 0, sent: 0 };
      if (fold !== known) folds.set(who, fold);
      fold.count++;
      if (fold.count < 2 * fold.sent) return;
      const more = fold.count - fold.sent;
      fold.sent = fold.count;
      const settlement =
        reason === undefined ? ({ outcome: 'done' } as const) : ({ outcome: 'refused', reason } as const);
      runtime.waitUntil(admission.refuse(who, more, requestId, facts, named, settlement));
    },
  };
}
