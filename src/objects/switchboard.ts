// The switchboard's object: there is one, under one name.
// The logic is in `admission/board-parts.ts`.

import { DurableObject } from 'cloudflare:workers';
import { type BoardParts, createBoardParts, type SwitchboardStub } from '../admission/board/board-parts.ts';
import type { Withdrawal } from '../admission/board/mass-revoke.ts';
import { runtime, settingsFrom, storesFrom } from '../platform.ts';
import { createServiceWithdrawal } from '../service/service.ts';
import { bindStorage } from './gate-storage.ts';

export class SwitchboardObject extends DurableObject<Env> implements SwitchboardStub {
  readonly #parts: BoardParts;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    const settings = settingsFrom(env);
    const stores = storesFrom(env);
    const withdrawal = settings.ok ? createServiceWithdrawal(settings.value, stores, runtime) : UNCONFIGURED;
    this.#parts = createBoardParts({ storage: bindStorage(state.storage), gates: stores.gates, withdrawal, runtime });
  }

  greet(...call: Parameters<SwitchboardStub['greet']>) {
    return this.#parts.board.greet(...call);
  }

  current() {
    return this.#parts.board.current();
  }

  list() {
    return this.#parts.board.list();
  }

  set(...call: Parameters<SwitchboardStub['set']>) {
    return this.#parts.board.set(...call);
  }

  lift(...call: Parameters<SwitchboardStub['lift']>) {
    return this.#parts.board.lift(...call);
  }

  override alarm(): Promise<void> {
    return this.#parts.alarm();
  }
}

/** While a setting is missing nothing is vended; what there is to revoke waits. */
const UNCONFIGURED: Withdrawal = {
  spreadMs: 0,
  find: () => Promise.reject(new Error('the service is not configured')),
  remove: async () => false,
};
