// The limit of one rule: which of its tokens were made lately, and which are alive. One object counts them all, so the limit is never
// exceeded, whatever runs at the same time; it may be used less while an outcome is unknown. The numbers come with each request, because
// the policy may change. It never mints, and never ends a token.

import { withinDeadline } from '../../foundation/deadline.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { Limit } from '../../policy/language/compiled.ts';
import type { GateStorage } from '../gate/gate-storage.ts';

/** Of the calls below. An object of an older version does not guess what a newer one means. */
export const LIMIT_FORMAT = 1;

/** What a slot is asked for. Times are milliseconds since the epoch. */
export interface SlotRequest {
  /** The name of the token; for a hand-out of a shared token, the request's id. */
  readonly id: string;
  /** A digest of the caller. */
  readonly who: string;
  readonly instance: string;
  /** Milliseconds that the token lives; 0 for a hand-out, which makes none. */
  readonly life: number;
  /** InfluxDB has made it by then, or never will. */
  readonly madeBy: number;
  /** From then on every node of the instance must have heard of it. */
  readonly finalAt: number;
  readonly limit: Limit;
}

export interface SlotVerdict {
  readonly taken: boolean;
  /** How many more the limit gives now; null where it has no such part. */
  readonly vendsLeft: number | null;
  readonly liveLeft: number | null;
  /** Milliseconds until a slot will be free; 0 when it was taken. */
  readonly wait: number;
}

/** The counter of one rule as the rest of the service calls it. Rejects when it cannot be reached. */
export interface LimitCounter {
  /** May be repeated: the same id takes one slot. `returned`: the slot was given back before. */
  readonly take: (format: number, request: SlotRequest) => Promise<SlotVerdict | 'returned' | 'format'>;
  /** The token was made by now. @param life milliseconds. */
  readonly made: (format: number, id: string, life: number) => Promise<void>;
  /** No token was made: it counts as if it had never been asked for. */
  readonly giveBack: (format: number, id: string) => Promise<void>;
  /** These tokens are gone for certain. That they were made still counts. */
  readonly free: (format: number, ids: readonly string[]) => Promise<void>;
}

/** InfluxDB's catalogue, as far as a limit needs it. */
export interface LiveNames {
  /** Names of live tokens of a rule in ascending order, the first of them if there are many; null when InfluxDB cannot be asked. */
  readonly read: (
    instance: string,
  ) => Promise<{ readonly names: readonly string[]; readonly complete: boolean } | null>;
}

export interface LimitDependencies {
  readonly rule: string;
  readonly storage: GateStorage;
  readonly catalogue: LiveNames;
  readonly runtime: Pick<Runtime, 'now' | 'after' | 'alarm'>;
}

export interface LimitCore extends LimitCounter {
  /** Forgets what no limit can count any more. */
  readonly alarm: () => void;
}

const TABLES = [
  // `made` is the latest time at which the token can have been made, `ends` when it is dead in any case, `per` how long its making counts.
  'slots (id TEXT PRIMARY KEY, who TEXT NOT NULL, instance TEXT NOT NULL, made INTEGER NOT NULL, ends INTEGER NOT NULL, final INTEGER NOT NULL, per INTEGER NOT NULL) WITHOUT ROWID',
  // Slots that were given back: a request that comes after that takes none.
  'returned (id TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID',
] as const;

/** A flood of refusals asks InfluxDB no more often than this. */
const COMPARE_EVERY_MS = 5_000;
/** The caller waits meanwhile, and has a limit of their own. */
const COMPARE_WITHIN_MS = 3_000;
const PRUNE_EVERY_MS = 10 * 60_000;
/** Longer than a request can be on its way. */
const RETURNED_KEPT_MS = 10 * 60_000;

