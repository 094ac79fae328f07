// Cases that take time by their nature: a job that outlives its database token several times over, and a service that hangs. At once, once
// everything has started; the service that hangs is one of its own.

import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { githubActions } from '../../emulator/personas.ts';
import { startOutermost } from '../../outermost.ts';
import { type Stack, startStack } from '../../stack.ts';
import { COMMAND } from '../built-command.ts';
import { home, node, start } from '../caller-process.ts';

/**
 * Seconds. Making a token takes a moment, so that the whole seconds that are left of it are one less than it lives. It is replaced at 80 %
 * of those at the latest, which leaves 1.4 s for that.
 */
const LIFE = 3;
const CREATION_MS = 20;
const JOB_MS = 3 * LIFE * 1000 + 500;

let stack: Stack;
let hanging: Stack;
beforeAll(async () => {
  stack = await startStack();
  stack.influxdb.faults.always('create', { kind: 'slow', ms: CREATION_MS });
  hanging = await startStack();
  hanging.intercept = ({ path }) => (path === '/oauth/revoke' ? { delayMs: 20_000 } : null);
});
afterAll(() => Promise.all([stack.stop(), hanging.stop()]));

/** Live tokens by a rule: several tests run at once, each with a rule of its own. */
const liveOf = (rule: string) => stack.liveTokens().filter((name) => name.startsWith(`sts.main.${rule}.`));

/** Writes a point every 100 ms with the token that the file holds then, and tells how it went. */
const WRITER = `
  const { readFileSync } = require('node:fs');
  const { INFLUX_STS_TOKEN_FILE, INFLUXDB3_HOST_URL, INFLUXDB3_DATABASE_NAME } = process.env;
  const seen = new Set(), failed = [];
  let writes = 0;
  (async () => {
    for (const end = Date.now() + ${JOB_MS}; Date.now() < end; writes++) {
      const token = readFileSync(INFLUX_STS_TOKEN_FILE, 'utf8');
      seen.add(token);
      const url = INFLUXDB3_HOST_URL + '/api/v3/write_lp?db=' + INFLUXDB3_DATABASE_NAME;
      const headers = { authorization: 'Bearer ' + token };
      const { status } = await fetch(url, { method: 'POST', headers, body: 'job,step=long n=' + writes });
      if (status !== 204) failed.push(status);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    console.log(JSON.stringify({ writes, failed, tokens: seen.size }));
  })();
`;

test.concurrent('a job longer than three token lives never fails to write, and leaves nothing behind', async ({
  onTestFinished,
}) => {
  const { path, env } = await home(onTestFinished);
  const subject = await stack.cluster.sign({ sub: 'app', aud: 'cluster' });
  const caller = { ...env, INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject };
  const { exit, err, json } = await start(
    ['exec', '--ttl', `${LIFE}s`, '--', ...node(WRITER)],
    caller,
    '',
    onTestFinished,
  ).ended;
  expect({ exit, err }).toEqual({ exit: 0, err: '' });
  const { writes, failed, tokens } = json();
  expect(failed).toEqual([]);
  expect(writes).toBeGreaterThan(20);
  expect(tokens).toBeGreaterThan(3);
  expect(stack.influxdb.points('ci_metrics')).toHaveLength(writes);
  expect(liveOf('app')).toEqual([]);
  expect(readdirSync(path)).toEqual([]);
});

test.concurrent('a service that does not answer a revocation is not waited for longer than a job may', async ({
  onTestFinished,
}) => {
  const { path, env } = await home(onTestFinished);
  const subject = await hanging.cluster.sign({ sub: 'app', aud: 'cluster' });
  const begun = performance.now();
  const caller = { ...env, INFLUX_STS_URL: hanging.service, INFLUX_STS_ID_TOKEN: subject };
  const { exit, err } = await start(['exec', '--', 'true'], caller, '', onTestFinished).ended;
  expect(performance.now() - begun).toBeLessThan(15_000);
  expect({ exit, err }).toEqual({ exit: 0, err: expect.stringContaining('a token may live until its end') });
  expect(readdirSync(path)).toEqual([]);
});

test.concurrent('a command that ignores SIGTERM does not outlive the process that started it for long', async ({
  onTestFinished,
}) => {
  const { path, env } = await home(onTestFinished);
  const subject = await stack.github.sign(githubActions({ aud: stack.service }));
  const caller = { ...env, INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject };
  const line = `"${process.execPath}" "${COMMAND}" exec -- sh -c 'trap "" TERM; echo ready; exec sleep 60'; exit $?`;
  const shell = startOutermost(['sh', '-c', line], { env: caller, finished: onTestFinished });
  await shell.says('ready');
  await shell.signal('SIGTERM');
  expect(await shell.remaining()).toEqual([]);
  expect(liveOf('ci-metrics')).toEqual([]);
  expect(readdirSync(path)).toEqual([]);
});

test.concurrent('a token that cannot be renewed is remarked upon, and the command runs on', async ({
  onTestFinished,
}) => {
  const { env } = await home(onTestFinished);
  // For single use, and always the same.
  const subject = await stack.github.sign(githubActions({ aud: stack.service }));
  const caller = { ...env, INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject };
  const command = ['sh', '-c', `sleep ${LIFE + 2}; exit 9`];
  const { exit, err } = await start(['exec', '--ttl', `${LIFE}s`, '--', ...command], caller, '', onTestFinished).ended;
  expect(exit).toBe(9);
  expect(err).toMatch(/^influx-sts exec: the token is not renewed: .+ \(token_replayed\)\n/);
});
