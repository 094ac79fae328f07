// The service's stores in memory, for tests in this process: the same logic as in the Durable Objects, without the platform. Nothing
// repeats by itself: a test calls `attempt` when its clock says so.

import { createLimit, type LimitCore } from '../src/admission/limit/limit.ts';
import type { Settings } from '../src/config.ts';
import type { Runtime } from '../src/foundation/runtime.ts';
import { type Deletion, isSettled, type PendingDeletions } from '../src/influx/deletion.ts';
import { hasToken, listNames } from '../src/influx/ledger.ts';
import { createMint } from '../src/influx/mint.ts';
import { createSharedToken, type SharedTokenObject, type StoredToken } from '../src/influx/shared-token.ts';
import { createClients, createServiceAdmission, createServiceWithdrawal, type Stores } from '../src/service/service.ts';
import { createMemoryGates, type MemoryGates } from './memory-gates.ts';
import { createSqliteStorage, type SqliteStorage } from './sqlite-storage.ts';

export interface MemoryStores extends Stores {
  readonly memoryGates: MemoryGates;
  /** The storage of each limited rule that was ever asked for. */
  readonly limitStorage: Map<string, SqliteStorage>;
  readonly sharedStorage: Map<string, StoredToken>;
  readonly waiting: Deletion[];
  /** Tries every waiting deletion once. */
  readonly attempt: () => Promise<void>;
}

/** Names that a limit is told at a time. */
const LISTED = 10_000;

/** @param kept what stores of an earlier deployment hold. */
export function createMemoryStores(
  settings: Settings,
  runtime: Runtime,
  kept?: Pick<MemoryStores, 'memoryGates' | 'limitStorage' | 'sharedStorage' | 'waiting'>,
): MemoryStores {
  const clients = createClients(settings, runtime);
  const { memoryGates, limitStorage, sharedStorage, waiting } = kept ?? {
    memoryGates: createMemoryGates(
      { has: async (instance, name) => hasToken(clients.get(instance), name) },
      (gates) =>
        createServiceWithdrawal(
          settings,
          { gates, limits: (rule) => limit(rule), sharedTokens: (owner) => sharedToken(owner) },
          runtime,
        ),
      runtime,
    ),
    limitStorage: new Map<string, SqliteStorage>(),
    sharedStorage: new Map<string, StoredToken>(),
    waiting: [] as Deletion[],
  };
  const deletions: PendingDeletions = {
    schedule: async (deletion) => {
      waiting.push(deletion);
    },
  };
  const counters = new Map<string, LimitCore>();
  const limit = (rule: string): LimitCore => {
    const storage = limitStorage.get(rule) ?? createSqliteStorage();
    limitStorage.set(rule, storage);
    const catalogue = {
      read: async (instance: string) => listNames(clients.get(instance), { instance, rule, limit: LISTED }),
    };
    const counter = counters.get(rule) ?? createLimit({ rule, storage, catalogue, runtime });
    counters.set(rule, counter);
    return counter;
  };
  const objects = new Map<string, SharedTokenObject>();
  const admission = createServiceAdmission(settings, memoryGates, runtime);
  const mint = createMint({ clients, keyring: settings.keyring, pending: deletions, runtime });
  const sharedToken = (owner: string): SharedTokenObject => {
    const storage = {
      get: async (slot: string) => sharedStorage.get(`${owner} ${slot}`),
      put: async (slot: string, token: StoredToken) => {
        sharedStorage.set(`${owner} ${slot}`, token);
      },
      delete: async (slot: string) => {
        sharedStorage.delete(`${owner} ${slot}`);
      },
      setAlarm: async () => {},
    };
    const object =
      objects.get(owner) ?? createSharedToken({ storage, mint, admission, keyring: settings.keyring, runtime });
    objects.set(owner, object);
    return object;
  };
  return {
    gates: memoryGates.gates,
    board: memoryGates.board,
    limits: limit,
    sharedTokens: sharedToken,
    deletions,
    revocations: { take: async () => true },
    sources: { take: async () => true },
    identities: { take: async () => true },
    memoryGates,
    limitStorage,
    sharedStorage,
    waiting,
    attempt: async () => {
      for (const deletion of waiting.splice(0)) {
        const outcome = await clients.get(deletion.instance)!.deleteToken(deletion.name);
        if (!isSettled(deletion, outcome, runtime.now())) waiting.push(deletion);
      }
    },
  };
}
