// A gate's object: one of sixteen. The logic is in `admission/`.
// It holds names, facts and claims, and never a token.

import { DurableObject } from 'cloudflare:workers';
import type { Gate } from '../admission/gate/gate.ts';
import { createGateParts, type GateParts } from '../admission/gate/gate-parts.ts';
import { hasToken } from '../influx/ledger.ts';
import { runtime, settingsFrom, storesFrom } from '../platform.ts';
import { createClients } from '../service/service.ts';
import { bindStorage } from './gate-storage.ts';

export class GateObject extends DurableObject<Env> implements Gate {
  readonly #parts: GateParts;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    const settings = settingsFrom(env);
    const clients = settings.ok ? createClients(settings.value, runtime) : null;
    this.#parts = createGateParts({
      digit: state.id.name ?? '',
      storage: bindStorage(state.storage),
      board: storesFrom(env).board,
      catalogue: { has: async (instance, name) => hasToken(clients?.get(instance), name) },
      runtime,
    });
  }

  admit(...call: Parameters<Gate['admit']>) {
    return this.#parts.gate.admit(...call);
  }

  settle(...call: Parameters<Gate['settle']>) {
    return this.#parts.gate.settle(...call);
  }

  refuse(...call: Parameters<Gate['refuse']>) {
    return this.#parts.gate.refuse(...call);
  }

  write(...call: Parameters<Gate['write']>) {
    return this.#parts.gate.write(...call);
  }

  lookUp(...call: Parameters<Gate['lookUp']>) {
    return this.#parts.gate.lookUp(...call);
  }

  takeSwitches(...call: Parameters<Gate['takeSwitches']>) {
    return this.#parts.gate.takeSwitches(...call);
  }

  coveredNames(...call: Parameters<Gate['coveredNames']>) {
    return this.#parts.gate.coveredNames(...call);
  }

  search(...call: Parameters<Gate['search']>) {
    return this.#parts.gate.search(...call);
  }

  usage(...call: Parameters<Gate['usage']>) {
    return this.#parts.gate.usage(...call);
  }

  state(...call: Parameters<Gate['state']>) {
    return this.#parts.gate.state(...call);
  }

  override alarm(): Promise<void> {
    return this.#parts.alarm();
  }
}
