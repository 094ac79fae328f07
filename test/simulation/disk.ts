// The database of one object, on a disk that outlives the object's instances. As on the platform, what code writes without a wait is kept as
// a whole or not at all; an instance may die just before or just after; one that was superseded goes on with what it knew, but nothing
// that it writes is kept, and it dies of it.

import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Column, GateStorage } from '../../src/admission/gate/gate-storage.ts';
import type { Process } from './process.ts';
import type { World } from './world.ts';

export interface Disk {
  /** For one instance. */
  readonly open: (process: Process) => GateStorage & { readonly supersede: () => void };
  /** What is durable. */
  readonly rows: GateStorage['run'];
  /** Milliseconds since the epoch, by the clock of whose it is. */
  readonly alarmAt: () => number | null;
  readonly takeAlarm: () => void;
  readonly lose: () => void;
  /** Gives its database back, to be used by a later schedule. */
  readonly release: () => void;
}

export interface DiskOptions {
  readonly name: string;
  /** Something durable has changed. */
  readonly onKept: () => void;
  readonly onAlarmSet: () => void;
  /** Bytes. */
  readonly size: () => number;
}

interface Database {
  readonly run: GateStorage['run'];
  readonly clear: () => void;
}

/** Databases of schedules that are over, emptied: to make tables takes longer than many schedules. */
const idle: Database[] = [];

function createDatabase(): Database {
  const known = idle.pop();
  if (known !== undefined) return known;
  const database = new DatabaseSync(':memory:');
  const statements = new Map<string, StatementSync>();
  const run = (text: string, ...values: readonly Column[]) => {
    let statement = statements.get(text);
    if (statement === undefined) {
      statement = database.prepare(text);
      statements.set(text, statement);
    }
    return statement.all(...values) as Readonly<Record<string, Column>>[];
  };
  return {
    run,
    clear: () => {
      for (const table of tablesOf(run)) run(`DELETE FROM ${table}`);
    },
  };
}

function tablesOf(run: GateStorage['run']): readonly string[] {
  return run(`SELECT name FROM sqlite_schema WHERE type = 'table'`).map(({ name }) => String(name));
}

/** Another database with the same rows. */
function copyOf(original: Database): Database {
  const copy = createDatabase();
  for (const { sql } of original.run('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL')) {
    copy.run(String(sql).replace(/^CREATE (TABLE|INDEX) (?!IF)/, 'CREATE $1 IF NOT EXISTS '));
  }
  for (const table of tablesOf(original.run)) {
    for (const row of original.run(`SELECT * FROM ${table}`)) {
      const columns = Object.keys(row);
      const marks = columns.map(() => '?').join(', ');
      copy.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`, ...Object.values(row));
    }
  }
  return copy;
}

const READS = /^(SELECT|PRAGMA)/;

export function createDisk(world: World, { name, onKept, onAlarmSet, size }: DiskOptions): Disk {
  const durable = createDatabase();
  const copies: Database[] = [];
  let alarmAt: number | null = null;

  const open: Disk['open'] = (process) => {
    let database = durable;
    let isSuperseded = false;
    /** Whether something has been written since the last wait. */
    let writing = false;
    let alarmBefore: number | null = null;

    function write(): void {
      if (writing) return;
      writing = true;
      if (!isSuperseded) database.run('BEGIN');
      alarmBefore = alarmAt;
      // The end of what runs without a wait.
      queueMicrotask(end);
    }

    function end(): void {
      writing = false;
      if (isSuperseded) process.die('it was superseded, and has written');
      else if (world.weather.gateDeath()) {
        durable.run('ROLLBACK');
        alarmAt = alarmBefore;
        process.die(`before what it wrote was durable (${name})`);
      } else {
        durable.run('COMMIT');
        if (alarmAt !== alarmBefore) onAlarmSet();
        onKept();
        if (world.weather.gateDeath()) process.die(`after what it wrote was durable (${name})`);
      }
    }

    return {
      run: (text, ...values) => {
        if (!process.isAlive()) throw new Error(`${process.name} is dead`);
        if (!READS.test(text)) write();
        return database.run(text, ...values);
      },
      transaction: (work) => {
        write();
        database.run('SAVEPOINT within');
        try {
          const result = work();
          database.run('RELEASE within');
          return result;
        } catch (error) {
          database.run('ROLLBACK TO within');
          database.run('RELEASE within');
          throw error;
        }
      },
      setAlarm: (at) => {
        write();
        if (!isSuperseded) alarmAt = at;
      },
      size,
      supersede: () => {
        isSuperseded = true;
        database = copyOf(durable);
        copies.push(database);
      },
    };
  };

  return {
    open,
    rows: durable.run,
    alarmAt: () => alarmAt,
    takeAlarm: () => {
      alarmAt = null;
    },
    lose: () => {
      durable.clear();
      alarmAt = null;
    },
    release: () => {
      for (const database of [durable, ...copies]) {
        database.clear();
        idle.push(database);
      }
    },
  };
}
