// The storage on disk of the Durable Objects of a Worker in workerd, for tests: read as it is, and aged while the Worker is stopped, as if
// time had passed. The service itself never touches these files.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export interface ObjectStorage {
  /** Every byte of every file that the objects of a class have, journals included. */
  readonly bytes: () => Promise<Buffer>;
  /** How many rows of a table all objects of the class hold together. */
  readonly count: (table: string) => Promise<number>;
  /** The rows of a query, of all objects of the class together. */
  readonly rows: (query: string) => Promise<Readonly<Record<string, unknown>>[]>;
  /** Runs a statement in each object. The Worker must be stopped. */
  readonly alter: (statement: string) => Promise<void>;
  /** Makes every alarm due. The Worker must be stopped. */
  readonly ring: () => Promise<void>;
  /** How many objects have an alarm that `ring` made due and that has not been answered. */
  readonly ringing: () => Promise<number>;
  /** Makes the storage unreadable. The Worker must be stopped. */
  readonly damage: () => Promise<void>;
}

/** workerd may be writing at this moment. */
const BUSY_MS = 5_000;
/** Nanoseconds since the epoch, as workerd keeps its alarms. */
const LONG_AGO = 1;

/** @param root the directory that the Worker was given to keep its storage in. */
export function objectStorage(root: string, className: string): ObjectStorage {
  const folder = join(root, 'do', `-${className}`);
  const files = async () => (await readdir(folder)).map((file) => join(folder, file));
  /** The alarms of all objects are kept apart from what each of them stores. */
  const isObject = (file: string) => file.endsWith('.sqlite') && !file.endsWith('metadata.sqlite');

  async function inEach<T>(readOnly: boolean, use: (database: DatabaseSync) => T): Promise<T[]> {
    return (await files()).filter(isObject).flatMap((file) => {
      const database = new DatabaseSync(file, { readOnly, timeout: BUSY_MS });
      try {
        // An object that was killed while it was being made has no tables yet.
        return database.prepare('SELECT 1 FROM sqlite_master').get() === undefined ? [] : [use(database)];
      } finally {
        database.close();
      }
    });
  }

  async function sum(query: string): Promise<number> {
    const counts = await inEach(true, (database) => Number(database.prepare(query).get()?.n));
    return counts.reduce((total, count) => total + count, 0);
  }

  return {
    // A journal may come and go between the two reads.
    bytes: async () =>
      Buffer.concat(await Promise.all((await files()).map((file) => readFile(file).catch(() => Buffer.of())))),
    count: (table) => sum(`SELECT count(*) AS n FROM ${table}`),
    rows: async (query) => (await inEach(true, (database) => database.prepare(query).all())).flat(),
    alter: async (statement) => {
      await inEach(false, (database) => database.exec(statement));
    },
    ring: async () => {
      // An object remembers its own alarm, too, and answers to no other.
      await inEach(false, (database) => {
        // One that was killed before it had set an alarm has nothing to ring.
        if (database.prepare(`SELECT 1 FROM sqlite_master WHERE name = '_cf_METADATA'`).get() === undefined) return;
        database.exec(`UPDATE _cf_METADATA SET value = ${LONG_AGO} WHERE key = 1`);
      });
      const alarms = new DatabaseSync(join(folder, 'metadata.sqlite'));
      alarms.exec(`UPDATE _cf_ALARM SET scheduled_time = ${LONG_AGO}`);
      alarms.close();
    },
    ringing: () => sum(`SELECT count(*) AS n FROM _cf_METADATA WHERE key = 1 AND value = ${LONG_AGO}`),
    damage: async () => {
      // The journal as well: SQLite could repair the rest from it.
      const owned = (await files()).filter((file) => !file.includes('metadata.sqlite'));
      for (const file of owned) await writeFile(file, Buffer.alloc(8_192, 0x5a));
    },
  };
}
