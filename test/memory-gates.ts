// The sixteen gates and the switchboard in memory, for tests in this process: the same code as in the Durable Objects.

import { createBoardParts, type SwitchboardStub } from '../src/admission/board/board-parts.ts';
import type { Withdrawal } from '../src/admission/board/mass-revoke.ts';
import type { Gate } from '../src/admission/gate/gate.ts';
import { createGateParts, type GateParts } from '../src/admission/gate/gate-parts.ts';
import type { Catalogue } from '../src/admission/gate/resolution.ts';
import type { Found } from '../src/admission/gate/search.ts';
import type { Entry } from '../src/admission/record.ts';
import type { Runtime } from '../src/foundation/runtime.ts';
import { createSqliteStorage, type SqliteStorage } from './sqlite-storage.ts';

export interface MemoryGates {
  readonly gates: (digit: string) => Gate;
  readonly board: SwitchboardStub;
  /** The storage of each gate that was ever called. */
  readonly storages: ReadonlyMap<string, SqliteStorage>;
  /** Rings each alarm that is due. */
  readonly ring: () => Promise<void>;
  /** How many single-use tokens are claimed. */
  readonly claimed: () => number;
  /** How many admissions are open. */
  readonly open: () => number;
  /** All entries of all gates, oldest first. */
  readonly entries: () => Promise<readonly Entry[]>;
}

export function createMemoryGates(
  catalogue: Catalogue,
  withdrawalOf: (gates: MemoryGates['gates']) => Withdrawal,
  runtime: Runtime,
): MemoryGates {
  const storages = new Map<string, SqliteStorage>();
  const parts = new Map<string, GateParts>();
  const partsOf = (digit: string): GateParts => {
    const known = parts.get(digit);
    if (known !== undefined) return known;
    const storage = createSqliteStorage();
    const made = createGateParts({ digit, storage, board, catalogue, runtime });
    storages.set(digit, storage);
    parts.set(digit, made);
    return made;
  };
  const gates = (digit: string) => partsOf(digit).gate;
  const boardStorage = createSqliteStorage();
  const { board, alarm } = createBoardParts({ storage: boardStorage, gates, withdrawal: withdrawalOf(gates), runtime });
  const sum = (query: string) =>
    [...storages.values()].reduce((total, storage) => total + Number(storage.run(query)[0]!.n), 0);
  return {
    gates,
    board,
    storages,
    ring: async () => {
      if (boardStorage.alarmAt !== null && boardStorage.alarmAt <= runtime.now()) {
        boardStorage.alarmAt = null;
        await alarm();
      }
      for (const [digit, storage] of storages) {
        if (storage.alarmAt === null || storage.alarmAt > runtime.now()) continue;
        storage.alarmAt = null;
        await partsOf(digit).alarm();
      }
    },
    claimed: () => sum('SELECT count(*) AS n FROM claims'),
    open: () => sum(`SELECT count(*) AS n FROM open WHERE facts <> ''`),
    entries: async () => {
      const query = JSON.stringify({ since: 0, until: Number.MAX_SAFE_INTEGER, limit: 1_000_000 });
      const found = await Promise.all(
        [...parts.values()].map(async ({ gate }) => JSON.parse(await gate.search(1, query)) as Found),
      );
      return found
        .flatMap(({ entries }) => entries)
        .sort((a, b) => a.time.localeCompare(b.time) || a.number - b.number);
    },
  };
}
