// The action's last step, which runs however the job ended: revokes the token by its lease, which needs no id token. It never fails the
// job: a token that cannot be revoked dies at its end.

import { getState, info, warning } from '@actions/core';
import { createClient } from '../client/client.ts';
import { StsError } from '../client/error.ts';
import { useProxies } from '../client/proxy.ts';
import { describeRetry } from '../client/retry.ts';
import { hide, STATE } from './hand-over.ts';

/** A cancelled job has minutes for all of its last steps. */
const TIMEOUT_MS = 30_000;

// A cancellation now would save nothing, and the token would live on.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});

async function revoke(url: string, lease: string): Promise<void> {
  hide(lease);
  try {
    const subjectToken = () => Promise.reject(new Error('the lease is enough'));
    const client = createClient({
      url,
      subjectToken,
      onRetry: (retry) => process.stderr.write(`${describeRetry(retry)}\n`),
    });
    await client.revoke(lease, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    info('The token is revoked.');
  } catch (error) {
    const why = error instanceof StsError ? error.detail : 'The action failed.';
    warning(`The token could not be revoked and lives until its end. ${why}`);
  }
}

useProxies();
const lease = getState(STATE.lease);
if (lease === '') info('There is no token to revoke.');
else if (getState(STATE.keep) === 'true') info('The token is kept until its end.');
else await revoke(getState(STATE.url), lease);
