// The store of one shared token.
// It mints for itself, so that InfluxDB never gets two requests, however many callers ask at once.

import { DurableObject } from 'cloudflare:workers';
import { createMint, type MintOutcome } from '../influx/mint.ts';
import { type SharedTokenObject as Core, createSharedToken, type SharedToken } from '../influx/shared-token.ts';
import { runtime, settingsFrom, storesFrom } from '../platform.ts';
import type { Grant } from '../policy/decision/decide.ts';
import { createClients, createServiceAdmission } from '../service/service.ts';

export class SharedTokenObject extends DurableObject<Env> implements SharedToken {
  readonly #core: Core | null;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    const settings = settingsFrom(env);
    if (!settings.ok) {
      this.#core = null;
      return;
    }
    const { keyring } = settings.value;
    const clients = createClients(settings.value, runtime);
    const stores = storesFrom(env);
    const mint = createMint({ clients, keyring, pending: stores.deletions, runtime });
    const { storage } = state;
    this.#core = createSharedToken({
      storage: {
        get: (slot) => storage.get(slot),
        put: (slot, token) => storage.put(slot, token),
        delete: async (slot) => {
          await storage.delete(slot);
        },
        setAlarm: (at) => storage.setAlarm(at),
      },
      mint,
      admission: createServiceAdmission(settings.value, stores, runtime),
      keyring,
      runtime,
    });
  }

  async obtain(grant: Grant, policy: string): Promise<MintOutcome> {
    return this.#configured().obtain(grant, policy);
  }

  async evict(name: string): Promise<void> {
    return this.#configured().evict(name);
  }

  override async alarm(): Promise<void> {
    await this.#core?.forget();
  }

  /** The Worker refuses everything when a setting is missing, so it never calls an object without settings. */
  #configured(): Core {
    if (this.#core === null) throw new Error('the service is not configured');
    return this.#core;
  }
}
