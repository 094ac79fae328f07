// The entries of one gate: appended in its transactions, numbered, timed, and counted by the hour. It never changes one.

import type { Runtime } from '../../foundation/runtime.ts';
import { canonical, type Facts, type Settlement } from '../record.ts';
import { FRESH_SALT, type GateStorage } from './gate-storage.ts';

/** What is written: each part as it is kept. */
export interface Written {
  /** The token's name, or the request's id where there is none. */
  readonly id: string;
  readonly facts: string;
  readonly result: string;
  readonly personal: string;
}

export interface Trail {
  /** Within a transaction. @param salt of the admission that it closes; a fresh one when left out. @returns the number of the new entry. */
  readonly append: (written: Written, salt?: string) => number;
  /** One entry of the service's own. */
  readonly appendOwn: (id: string, facts: Omit<Facts, 'actor'>, settlement: Settlement) => number;
  /** Within a transaction. @param times how many more. */
  readonly count: (rule: string, outcome: string, reason: string, times: number) => void;
  readonly lastNumber: () => number;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** @param epoch the life of the gate in which entries are written. */
export function createTrail(storage: GateStorage, epoch: () => number, runtime: Pick<Runtime, 'now'>): Trail {
  /** Of the newest entry, so that a clock that is set back never makes time run back. Owned by this trail, read once. */
  let lastAt: number | null = null;

  const append: Trail['append'] = ({ id, facts, result, personal }, salt) => {
    lastAt ??= Number(
      storage.run('SELECT max(at) AS at FROM (SELECT at FROM entries ORDER BY number DESC LIMIT 1)')[0]?.at ?? 0,
    );
    lastAt = Math.max(lastAt, runtime.now());
    const [row] = storage.run(
      `INSERT INTO entries (epoch, at, id, facts, result, personal, salt) VALUES (?, ?, ?, ?, ?, ?, coalesce(?, ${FRESH_SALT})) RETURNING number`,
      epoch(),
      lastAt,
      id,
      facts,
      result,
      personal,
      salt ?? null,
    );
    return Number(row!.number);
  };

  return {
    append,
    appendOwn: (id, facts, settlement) =>
      append({ id, facts: canonical({ ...facts, actor: 'service' }), result: canonical(settlement), personal: '' }),
    count: (rule, outcome, reason, times) => {
      const since = Math.floor(runtime.now() / HOUR_MS) * HOUR_MS;
      storage.run(
        'INSERT INTO counters (since, rule, outcome, reason, count) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
        since,
        rule,
        outcome,
        reason,
        times,
      );
    },
    lastNumber: () => Number(storage.run('SELECT max(number) AS number FROM entries')[0]?.number ?? 0),
  };
}