export function createLimit({ rule, storage, catalogue, runtime }: LimitDependencies): LimitCore {
  for (const table of TABLES) storage.run(`CREATE TABLE IF NOT EXISTS ${table}`);
  storage.run('CREATE INDEX IF NOT EXISTS slots_who ON slots (who)');
  let alarmSet = false;
  let comparing: Promise<boolean> | null = null;
  let comparedAt = Number.NEGATIVE_INFINITY;

  /** How much of one part of a limit is used, and when the next is free. @param until the time to which a slot counts, in SQL. */
  function usage(until: string, most: number, whose: string, now: number): { left: number; wait: number } {
    const of = `FROM slots WHERE ${until} > ?1 AND (?2 = '' OR who = ?2)`;
    const used = Number(storage.run(`SELECT count(*) AS n ${of}`, now, whose)[0]!.n);
    if (used < most) return { left: most - used, wait: 0 };
    const [next] = storage.run(
      `SELECT ${until} AS free ${of} ORDER BY free LIMIT 1 OFFSET ?3`,
      now,
      whose,
      used - most,
    );
    return { left: 0, wait: Number(next!.free) - now };
  }

  function attempt({ id, who, instance, life, madeBy, finalAt, limit }: SlotRequest): SlotVerdict | 'returned' {
    const now = runtime.now();
    return storage.transaction(() => {
      if (storage.run('SELECT 1 AS returned FROM returned WHERE id = ?', id).length > 0) return 'returned';
      const { vends, live, of } = limit;
      const whose = of === 'caller' ? who : '';
      const per = (vends?.per ?? 0) * 1000;
      // INVARIANT: every yes writes, so that an instance of this object that was superseded cannot say yes.
      const held = storage.run('UPDATE slots SET made = made WHERE id = ? RETURNING id', id).length > 0;
      const made = vends === null ? null : usage(`made + ${per}`, vends.count, whose, now);
      const alive = live === null ? null : usage('ends', live, whose, now);
      const more = held ? 0 : 1;
      const wait = Math.max(made?.wait ?? 0, alive?.wait ?? 0);
      const taken = held || wait === 0;
      if (taken && !held) {
        storage.run(
          'INSERT INTO slots (id, who, instance, made, ends, final, per) VALUES (?, ?, ?, ?, ?, ?, ?)',
          id,
          who,
          instance,
          madeBy,
          madeBy + life,
          finalAt,
          per,
        );
      }
      const left = (part: { readonly left: number } | null) =>
        part === null ? null : taken ? Math.max(0, part.left - more) : part.left;
      return { taken, vendsLeft: left(made), liveLeft: left(alive), wait: taken ? 0 : wait };
    });
  }

  /** Ends the slots of tokens that InfluxDB does not have any more. Whether there was one. */
  async function compare(): Promise<boolean> {
    const now = runtime.now();
    const slots = storage.run('SELECT id, instance FROM slots WHERE ends > ?1 AND final <= ?1', now);
    const gone: string[] = [];
    for (const [instance, group] of Map.groupBy(slots, (slot) => String(slot.instance))) {
      const live = await withinDeadline(catalogue.read(instance), COMPARE_WITHIN_MS, runtime);
      if (live === null) continue;
      const names = new Set(live.names);
      const last = live.names.at(-1) ?? '';
      const ids = group.map(({ id }) => String(id));
      gone.push(...ids.filter((id) => !names.has(id) && (live.complete || id < last)));
    }
    if (gone.length > 0) end(gone);
    return gone.length > 0;
  }

  function compareOnce(): Promise<boolean> {
    if (comparing !== null) return comparing;
    if (runtime.now() < comparedAt + COMPARE_EVERY_MS) return Promise.resolve(false);
    comparedAt = runtime.now();
    comparing = compare()
      .catch((error: unknown) => {
        runtime.alarm('limit_not_compared', { rule, fault: error instanceof Error ? error.message : '' });
        return false;
      })
      .finally(() => {
        comparing = null;
      });
    return comparing;
  }

  function end(ids: readonly string[]): void {
    storage.transaction(() => {
      for (const id of ids) storage.run('UPDATE slots SET ends = 0 WHERE id = ?', id);
    });
  }

  function wake(): void {
    if (alarmSet) return;
    alarmSet = true;
    storage.setAlarm(runtime.now() + PRUNE_EVERY_MS);
  }

  return {
    take: async (format, request) => {
      if (format !== LIMIT_FORMAT) return 'format';
      wake();
      const verdict = attempt(request);
      if (verdict === 'returned' || verdict.taken || verdict.liveLeft !== 0) return verdict;
      return (await compareOnce()) ? attempt(request) : verdict;
    },
    made: async (format, id, life) => {
      if (format !== LIMIT_FORMAT) return;
      const now = runtime.now();
      storage.run('UPDATE slots SET made = min(made, ?2), ends = min(ends, ?2 + ?3) WHERE id = ?1', id, now, life);
    },
    giveBack: async (format, id) => {
      if (format !== LIMIT_FORMAT) return;
      wake();
      storage.transaction(() => {
        storage.run('DELETE FROM slots WHERE id = ?', id);
        storage.run('INSERT OR REPLACE INTO returned (id, at) VALUES (?, ?)', id, runtime.now());
      });
    },
    free: async (format, ids) => {
      if (format === LIMIT_FORMAT) end(ids);
    },
    alarm: () => {
      const now = runtime.now();
      storage.run('DELETE FROM slots WHERE ends <= ?1 AND made + per <= ?1', now);
      storage.run('DELETE FROM returned WHERE at <= ?', now - RETURNED_KEPT_MS);
      alarmSet = false;
      const [left] = storage.run('SELECT 1 AS held FROM slots UNION ALL SELECT 1 FROM returned LIMIT 1');
      if (left !== undefined) wake();
    },
  };
}
