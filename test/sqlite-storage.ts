// A gate's storage in memory, for tests in this process: the same SQL as in a Durable Object, by Node's own SQLite. Nothing comes by itself: a
// test rings the alarm when its clock says so.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Column, GateStorage } from '../src/admission/gate/gate-storage.ts';

export interface SqliteStorage extends GateStorage {
  /** Milliseconds since the epoch; null when no alarm is set. */
  alarmAt: number | null;
  /** What `size` answers instead of the truth; null for the truth. */
  pretendedSize: number | null;
  /** Rows that statements have inserted, changed or removed. */
  readonly written: () => number;
}

export function createSqliteStorage(): SqliteStorage {
  const database = new DatabaseSync(':memory:');
  const statements = new Map<string, StatementSync>();
  let depth = 0;
  const prepare = (text: string) => {
    const known = statements.get(text) ?? database.prepare(text);
    statements.set(text, known);
    return known;
  };
  const storage: SqliteStorage = {
    alarmAt: null,
    pretendedSize: null,
    run: (text, ...values) => prepare(text).all(...values) as Readonly<Record<string, Column>>[],
    transaction: (work) => {
      if (depth > 0) throw new Error('a transaction within a transaction');
      depth++;
      database.exec('BEGIN');
      try {
        const result = work();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      } finally {
        depth--;
      }
    },
    setAlarm: (at) => {
      storage.alarmAt = at;
    },
    size: () => {
      if (storage.pretendedSize !== null) return storage.pretendedSize;
      const pages = Number(prepare('PRAGMA page_count').get()!.page_count);
      return pages * Number(prepare('PRAGMA page_size').get()!.page_size);
    },
    written: () => Number(prepare('SELECT total_changes() AS n').get()!.n),
  };
  return storage;
}
