// The action's first step: takes the job's id token and gives a database token to the steps that follow. A refusal fails the job and is
// never retried. It never keeps a token that the last step could not revoke.

import { error as annotate, info, saveState, summary, warning } from '@actions/core';
import { type Client, createClient } from '../client/client.ts';
import { webEnvironment } from '../client/environment.ts';
import { fromGitHubActions } from '../client/github-actions.ts';
import { useProxies } from '../client/proxy.ts';
import { describeRetry } from '../client/retry.ts';
import type { SubjectTokenSource } from '../client/subject-token.ts';
import { type Trouble, troubleOf } from './advice.ts';
import { createCancellation } from './cancellation.ts';
import { handOver, hide, note, STATE } from './hand-over.ts';
import { InputError, type Inputs, readInputs } from './inputs.ts';
import { troubleSummary, vendedSummary } from './summary.ts';

/** The rest of the runner's ten seconds after the wait for a vend. */
const REVOKE_MS = 3_000;

const cancellation = createCancellation({
  onRequest: (stop) => {
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  },
  after: webEnvironment.after,
});

const hidden: SubjectTokenSource = async (context) => {
  const token = await fromGitHubActions()(context);
  hide(token);
  return token;
};

function connect({ url, audience }: Inputs): Client {
  try {
    return createClient({
      url,
      subjectToken: cancellation.stopping(hidden),
      environment: cancellation.watching(webEnvironment),
      onRetry: (retry) => process.stderr.write(`${describeRetry(retry)}\n`),
      ...(audience === null ? {} : { audience }),
    });
  } catch (error) {
    throw new InputError(`The input "url" cannot be used. ${(error as Error).message}`);
  }
}

/** A token that nobody will get. The last step tries again. */
async function abandon(client: Client, lease: string): Promise<void> {
  const revoked = client.revoke(lease, { signal: AbortSignal.timeout(REVOKE_MS) });
  await revoked.then(
    () => info('The job was cancelled, and its token is revoked.'),
    () => info('The job was cancelled; the last step revokes its token.'),
  );
}

async function vend(inputs: Inputs): Promise<void> {
  const client = connect(inputs);
  let lease: string | null = null;
  try {
    const token = await client.exchange(inputs.request, {
      signal: cancellation.signal,
      onVended: (vended) => {
        note(vended, client.origin);
        lease = vended.lease;
        cancellation.settle();
      },
    });
    if (cancellation.requested()) return;
    handOver(token, inputs);
    await summarize(vendedSummary(token));
    info(`The job has a token for InfluxDB until ${new Date(token.expires_at).toISOString()}.`);
    if (!inputs.revoke && !cancellation.requested()) saveState(STATE.keep, 'true');
  } finally {
    if (cancellation.requested() && lease !== null) await abandon(client, lease);
  }
}

async function summarize(text: string): Promise<void> {
  try {
    await summary.addRaw(text).write();
  } catch {
    warning('The job summary could not be written.');
  }
}

async function complain(trouble: Trouble): Promise<void> {
  const { reason, detail, changes, requestId } = trouble;
  const lines = [detail, ...changes, ...(requestId === null ? [] : [`Request ${requestId}`])];
  annotate(lines.join('\n'), { title: `No InfluxDB token: ${reason}` });
  await summarize(troubleSummary(trouble));
}

const complaint = useProxies();
if (complaint !== null) warning(`${complaint}, so no proxy is used.`);
try {
  await vend(readInputs());
} catch (error) {
  if (!cancellation.requested()) await complain(troubleOf(error));
  process.exitCode = 1;
}
if (cancellation.requested()) {
  info('The job was cancelled.');
  process.exitCode = 1;
}
