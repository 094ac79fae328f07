// The counter of one rule with a limit, under the rule's name. The logic is in `admission/limit/limit.ts`.
// It holds names and digests, and never a token.

import { DurableObject } from 'cloudflare:workers';
import { createLimit, type LimitCore, type LimitCounter } from '../admission/limit/limit.ts';
import { listNames } from '../influx/ledger.ts';
import { runtime, settingsFrom } from '../platform.ts';
import { createClients } from '../service/service.ts';
import { bindStorage } from './gate-storage.ts';

/** Tokens of one rule that are compared at a time; the first by name, and further ones once those have ended. */
const COMPARED = 10_000;

export class LimitObject extends DurableObject<Env> implements LimitCounter {
  readonly #core: LimitCore;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    const settings = settingsFrom(env);
    const clients = settings.ok ? createClients(settings.value, runtime) : null;
    const rule = state.id.name ?? '';
    this.#core = createLimit({
      rule,
      storage: bindStorage(state.storage),
      catalogue: {
        read: async (instance) => listNames(clients?.get(instance), { instance, rule, limit: COMPARED }),
      },
      runtime,
    });
  }

  take(...call: Parameters<LimitCounter['take']>) {
    return this.#core.take(...call);
  }

  made(...call: Parameters<LimitCounter['made']>) {
    return this.#core.made(...call);
  }

  giveBack(...call: Parameters<LimitCounter['giveBack']>) {
    return this.#core.giveBack(...call);
  }

  free(...call: Parameters<LimitCounter['free']>) {
    return this.#core.free(...call);
  }

  override async alarm(): Promise<void> {
    this.#core.alarm();
  }
}
