// Ends the tokens that a switch covers, in the background: youngest first, a bounded number at a time, until two listings with a sync
// interval between them have found nothing. Its state is in its storage, so it may be interrupted and repeated at any point. It never ends
// before the switch is in force, because more could come after it, and never touches what is made after the switch is over.

import { parseJson } from '../../foundation/json.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { GateStorage } from '../gate/gate-storage.ts';
import { readObject } from '../record.ts';
import { type Switch, type Target, targetKey } from '../switch.ts';

/** What InfluxDB and the records know of live tokens. */
export interface Withdrawal {
  /** Names of live tokens that the target covers and that were made from `since` on and before `before`, youngest first. */
  readonly find: (target: Target, since: number, before: number) => Promise<FoundTokens>;
  /** False when it must be tried again. */
  readonly remove: (name: string) => Promise<boolean>;
  /** Milliseconds after which every node of every instance has heard of a token. */
  readonly spreadMs: number;
}

export interface FoundTokens {
  readonly names: readonly string[];
  /** Instances that did not answer, and gates: nothing is known of what they hold. */
  readonly unreachable: readonly string[];
}

/** What an operator sees. */
export interface RevocationProgress {
  readonly state: 'waiting' | 'revoking' | 'done';
  readonly revoked: number;
  /** Found, and not revoked yet. */
  readonly left: number;
  /** Attempts that failed; they are repeated. */
  readonly failed: number;
  readonly unreachable: readonly string[];
}

export interface MassRevoke {
  /**
   * Within a transaction. What is under way for a switch that this one replaces goes on under its id; so there are never two of one place.
   * @param since milliseconds since the epoch; 0 for all, null for none but what was under way.
   */
  readonly begin: (one: Switch, since: number | null, replaced: readonly Switch[]) => void;
  /** Within a transaction. The switch is over: what is made from now on stays, and what was made before still goes. */
  readonly end: (id: string) => void;
  /** Null when there is none of that id. */
  readonly progress: (id: string) => RevocationProgress | null;
  /** The switches of those that are remembered. */
  readonly switches: () => readonly Switch[];
  /** One bounded step of the one that is due first. Rejects when that failed, and it is repeated. @param isInForce of the list of switches. */
  readonly work: (isInForce: boolean) => Promise<void>;
  /** When the next step is due, milliseconds since the epoch; null when there is none. */
  readonly nextAt: () => number | null;
}

const TABLES = [
  'revocations (id TEXT PRIMARY KEY, place TEXT NOT NULL, switch TEXT NOT NULL, since INTEGER NOT NULL, before INTEGER, next INTEGER, empty INTEGER, revoked INTEGER NOT NULL, failed INTEGER NOT NULL, unreachable TEXT NOT NULL) WITHOUT ROWID',
  'covered (id TEXT NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (id, place)) WITHOUT ROWID',
] as const;

/** The platform allows 10,000 subrequests an invocation; a shared token takes up to three. */
const REMOVED_PER_STEP = 2_000;
/** The platform opens six connections at a time. */
const CONCURRENCY = 6;
const STEP_MS = 20_000;
/** After a failure. */
const RETRY_MS = 5_000;
/** A single node spreads nothing, but creates may end in any order. */
const SHORTEST_CHECK_MS = 1_000;
/** So many that are done are remembered. */
const MAX_REMEMBERED = 100;

export interface MassRevokeDependencies {
  readonly storage: Pick<GateStorage, 'run' | 'transaction'>;
  readonly withdrawal: Withdrawal;
  readonly runtime: Pick<Runtime, 'now'>;
}

