// Whether somebody holds a token that InfluxDB accepts: the token is tried as a credential, at an address where InfluxDB does nothing but
// authenticate. It never uses an admin token.

import { send } from '../foundation/outbound.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { isRefusedCredential, looksLikeHtml, MAX_ANSWER_BYTES, UPSTREAM_TIMEOUT_MS } from './client.ts';

/** `unknown`: InfluxDB did not answer, or its answer does not tell. */
export type Possession = 'live' | 'dead' | 'unknown';

/** InfluxDB authenticates before it routes. So it answers 404 here to each token that it accepts, and does nothing. */
const UNROUTED_PATH = '/api/v3/influx-sts/possession';

/** @param token of any kind. */
export async function probeToken(
  url: string,
  token: string,
  runtime: Pick<Runtime, 'fetch' | 'after'>,
): Promise<Possession> {
  const init = { method: 'GET', headers: { authorization: `Bearer ${token}` } };
  const bounds = { timeoutMs: UPSTREAM_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
  const outbound = await send(runtime, url + UNROUTED_PATH, init, bounds);
  if (!outbound.ok || looksLikeHtml(outbound.answer)) return 'unknown';
  const { answer } = outbound;
  if (answer.status === 404) return 'live';
  return answer.status === 401 && isRefusedCredential(answer) ? 'dead' : 'unknown';
}
