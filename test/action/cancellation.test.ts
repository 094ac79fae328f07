// Jobs that are cancelled or lost while the action works: what still lives afterwards.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createCancellation } from '../../src/action/cancellation.ts';
import { STATE } from '../../src/action/hand-over.ts';
import { webEnvironment } from '../../src/client/environment.ts';
import type { RunningStep } from '../emulator/actions-runner.ts';
import { STACK_POLICY } from '../stack.ts';
import { createHold, until, WITNESSED } from '../until.ts';
import { type Jobs, startJobs, use } from './job.ts';

let jobs: Jobs;
beforeAll(async () => {
  jobs = await startJobs();
});
afterEach(() => jobs.reset());
afterAll(() => jobs.stop());

const vends = () => jobs.stack.calls.filter(({ path }) => path === '/v1/tokens').length;
const created = () => jobs.stack.influxdb.tokens().filter(({ name }) => name.startsWith('sts.')).length;
const url = () => jobs.stack.service;
const delay = (milliseconds: number) => new Promise((go) => setTimeout(go, milliseconds));
/** How long the action of a cancelled job waits for a vend that hangs. A shorter run has not waited. */
const PATIENCE_MS = 6_000;

/** InfluxDB makes the next token at once, and answers when it is told to. */
function holdCreation(): () => void {
  const { held, release } = createHold();
  jobs.stack.influxdb.faults.next('create', { kind: 'rewrite', response: (response) => held.then(() => response) });
  return release;
}

/** Cancels a job whose environment is `WITNESSED`, and waits until it knows. */
async function cancel(step: RunningStep): Promise<void> {
  step.cancel();
  await step.said('took SIGINT');
}

test('cancelled while GitHub makes the id token: nothing is vended', async () => {
  let go = () => {};
  jobs.idTokens.answer = () => new Promise((resolve) => (go = () => resolve(new Response(null, { status: 503 }))));
  const runner = await jobs.job();
  const step = await runner.start({ url: url() });
  await until(() => jobs.idTokens.asked.length > 0, 'an id token is asked for');
  const since = Date.now();
  step.cancel();
  const { code, annotations } = await step.ended;
  go();
  expect({ code, annotations }).toEqual({ code: 1, annotations: [] });
  expect(Date.now() - since).toBeLessThan(PATIENCE_MS);
  expect(vends()).toBe(0);
  expect((await runner.post()).code).toBe(0);
  expect(jobs.stack.liveTokens()).toEqual([]);
});

test('cancelled before the service has the request: it is waited for, and its token revoked', async () => {
  const { held, release } = createHold();
  jobs.stack.intercept = ({ path }) => (path === '/v1/tokens' ? { until: held } : null);
  const runner = await jobs.job(WITNESSED);
  const step = await runner.start({ url: url() });
  await until(() => vends() > 0, 'the service is asked');
  await cancel(step);
  release();
  const main = await step.ended;
  expect({ code: main.code, outputs: main.outputs, env: runner.env }).toEqual({ code: 1, outputs: {}, env: {} });
  // Not because there was none.
  expect(jobs.stack.calls.at(-1)?.path).toBe('/oauth/revoke');
  expect(created()).toBe(0);
  expect((await runner.post()).code).toBe(0);
  expect(jobs.stack.liveTokens()).toEqual([]);
});

test('cancelled while InfluxDB makes the token: it is waited for and revoked at once', async () => {
  const release = holdCreation();
  const runner = await jobs.job(WITNESSED);
  const step = await runner.start({ url: url() });
  await until(() => created() > 0, 'the token exists');
  expect(jobs.stack.liveTokens()).toHaveLength(1);
  await cancel(step);
  release();
  const main = await step.ended;
  expect(main.code).toBe(1);
  expect(jobs.stack.liveTokens()).toEqual([]);
  // Another token could be in its log, had it not been hidden before anything else.
  expect([...runner.masks].some((mask) => mask.startsWith('apiv3_'))).toBe(true);
});

