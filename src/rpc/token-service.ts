// The entrypoint for other Workers: `env.STS.exchange({ subjectToken })` over a service binding.
// It never adds anything to the calls.

import { WorkerEntrypoint } from 'cloudflare:workers';
import { runtime } from '../platform.ts';
import { start } from '../start.ts';
import {
  type Calls,
  createCalls,
  type Exchanged,
  type ExchangeInput,
  type RevokeInput,
  type Withdrawn,
} from './calls.ts';

export class TokenService extends WorkerEntrypoint<Env> {
  async exchange(input: ExchangeInput): Promise<Exchanged> {
    return this.#calls().exchange(input);
  }

  async revoke(input: RevokeInput): Promise<Withdrawn> {
    return this.#calls().revoke(input);
  }

  #calls(): Calls {
    return createCalls(start(this.env).service, runtime);
  }
}
