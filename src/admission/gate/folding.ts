// Refusals become entries once their minute is over: one for each identity, rule and reason, with a count; so do reads of the trail. A
// caller who is refused a hundred thousand times writes a few rows, and hides nobody else's entry.

import type { Runtime } from '../../foundation/runtime.ts';
import { canonical, type Facts, readObject, type Settlement } from '../record.ts';
import { FRESH_SALT, type GateStorage } from './gate-storage.ts';
import type { Trail, Written } from './trail.ts';

const BATCH = 200;
export const MINUTE_MS = 60_000;
/** Different people may be refused by the same rule; a minute keeps an entry for each of so many, and one for all others of a rule. */
const REFUSALS_PER_MINUTE = 60;

/** Within a transaction. False when there is no room for them in this minute. */
export function addRefusals(storage: GateStorage, now: number, who: string, count: number, written: Written): boolean {
  const minute = Math.floor(now / MINUTE_MS);
  const add = (key: string) =>
    storage.run('UPDATE refusals SET count = count + ? WHERE minute = ? AND who = ? RETURNING who', count, minute, key)
      .length > 0;
  if (add(who)) return true;
  const { rule = '' } = readObject<Facts>(written.facts);
  const { reason = '' } = readObject<Settlement>(written.result);
  const kept = Number(storage.run('SELECT count(*) AS n FROM refusals WHERE minute = ?', minute)[0]!.n);
  const key = kept < REFUSALS_PER_MINUTE ? who : `${rule} ${reason}`;
  if (key !== who && add(key)) return true;
  if (kept >= 2 * REFUSALS_PER_MINUTE) return false;
  storage.run(
    `INSERT INTO refusals (minute, who, count, id, facts, result, personal, salt) VALUES (?, ?, ?, ?, ?, ?, ?, ${FRESH_SALT})`,
    minute,
    key,
    count,
    written.id,
    written.facts,
    written.result,
    key === who ? written.personal : '',
  );
  return true;
}

/** Whether there is more to fold now. */
export function foldRefusals(storage: GateStorage, trail: Trail, runtime: Pick<Runtime, 'now'>): boolean {
  const over = storage.run(
    `SELECT minute, who, count, id, facts, result, personal, salt FROM refusals WHERE minute < ? ORDER BY minute, id LIMIT ${BATCH}`,
    Math.floor(runtime.now() / MINUTE_MS),
  );
  storage.transaction(() => {
    for (const { minute, who, count, id, facts, result, personal, salt } of over) {
      const settlement = readObject<Settlement>(String(result));
      trail.append(
        {
          id: String(id),
          facts: String(facts),
          result: canonical({ ...settlement, count: Number(count) }),
          personal: String(personal),
        },
        String(salt),
      );
      storage.run('DELETE FROM refusals WHERE minute = ? AND who = ?', minute!, who!);
    }
  });
  return over.length === BATCH;
}

/** When the next minute is over, milliseconds since the epoch. */
export function nextFolding(storage: GateStorage): number | null {
  const minute = storage.run('SELECT min(minute) AS minute FROM refusals')[0]?.minute;
  return typeof minute === 'number' ? (minute + 1) * MINUTE_MS : null;
}
