// What a gate keeps, and where: the tables, and the small part of SQLite that the gate's code uses. A Durable Object binds it to its own
// storage, tests to a database in memory. It never decides anything.

/** One column of a row, as SQLite gives it. */
export type Column = string | number | null;

/** A gate's own database. Nothing in it waits: each statement is done when it returns, and a transaction is one write to the disk. */
export interface GateStorage {
  /** The rows that the statement returns. */
  readonly run: (statement: string, ...values: readonly Column[]) => readonly Readonly<Record<string, Column>>[];
  /** All of the statements that `work` runs, or none of them if it throws. */
  readonly transaction: <T>(work: () => T) => T;
  /** Calls the gate's `alarm` at that time, milliseconds since the epoch; a gate has one alarm. */
  readonly setAlarm: (at: number) => void;
  /** Bytes on disk. */
  readonly size: () => number;
}

/**
 * `facts` and `result` are canonical JSON, written once and never changed. `personal` holds the subject and the claims; with `salt` it makes
 * the commitment that stands for them (`commitment.ts`), so that they can be erased later while the rest still proves what it proved.
 */
const TABLES = [
  // One row: which life of this gate it is. `known` is the version of the switch list in `switches`.
  'gate (one INTEGER PRIMARY KEY CHECK (one = 1), epoch INTEGER NOT NULL, born INTEGER NOT NULL, lost INTEGER NOT NULL, keep INTEGER NOT NULL, version INTEGER NOT NULL, switches TEXT NOT NULL)',
  // Admissions whose outcome is not known yet. Without facts it is a tombstone: the id was settled before it was admitted.
  'open (id TEXT PRIMARY KEY, at INTEGER NOT NULL, claim TEXT NOT NULL, facts TEXT NOT NULL, personal TEXT NOT NULL, salt TEXT NOT NULL) WITHOUT ROWID',
  // The trail of this gate. `hash` is for the chain, which is made afterwards.
  'entries (number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, at INTEGER NOT NULL, id TEXT NOT NULL, facts TEXT NOT NULL, result TEXT NOT NULL, personal TEXT NOT NULL, salt TEXT NOT NULL, hash TEXT)',
  'claims (key TEXT PRIMARY KEY, until INTEGER NOT NULL, id TEXT NOT NULL) WITHOUT ROWID',
  // Entries whose outcome InfluxDB's catalogue has still to tell.
  'unresolved (number INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL, next INTEGER NOT NULL, tries INTEGER NOT NULL)',
  // Refusals of one minute, by who was refused and why.
  'refusals (minute INTEGER NOT NULL, who TEXT NOT NULL, count INTEGER NOT NULL, id TEXT NOT NULL, facts TEXT NOT NULL, result TEXT NOT NULL, personal TEXT NOT NULL, salt TEXT NOT NULL, PRIMARY KEY (minute, who)) WITHOUT ROWID',
  // `since` is the beginning of an hour; of a day, once the hours are two days old.
  'counters (since INTEGER NOT NULL, rule TEXT NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (since, rule, outcome, reason)) WITHOUT ROWID',
] as const;

export function createTables(storage: GateStorage): void {
  for (const table of TABLES) storage.run(`CREATE TABLE IF NOT EXISTS ${table}`);
  storage.run('CREATE INDEX IF NOT EXISTS entries_id ON entries (id)');
}

/** 128 random bits, made by the database itself: a value in a statement. */
export const FRESH_SALT = 'lower(hex(randomblob(16)))';
