// The service's stores in memory, for tests in this process: the same logic as in the Durable Objects, without the platform. Nothing
// repeats by itself: a test calls `attempt` when its clock says so.

import type { Settings } from '../src/config.ts';
import type { Runtime } from '../src/foundation/runtime.ts';
import type { ClaimShard } from '../src/identity/replay-guard.ts';
import { type Deletion, isSettled, type PendingDeletions } from '../src/influx/deletion.ts';
import { createMint } from '../src/influx/mint.ts';
import { createSharedToken, type SharedTokenObject, type StoredToken } from '../src/influx/shared-token.ts';
import { createClients, type Stores } from '../src/service/service.ts';

export interface MemoryStores extends Stores {
  readonly claimed: Map<string, number>;
  readonly sharedStorage: Map<string, StoredToken>;
  readonly waiting: Deletion[];
  /** Tries every waiting deletion once. */
  readonly attempt: () => Promise<void>;
}

/** @param kept what stores of an earlier deployment hold. */
export function createMemoryStores(
  settings: Settings,
  runtime: Runtime,
  kept?: Pick<MemoryStores, 'claimed' | 'sharedStorage' | 'waiting'>,
): MemoryStores {
  const { claimed, sharedStorage, waiting } = kept ?? {
    claimed: new Map<string, number>(),
    sharedStorage: new Map<string, StoredToken>(),
    waiting: [] as Deletion[],
  };
  const clients = createClients(settings, runtime);
  const deletions: PendingDeletions = {
    schedule: async (deletion) => {
      waiting.push(deletion);
    },
  };
  const attempts = new Map<string, string>();
  const shard: ClaimShard = {
    claim: async (key, until, attempt) => {
      // Earlier than the object would: it waits a while longer.
      for (const [held, end] of claimed) if (end < Math.floor(runtime.now() / 1000)) claimed.delete(held);
      if (claimed.has(key)) return false;
      claimed.set(key, until);
      attempts.set(key, attempt);
      return true;
    },
    release: async (key, attempt) => {
      if (attempts.get(key) === attempt) claimed.delete(key);
    },
  };
  const objects = new Map<string, SharedTokenObject>();
  const mint = createMint({ clients, keyring: settings.keyring, pending: deletions, runtime });
  const sharedToken = (owner: string) => {
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
    const object = objects.get(owner) ?? createSharedToken({ storage, mint, keyring: settings.keyring, runtime });
    objects.set(owner, object);
    return object;
  };
  return {
    claims: () => shard,
    sharedTokens: sharedToken,
    deletions,
    revocations: { take: async () => true },
    claimed,
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
