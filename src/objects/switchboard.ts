// The switchboard's object: there is one, under one name.
// The logic is in `admission/switchboard.ts`.

import { DurableObject } from 'cloudflare:workers';
import type { Board, Greeting } from '../admission/gate-life.ts';
import { createSwitchboard, type Switchboard } from '../admission/switchboard.ts';
import { bindStorage } from './gate-storage.ts';

export class SwitchboardObject extends DurableObject<Env> implements Board {
  readonly #core: Switchboard;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#core = createSwitchboard(bindStorage(state.storage));
  }

  async greet(gate: string, epoch: number, number: number): Promise<Greeting> {
    return this.#core.greet(gate, epoch, number);
  }
}
