// Ends the tokens that a switch covers, in the background: youngest first, a bounded number at a time, until two listings with a sync
// interval between them have found nothing. Its state is in its storage, so it may be interrupted and repeated at any point. It never begins
// before the switch is in force, because more would come after it.

import { parseJson } from '../../foundation/json.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { GateStorage } from '../gate/gate-storage.ts';
import { readObject } from '../record.ts';
import type { Target } from '../switch.ts';

/** What InfluxDB and the records know of live tokens. */
export interface Withdrawal {
  /** Names of live tokens that the target covers and that were made at this time or later, youngest first. */
  readonly find: (target: Target, since: number) => Promise<FoundTokens>;
  /** False when it must be tried again. */
  readonly remove: (name: string) => Promise<boolean>;
  /** Milliseconds after which every node of every instance has heard of a token. */
  readonly spreadMs: number;
}

export interface FoundTokens {
  readonly names: readonly string[];
  /** Instances that did not answer: nothing is known of their tokens. */
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
  /** Within a transaction. @param since milliseconds since the epoch; 0 for all. */
  readonly begin: (id: string, target: Target, since: number) => void;
  /** Null when there is none of that id. */
  readonly progress: (id: string) => RevocationProgress | null;
  /** One bounded step of each that is due. */
  readonly work: () => Promise<void>;
  /** When the next step is due, milliseconds since the epoch; null when there is none. */
  readonly nextAt: () => number | null;
}

const TABLES = [
  'revocations (id TEXT PRIMARY KEY, target TEXT NOT NULL, since INTEGER NOT NULL, next INTEGER, empty INTEGER, revoked INTEGER NOT NULL, failed INTEGER NOT NULL, unreachable TEXT NOT NULL) WITHOUT ROWID',
  'covered (id TEXT NOT NULL, place INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (id, place)) WITHOUT ROWID',
] as const;

/** The platform allows a thousand subrequests an invocation; listing and stores need some of them. */
const REMOVED_PER_STEP = 900;
/** The platform opens six connections at a time. */
const CONCURRENCY = 6;
const STEP_MS = 20_000;
/** After a failure. */
const RETRY_MS = 5_000;
/** A single node spreads nothing, but creates may end in any order. */
const SHORTEST_CHECK_MS = 1_000;
/** So many are remembered; the oldest that are done make room. */
const MAX_REMEMBERED = 100;

export interface MassRevokeDependencies {
  readonly storage: Pick<GateStorage, 'run' | 'transaction'>;
  readonly withdrawal: Withdrawal;
  readonly runtime: Pick<Runtime, 'now'>;
}

export function createMassRevoke({ storage, withdrawal, runtime }: MassRevokeDependencies): MassRevoke {
  for (const table of TABLES) storage.run(`CREATE TABLE IF NOT EXISTS ${table}`);

  const left = (id: string) => Number(storage.run('SELECT count(*) AS n FROM covered WHERE id = ?', id)[0]!.n);

  async function list(id: string, target: Target, since: number, empty: number | null): Promise<void> {
    const { names, unreachable } = await withdrawal.find(target, since);
    const now = runtime.now();
    storage.transaction(() => {
      const noted = JSON.stringify(unreachable);
      for (const [place, name] of names.entries()) {
        storage.run('INSERT OR REPLACE INTO covered (id, place, name) VALUES (?, ?, ?)', id, place, name);
      }
      if (names.length > 0 || unreachable.length > 0) {
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

  return {
    begin: (id, target, since) => {
      storage.run(
        `INSERT OR REPLACE INTO revocations (id, target, since, next, empty, revoked, failed, unreachable) VALUES (?, ?, ?, ?, NULL, 0, 0, '[]')`,
        id,
        JSON.stringify(target),
        since,
        runtime.now(),
      );
      storage.run(
        `DELETE FROM revocations WHERE next IS NULL AND id NOT IN (SELECT id FROM revocations ORDER BY id DESC LIMIT ${MAX_REMEMBERED})`,
      );
    },
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
    work: async () => {
      const due = storage.run(
        'SELECT id, target, since, empty FROM revocations WHERE next <= ? ORDER BY next',
        runtime.now(),
      );
      for (const { id, target, since, empty } of due) {
        if (left(String(id)) > 0) await remove(String(id));
        else
          await list(
            String(id),
            readObject<Target>(String(target)),
            Number(since),
            empty === null ? null : Number(empty),
          );
      }
    },
    nextAt: () => {
      const at = storage.run('SELECT min(next) AS at FROM revocations')[0]?.at;
      return typeof at === 'number' ? at : null;
    },
  };
}

function readNames(text: string): readonly string[] {
  const json = parseJson(text);
  return json.ok && Array.isArray(json.value) ? (json.value as readonly string[]) : [];
}
