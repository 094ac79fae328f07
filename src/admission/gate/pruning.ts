// Forgets what a gate need not keep any more: entries past their time, claims of tokens that have expired, hours of counters. It never
// removes the newest entry, so that numbers go on.

import type { Runtime } from '../../foundation/runtime.ts';
import type { GateLife } from './gate-life.ts';
import type { GateStorage } from './gate-storage.ts';
import { DAY_MS, type Trail } from './trail.ts';

/** Rows that one transaction removes. */
const BATCH = 1_000;
/** A token that another machine has just accepted as not expired must still find its claim; clocks and calls differ by far less than this. */
const CLAIM_MARGIN_SECONDS = 60;
/** Hours are kept for two days, days for a hundred: long enough to tell which rules nobody uses. */
const HOURS_KEPT_MS = 2 * DAY_MS;
export const DAYS_KEPT_MS = 100 * DAY_MS;

export const PRUNE_EVERY_MS = 10 * 60_000;

/** Whether there is more to remove now. */
export function prune(storage: GateStorage, life: GateLife, trail: Trail, runtime: Pick<Runtime, 'now'>): boolean {
  const now = runtime.now();
  return storage.transaction(() => {
    const leftOut = life.takeLeftOut();
    if (leftOut > 0) {
      trail.appendOwn(`left_out:${now}`, { kind: 'left_out' }, { outcome: 'done', count: leftOut });
    }
    storage.run('DELETE FROM claims WHERE until < ?', Math.floor(now / 1000) - CLAIM_MARGIN_SECONDS);
    // Only an admission says how long entries are kept; a gate that has had none yet keeps them all.
    const old = life.keep() === 0 ? 0 : now - life.keep() * 1000;
    const entries = storage.run(
      `DELETE FROM entries WHERE number IN (SELECT number FROM entries WHERE at < ?1 AND number < (SELECT max(number) FROM entries) AND number NOT IN (SELECT number FROM unresolved) ORDER BY number LIMIT ${BATCH}) RETURNING number`,
      old,
    );
    compactCounters(storage, now);
    return entries.length === BATCH;
  });
}

function compactCounters(storage: GateStorage, now: number): void {
  const before = Math.floor((now - HOURS_KEPT_MS) / DAY_MS) * DAY_MS;
  const hours = storage.run(
    `SELECT since, rule, outcome, reason, count FROM counters WHERE since < ?1 AND since % ${DAY_MS} <> 0 LIMIT ${BATCH}`,
    before,
  );
  for (const { since, rule, outcome, reason, count } of hours) {
    const day = Math.floor(Number(since) / DAY_MS) * DAY_MS;
    storage.run(
      'INSERT INTO counters (since, rule, outcome, reason, count) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
      day,
      rule!,
      outcome!,
      reason!,
      count!,
    );
    storage.run(
      'DELETE FROM counters WHERE since = ? AND rule = ? AND outcome = ? AND reason = ?',
      since!,
      rule!,
      outcome!,
      reason!,
    );
  }
  storage.run('DELETE FROM counters WHERE since < ?', now - DAYS_KEPT_MS);
}
