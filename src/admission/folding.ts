// Refusals become entries once their minute is over: one for each identity, rule and reason, with a count. A caller who is refused a
// hundred thousand times writes a few rows, and hides nobody else's entry.

import type { Runtime } from '../foundation/runtime.ts';
import type { GateStorage } from './gate-storage.ts';
import { canonical, readObject, type Settlement } from './record.ts';
import type { Trail } from './trail.ts';

const BATCH = 200;
const MINUTE_MS = 60_000;

/** Whether there is more to fold now. */
export function foldRefusals(storage: GateStorage, trail: Trail, runtime: Pick<Runtime, 'now'>): boolean {
  const over = storage.run(
    `SELECT minute, who, count, id, facts, result, personal, seal FROM refusals WHERE minute < ? ORDER BY minute, id LIMIT ${BATCH}`,
    Math.floor(runtime.now() / MINUTE_MS),
  );
  storage.transaction(() => {
    for (const { minute, who, count, id, facts, result, personal, seal } of over) {
      const settlement = readObject<Settlement>(String(result));
      trail.append({
        id: String(id),
        facts: String(facts),
        result: canonical({ ...settlement, count: Number(count) }),
        personal: String(personal),
        seal: String(seal),
      });
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