export function createMassRevoke({ storage, withdrawal, runtime }: MassRevokeDependencies): MassRevoke {
  for (const table of TABLES) storage.run(`CREATE TABLE IF NOT EXISTS ${table}`);

  const left = (id: string) => Number(storage.run('SELECT count(*) AS n FROM covered WHERE id = ?', id)[0]!.n);

  async function list({ id, target, since, before, empty }: Due, isInForce: boolean): Promise<void> {
    const { names, unreachable } = await withdrawal.find(target, since, before);
    const now = runtime.now();
    storage.transaction(() => {
      const noted = JSON.stringify(unreachable);
      for (const [place, name] of names.entries()) {
        storage.run('INSERT OR REPLACE INTO covered (id, place, name) VALUES (?, ?, ?)', id, place, name);
      }
      if (names.length > 0 || unreachable.length > 0 || !isInForce) {
        const next = names.length > 0 ? now : now + RETRY_MS;
        storage.run('UPDATE revocations SET next = ?, empty = NULL, unreachable = ? WHERE id = ?', next, noted, id);
        return;
      }
      const pause = Math.max(SHORTEST_CHECK_MS, withdrawal.spreadMs);
      const done = empty !== null && now >= empty + pause;
      storage.run(
        'UPDATE revocations SET next = ?, empty = ?, unreachable = ? WHERE id = ?',
        done ? null : now + pause,
        empty ?? now,
        noted,
        id,
      );
      storage.run(
        `DELETE FROM revocations WHERE next IS NULL AND id NOT IN (SELECT id FROM revocations WHERE next IS NULL ORDER BY id DESC LIMIT ${MAX_REMEMBERED})`,
      );
    });
  }

  async function remove(id: string): Promise<void> {
    const until = runtime.now() + STEP_MS;
    const rows = storage.run(
      `SELECT place, name FROM covered WHERE id = ? ORDER BY place LIMIT ${REMOVED_PER_STEP}`,
      id,
    );
    const queue = rows.values();
    let failures = 0;
    const worker = async () => {
      for (const { place, name } of queue) {
        const removed = await withdrawal.remove(String(name));
        storage.run('DELETE FROM covered WHERE id = ? AND place = ?', id, place!);
        if (removed) storage.run('UPDATE revocations SET revoked = revoked + 1 WHERE id = ?', id);
        else failures++;
        if (runtime.now() >= until) return;
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    // What failed is found again by the next listing.
    storage.run(
      'UPDATE revocations SET next = ?, failed = failed + ? WHERE id = ?',
      runtime.now() + (failures > 0 ? RETRY_MS : 0),
      failures,
      id,
    );
  }

  interface Due {
    readonly id: string;
    readonly target: Target;
    readonly since: number;
    readonly before: number;
    readonly empty: number | null;
  }

  function firstDue(): Due | null {
    const [row] = storage.run(
      'SELECT id, switch, since, before, empty FROM revocations WHERE next <= ? ORDER BY next LIMIT 1',
      runtime.now(),
    );
    if (row === undefined) return null;
    const { target, until } = readObject<Switch>(String(row.switch));
    const ends = [row.before, until].filter((at) => typeof at === 'number');
    const empty = row.empty === null ? null : Number(row.empty);
    return { id: String(row.id), target, since: Number(row.since), before: Math.min(Infinity, ...ends), empty };
  }

  return {
    begin: (one, since, replaced) => {
      const place = placeOf(one);
      const replacedIds = new Set(replaced.map(({ id }) => id));
      const taken = storage
        .run('SELECT id, since FROM revocations WHERE place = ? AND next IS NOT NULL', place)
        .filter(({ id }) => since !== null || replacedIds.has(String(id)));
      const all = [...taken.map((row) => Number(row.since)), ...(since === null ? [] : [since])];
      if (all.length === 0) return;
      for (const { id } of taken) {
        storage.run('DELETE FROM revocations WHERE id = ?', id!);
        storage.run('DELETE FROM covered WHERE id = ?', id!);
      }
      storage.run(
        `INSERT INTO revocations (id, place, switch, since, before, next, empty, revoked, failed, unreachable) VALUES (?, ?, ?, ?, NULL, ?, NULL, 0, 0, '[]')`,
        one.id,
        place,
        JSON.stringify(one),
        Math.min(...all),
        runtime.now(),
      );
    },
    end: (id) => {
      storage.run('UPDATE revocations SET before = ? WHERE id = ? AND before IS NULL', runtime.now(), id);
    },
    switches: () => storage.run('SELECT switch FROM revocations').map((row) => readObject<Switch>(String(row.switch))),
    progress: (id) => {
      const [row] = storage.run('SELECT next, revoked, failed, unreachable FROM revocations WHERE id = ?', id);
      if (row === undefined) return null;
      const found = left(id);
      return {
        state:
          row.next === null ? 'done' : Number(row.revoked) + found + Number(row.failed) > 0 ? 'revoking' : 'waiting',
        revoked: Number(row.revoked),
        left: found,
        failed: Number(row.failed),
        unreachable: readNames(String(row.unreachable)),
      };
    },
    work: async (isInForce) => {
      const due = firstDue();
      if (due === null) return;
      try {
        if (left(due.id) > 0) await remove(due.id);
        else await list(due, isInForce);
      } catch (error) {
        // One that fails must not keep the others from their turn.
        storage.run(
          'UPDATE revocations SET next = ?, failed = failed + 1 WHERE id = ?',
          runtime.now() + RETRY_MS,
          due.id,
        );
        throw error;
      }
    },
    nextAt: () => {
      const at = storage.run('SELECT min(next) AS at FROM revocations')[0]?.at;
      return typeof at === 'number' ? at : null;
    },
  };
}

/** Where a switch stands: equal for one that takes its place. */
function placeOf({ level, target }: Switch): string {
  return `${level} ${targetKey(target)}`;
}

function readNames(text: string): readonly string[] {
  const json = parseJson(text);
  return json.ok && Array.isArray(json.value) ? (json.value as readonly string[]) : [];
}
