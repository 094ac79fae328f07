// What became of the tokens whose outcome is unknown: InfluxDB's catalogue is asked by name, until its answer is final. "Not there" is
// final once the create could not arrive any more; before that it says nothing. It never deletes a token.

import { withinDeadline } from '../../foundation/deadline.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import { canonical, type Facts, type Outcome, readObject } from '../record.ts';
import type { GateStorage } from './gate-storage.ts';
import type { Trail } from './trail.ts';

/** InfluxDB's catalogue, as far as the gate needs it. */
export interface Catalogue {
  /** Whether an instance has a token of that name; null when it cannot be asked. */
  readonly has: (instance: string, name: string) => Promise<boolean | null>;
}

/** So many names are asked for at a time, because an object may open six connections. */
const AT_ONCE = 6;
const ASK_WITHIN_MS = 12_000;
const SHORTEST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/** Whether there is more to ask for now. */
export async function resolveUnknown(
  storage: GateStorage,
  trail: Trail,
  catalogue: Catalogue,
  runtime: Pick<Runtime, 'now' | 'after'>,
): Promise<boolean> {
  const due = storage.run(
    `SELECT u.number, u.id, u.at, u.tries, e.facts, e.personal, e.salt FROM unresolved u JOIN entries e ON e.number = u.number WHERE u.next <= ? ORDER BY u.next LIMIT ${AT_ONCE}`,
    runtime.now(),
  );
  await Promise.all(
    due.map(async ({ number, id, at, tries, facts, personal, salt }) => {
      const { instance = '', rule = '', ttl = 0, final_at: finalAt = 0 } = readObject<Facts>(String(facts));
      const has = await withinDeadline(catalogue.has(instance, String(id)), ASK_WITHIN_MS, runtime);
      const now = runtime.now();
      const outcome = conclude(has, now, { finalAt, endsAt: Number(at) + ttl * 1000 });
      storage.transaction(() => {
        // Meanwhile the Worker may have settled it after all.
        const held = storage.run('SELECT 1 AS held FROM unresolved WHERE number = ?', number!).length > 0;
        if (!held) return;
        if (outcome === null) {
          const pause = Math.min(SHORTEST_PAUSE_MS * 2 ** Math.min(Number(tries), 10), LONGEST_PAUSE_MS);
          const next = has === false ? Math.max(finalAt, now + 1) : now + pause;
          storage.run('UPDATE unresolved SET next = ?, tries = tries + 1 WHERE number = ?', next, number!);
          return;
        }
        storage.run('DELETE FROM unresolved WHERE number = ?', number!);
        trail.append(
          {
            id: String(id),
            facts: String(facts),
            result: canonical({ outcome, corrects: Number(number) }),
            personal: String(personal),
          },
          String(salt),
        );
        trail.count(rule, outcome, '', 1);
      });
    }),
  );
  return due.length === AT_ONCE;
}

/** Null: ask again later. */
function conclude(
  has: boolean | null,
  now: number,
  { finalAt, endsAt }: { readonly finalAt: number; readonly endsAt: number },
): Outcome | null {
  if (has === true) return 'found';
  // An expired token may have been there and been swept.
  if (now >= Math.max(endsAt, finalAt)) return 'expired';
  return has === false && now >= finalAt ? 'never_made' : null;
}

/** When the next name is to be asked for, milliseconds since the epoch. */
export function nextResolution(storage: GateStorage): number | null {
  const at = storage.run('SELECT min(next) AS at FROM unresolved')[0]?.at;
  return typeof at === 'number' ? at : null;
}
