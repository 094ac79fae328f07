// The stores of shared tokens: the real code over slots that stay, in instances that restart. Such a store asks the gates for leave like
// everyone else.

import { createAdmission } from '../../../src/admission/admission.ts';
import type { Keyring } from '../../../src/foundation/keyring.ts';
import type { PendingDeletions } from '../../../src/influx/deletion.ts';
import { createMint } from '../../../src/influx/mint.ts';
import {
  createSharedToken,
  type SharedToken,
  type SharedTokenObject,
  type StoredToken,
} from '../../../src/influx/shared-token.ts';
import { call, createProcess, never, type Process, within } from '../process.ts';
import type { World } from '../world.ts';
import type { Gates } from './gates.ts';
import type { InfluxDB } from './influxdb.ts';

export interface SharedTokens {
  readonly from: (process: Process) => (owner: string) => SharedToken;
  readonly restart: () => void;
}

export interface SharedTokensOptions {
  readonly influx: InfluxDB;
  readonly gates: Gates;
  readonly deletions: (from: Process) => PendingDeletions;
  readonly keyring: Keyring;
}

interface Place {
  readonly slots: Map<string, StoredToken>;
  instance: { readonly process: Process; readonly core: SharedTokenObject } | null;
  lives: number;
}

export function createSharedTokens(
  world: World,
  { influx, gates, deletions, keyring }: SharedTokensOptions,
): SharedTokens {
  const { timeline, weather } = world;
  const places = new Map<string, Place>();

  function start(owner: string, place: Place) {
    const process = createProcess(world, `store ${owner.slice(1, 5)}.${++place.lives}`, () => 0);
    const { runtime } = process;
    /** What is written is durable at once or never. */
    const write = async (change: () => void) => {
      if (!process.steps('before it stores a token')) return never<void>();
      if (weather.fullStore()) throw new Error('nothing can be stored');
      change();
      return process.steps('after it stored a token') ? undefined : never<void>();
    };
    const core = createSharedToken({
      storage: {
        get: async (slot) => (process.isAlive() ? place.slots.get(slot) : never()),
        put: (slot, token) => write(() => void place.slots.set(slot, token)),
        delete: (slot) => write(() => void place.slots.delete(slot)),
        setAlarm: async (at) => {
          timeline.after(at - timeline.now() + weather.lateness(), () => {
            // A store that cannot delete is asked again by the platform, which changes no promise.
            instanceOf(owner, place)
              .core.forget()
              .catch(() => {});
          });
        },
      },
      mint: createMint({ clients: influx.clients(process), keyring, pending: deletions(process), runtime }),
      admission: createAdmission({ gates: gates.from(process), keep: world.policies[0].audit.keep, runtime }),
      keyring,
      runtime,
    });
    return { process, core };
  }

  function instanceOf(owner: string, place: Place) {
    if (!place.instance?.process.isAlive()) place.instance = start(owner, place);
    return place.instance;
  }

  return {
    from: (from) => (owner) => {
      const place = places.get(owner) ?? { slots: new Map(), instance: null, lives: 0 };
      places.set(owner, place);
      const ask = <T>(what: string, work: (core: SharedTokenObject) => Promise<T>) =>
        call(world, from, `store ${owner.slice(1, 5)} to ${what}`, () => {
          const { process, core } = instanceOf(owner, place);
          return within(process, () => work(core));
        });
      return {
        obtain: (grant, policy) => ask('obtain its token', (core) => core.obtain(grant, policy)),
        evict: (name) => ask(`evict ${name}`, (core) => core.evict(name)),
      };
    },
    restart: () => {
      for (const { instance } of places.values()) instance?.process.die('it restarts');
    },
  };
}
