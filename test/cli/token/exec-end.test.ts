// `exec` when it is asked to end in a roundabout way: whatever stands around it, no token lives on and no process runs on.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Outermost, type OutermostOptions, startOutermost } from '../../outermost.ts';
import { NAMESPACE } from '../../processes.ts';
import { type Stack, startStack } from '../../stack.ts';
import { createHold, until } from '../../until.ts';
import { COMMAND } from '../built-command.ts';
import { home } from '../caller-process.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());
afterEach(() => {
  stack.calls.length = 0;
  stack.intercept = null;
});

interface App extends Outermost {
  /** Waits until nothing of it runs; then no token lives and no file is left. */
  readonly expectNothingLeft: () => Promise<void>;
}

/** A program of an app's, whose subject token serves several times. */
async function startApp(command: readonly string[], more: Partial<OutermostOptions> = {}): Promise<App> {
  const { path, env } = await home();
  const subject = await stack.cluster.sign({ sub: 'app', aud: 'cluster' });
  const own = { ...env, INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject, ...more.env };
  const outermost = startOutermost(command, { ...more, env: own });
  return {
    ...outermost,
    expectNothingLeft: async () => {
      expect(await outermost.remaining()).toEqual([]);
      expect(stack.liveTokens()).toEqual([]);
      expect(readdirSync(path)).toEqual([]);
    },
  };
}

/** A shell that stays between, as npx has one: it dies of a signal without passing it on. */
const between = (line: string) => ['sh', '-c', `${line}; exit $?`];
const EXEC = `"${process.execPath}" "${COMMAND}" exec --`;
const JOB = `"${process.execPath}" -e 'process.on("SIGTERM", () => { console.log("seen"); process.exit(7) }); setInterval(() => {}, 1000); console.log("ready")'`;

const NPX = join(import.meta.dirname, '../../documentation/stand-ins/npx');

test.each([
  ['a shell', 'SIGTERM', between(`${EXEC} ${JOB}`)],
  ['a shell', 'SIGKILL', between(`${EXEC} ${JOB}`)],
  ['npx', 'SIGTERM', ['sh', '-c', `exec ${NPX} influx-sts exec -- ${JOB}`]],
] as const)('when %s that started it is ended by %s, the command gets SIGTERM and may end in its own way', async (_, by, command) => {
  const { signal: send, says, output, expectNothingLeft } = await startApp(command);
  await says('ready');
  await send(by);
  await expectNothingLeft();
  expect(output()).toContain('seen');
  expect(output()).toContain('influx-sts exec: the process that started this has ended');
});

test('when the process that started it ends before there is a token, no command is started', async () => {
  const { held, release } = createHold();
  stack.intercept = ({ path }) => (path === '/v1/tokens' ? { until: held } : null);
  const { signal: send, says, output, expectNothingLeft } = await startApp(between(`${EXEC} echo started`));
  await until(() => stack.calls.length > 0, 'the service is asked');
  await send('SIGTERM');
  await says('the process that started this has ended');
  release();
  await expectNothingLeft();
  expect(output()).not.toMatch(/^started$/m);
});

test('a parent that was always the one that takes in orphans is nothing to end for', async () => {
  // The subshell has ended before `exec` looks for the first time.
  const { output, says, expectNothingLeft } = await startApp(['sh', '-c', `(${EXEC} sh -c 'sleep 1; echo done' &)`]);
  await says('done');
  await expectNothingLeft();
  expect(output()).toBe('done\n');
});

test('what a shell has left running when the signal ended it is ended too, and may still use the token', async () => {
  const program = `(${JOB}) & wait`;
  const {
    signal: send,
    ended,
    says,
    output,
    expectNothingLeft,
  } = await startApp([...[process.execPath, COMMAND, 'exec', '--', 'sh', '-c', program]]);
  await says('ready');
  await send('SIGTERM');
  expect((await ended).code).toBe(143);
  await expectNothingLeft();
  expect(output()).toBe('ready\nseen\n');
});

test.each([
  'SIGINT',
  'SIGQUIT',
] as const)('%s reaches what a shell waits for, as it would from a terminal', async (signal) => {
  const {
    signal: send,
    ended,
    says,
    expectNothingLeft,
  } = await startApp([...[process.execPath, COMMAND, 'exec', '--', 'sh', '-c', 'echo ready; sleep 60; exit 3']]);
  await says('ready');
  await send(signal);
  expect((await ended).code).toBe(signal === 'SIGINT' ? 130 : 131);
  await expectNothingLeft();
});

test('what a command has left running of its own accord runs on, without a live token', async () => {
  const { ended, output, says, running } = await startApp([
    ...[process.execPath, COMMAND, 'exec', '--', 'sh', '-c', 'sleep 30 & echo started'],
  ]);
  await says('started');
  await ended;
  expect(stack.liveTokens()).toEqual([]);
  expect(await running()).toEqual(['sleep 30']);
  expect(output()).toBe('started\n');
});

test('a signal is heard while the subject token is waited for on standard input', async () => {
  const {
    signal: send,
    ended,
    says,
    expectNothingLeft,
  } = await startApp([process.execPath, COMMAND, 'exec', '--subject-token-stdin', '--', 'true'], {
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TELL_WHEN_READING)}` },
  });
  await says('reading');
  await send('SIGTERM');
  expect((await ended).code).toBe(143);
  await expectNothingLeft();
});

/** Has Node say on standard error that somebody reads its standard input. */
const TELL_WHEN_READING = `
  process.stdin.on('newListener', (event) => event === 'readable' && process.stderr.write('reading\\n'));
`;

test('it revokes the token even where nobody reads any more what it says', async () => {
  const silent = `${EXEC} sh -c 'echo ready; sleep 30'`;
  const { signal: send, says, deafen, expectNothingLeft } = await startApp(between(silent));
  await says('ready');
  deafen();
  await send('SIGTERM');
  await expectNothingLeft();
});

const how = NAMESPACE === null ? 'beside others, where no PID namespace can be made' : 'as process 1';

test.each([
  ['itself', [process.execPath, COMMAND, 'exec', '--', 'sh', '-c', 'echo ready; sleep 30']],
  ['behind a shell that it takes the place of', ['sh', '-c', `true; exec ${EXEC} sh -c 'echo ready; sleep 30'`]],
])(`${how}, %s: SIGTERM leaves nothing`, async (_, command) => {
  const { signal: send, ended, says, expectNothingLeft } = await startApp(command, { namespace: NAMESPACE });
  await says('ready');
  await send('SIGTERM');
  expect((await ended).code).toBe(143);
  await expectNothingLeft();
});
