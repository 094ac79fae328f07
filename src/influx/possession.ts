// Whether somebody holds a token that InfluxDB accepts: the token is tried as a credential, at an address where InfluxDB does nothing but
// authenticate. It never uses an admin token.

import { send } from '../foundation/outbound.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { type Possession, readPossession } from './answer.ts';
import { MAX_ANSWER_BYTES, UPSTREAM_TIMEOUT_MS } from './client.ts';
import { tellSilence } from './silence.ts';

/** InfluxDB authenticates before it routes. So it answers 404 here to each token that it accepts, and does nothing. */
const UNROUTED_PATH = '/api/v3/influx-sts/possession';

export interface ProbedInstance {
  readonly name: string;
  readonly url: string;
  /** For what stands in front of the server; secrets. */
  readonly headers: Readonly<Record<string, string>>;
}

/** @param token of whatever kind. */
export async function probeToken(
  { name, url, headers }: ProbedInstance,
  token: string,
  runtime: Pick<Runtime, 'fetch' | 'after' | 'alarm'>,
): Promise<Possession> {
  const init = { method: 'GET', headers: { ...headers, authorization: `Bearer ${token}` } };
  const bounds = { timeoutMs: UPSTREAM_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
  const outcome = readPossession(await send(runtime, url + UNROUTED_PATH, init, bounds));
  if (typeof outcome === 'string') return outcome;
  tellSilence(outcome, { instance: name, method: init.method, address: url + UNROUTED_PATH }, runtime);
  return 'unknown';
}
