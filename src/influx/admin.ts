// Makes a named admin token. Only the command does this; the service never makes another admin token. One bounded request, whose answer is
// checked like that of any other create.

import { send } from '../foundation/outbound.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { type CreateOutcome, readCreate, withoutAdminToken } from './answer.ts';
import { MAX_ANSWER_BYTES, UPSTREAM_TIMEOUT_MS } from './client.ts';
import { checkCreated } from './mint.ts';

/** The body of `POST /api/v3/configure/token/named_admin`. */
export interface CreateAdminTokenRequest {
  readonly token_name: string;
  /** Whole seconds, at least 1: InfluxDB takes a missing one for "for ever". */
  readonly expiry_secs: number;
}

export interface AdminAccess {
  readonly url: string;
  readonly adminToken: string;
  /** For what stands in front of the server; secrets. */
  readonly headers: Readonly<Record<string, string>>;
}

export async function createAdminToken(
  { url, adminToken, headers }: AdminAccess,
  request: CreateAdminTokenRequest,
  runtime: Pick<Runtime, 'fetch' | 'after'>,
): Promise<CreateOutcome> {
  const init = {
    method: 'POST',
    headers: { ...headers, authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(request),
  };
  const bounds = { timeoutMs: UPSTREAM_TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
  const outbound = await send(runtime, `${url}/api/v3/configure/token/named_admin`, init, bounds);
  const outcome = readCreate(outbound);
  return checkCreated(withoutAdminToken([adminToken])(outcome), request);
}
