// Closes the admissions that nobody settled. "Unknown" gives back no claim and deletes no token, because the caller may hold it. What
// InfluxDB knows of it is asked afterwards (`resolution.ts`).

import type { Runtime } from '../../foundation/runtime.ts';
import { canonical, type Facts, readObject } from '../record.ts';
import { SETTLE_WITHIN_MS } from './gate.ts';
import type { GateStorage } from './gate-storage.ts';
import type { Trail } from './trail.ts';

/** One transaction writes so many entries at most, so that no admission waits long behind it. */
const BATCH = 200;
/** Longer than an admission can be on its way: its caller has given up long before. */
const TOMBSTONE_MS = 10 * 60_000;

/** Whether there is more to close now. */
export function closeOverdue(storage: GateStorage, trail: Trail, runtime: Pick<Runtime, 'now'>): boolean {
  const now = runtime.now();
  const overdue = storage.run(
    `SELECT id, at, facts, personal, salt FROM open WHERE facts <> '' AND at <= ? ORDER BY at LIMIT ${BATCH}`,
    now - SETTLE_WITHIN_MS,
  );
  storage.transaction(() => {
    for (const row of overdue) {
      const { id, facts, personal, salt } = row as Readonly<Record<string, string>>;
      const { kind, rule = '' } = readObject<Facts>(facts!);
      storage.run('DELETE FROM open WHERE id = ?', id!);
      const result = canonical({ outcome: 'unknown' });
      const number = trail.append({ id: id!, facts: facts!, result, personal: personal! }, salt!);
      trail.count(rule, 'unknown', '', 1);
      // A hand-out asks InfluxDB for nothing.
      if (kind === 'hand_out') continue;
      storage.run(
        'INSERT INTO unresolved (number, id, at, next, tries) VALUES (?, ?, ?, ?, 0)',
        number,
        id!,
        row.at!,
        now,
      );
    }
    storage.run(`DELETE FROM open WHERE facts = '' AND at <= ?`, now - TOMBSTONE_MS);
  });
  return overdue.length === BATCH;
}

/** When the next admission is to be closed, milliseconds since the epoch. */
export function nextClosing(storage: GateStorage): number | null {
  const at = storage.run(
    'SELECT min(CASE facts WHEN ?1 THEN at + ?2 ELSE at + ?3 END) AS at FROM open',
    '',
    TOMBSTONE_MS,
    SETTLE_WITHIN_MS,
  )[0]?.at;
  return typeof at === 'number' ? at : null;
}