test('cancelled while the service cannot revoke: the last step does', async () => {
  const release = holdCreation();
  jobs.stack.intercept = ({ path }) => (path === '/oauth/revoke' ? { status: 403 } : null);
  const runner = await jobs.job(WITNESSED);
  const step = await runner.start({ url: url(), revoke: 'false' });
  await until(() => created() > 0, 'the token exists');
  await cancel(step);
  release();
  await step.ended;
  expect(jobs.stack.liveTokens()).toHaveLength(1);
  jobs.stack.intercept = null;
  expect((await runner.post()).log).toContain('The token is revoked.');
  expect(jobs.stack.liveTokens()).toEqual([]);
});

test('cancelled while it waits to ask again: it does not', async () => {
  jobs.stack.intercept = ({ path }) =>
    path === '/v1/tokens' ? { status: 503, headers: { 'retry-after': '30' }, body: '' } : null;
  const runner = await jobs.job(WITNESSED);
  const step = await runner.start({ url: url() });
  await step.said('read the answer of /v1/tokens');
  const since = Date.now();
  step.cancel();
  expect((await step.ended).code).toBe(1);
  expect(Date.now() - since).toBeLessThan(PATIENCE_MS);
  expect(vends()).toBe(1);
});

test('a service that does not answer a cancelled job is left before the runner kills', async () => {
  let stop = () => {};
  const timers: { readonly milliseconds: number; readonly action: () => void }[] = [];
  const after = (milliseconds: number, action: () => void) => {
    timers.push({ milliseconds, action });
    return () => {};
  };
  const cancellation = createCancellation({ onRequest: (given) => (stop = given), after });
  const hangs = cancellation.watching({
    ...webEnvironment,
    fetch: (_, { signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
  });
  const vend = hangs.fetch('https://sts.example.com/v1/tokens', { method: 'POST', signal: cancellation.signal });
  stop();
  expect(cancellation.signal.aborted).toBe(false);
  expect(timers.map(({ milliseconds }) => milliseconds)).toEqual([6_000]);
  timers[0]!.action();
  await expect(vend).rejects.toThrow('aborted');
});

test('cancelled afterwards: the last step revokes', async () => {
  const runner = await jobs.job();
  await use(runner, { url: url() });
  const job = await runner.shell('kill -TERM $$');
  expect(job.code).toBe(null);
  await runner.post();
  expect(jobs.stack.liveTokens()).toEqual([]);
});

test('killed in the middle: nothing lives past its end, and the next sweep forgets it', async () => {
  const release = holdCreation();
  const runner = await jobs.job();
  const step = await runner.start({ url: url(), ttl: '2s' });
  const before = created();
  await until(() => created() > before, 'the token exists');
  step.kill();
  expect((await step.ended).code).toBe(null);
  release();
  expect((await runner.post()).log).toContain('There is no token to revoke.');
  await delay(2_200);
  expect(jobs.stack.liveTokens()).toEqual([]);
  await jobs.stack.worker.scheduled();
  expect(created()).toBe(0);
});

test('a token that its cluster does not know yet is revoked, however the job ends in the meantime', async () => {
  const cluster = await startJobs({
    policy: (addresses) => STACK_POLICY(addresses).replace('admin_token:', 'sync_interval: 20s, admin_token:'),
  });
  try {
    const { stack } = cluster;
    for (const end of ['cancel', 'kill'] as const) {
      const runner = await cluster.job();
      const step = await runner.start({ url: stack.service });
      await step.saved(STATE.lease);
      expect(stack.liveTokens()).toHaveLength(1);
      const since = Date.now();
      step[end]();
      await step.ended;
      expect(Date.now() - since).toBeLessThan(PATIENCE_MS);
      expect(stack.liveTokens()).toHaveLength(end === 'cancel' ? 0 : 1);
      expect((await runner.post()).log).toContain('The token is revoked.');
      expect(stack.liveTokens()).toEqual([]);
    }
  } finally {
    await cluster.stop();
  }
});
