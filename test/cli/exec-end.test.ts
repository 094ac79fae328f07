// `exec` when it is asked to end in a roundabout way: whatever stands around it, no token lives on and no process runs on.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { childrenOf, NAMESPACE, runningOf } from '../processes.ts';
import { type Stack, startStack } from '../stack.ts';
import { createHold, until } from '../until.ts';
import { COMMAND } from './built-command.ts';
import { home } from './caller-process.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());
afterEach(() => {
  stack.calls.length = 0;
  stack.intercept = null;
});

interface Outermost {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly says: (text: string) => Promise<void>;
  /** Waits until nothing of it runs, no token lives and no file is left. */
  readonly expectNothingLeft: () => Promise<void>;
}

/** Starts a program as the leader of a process group. */
async function startOutermost(command: readonly string[], more: Record<string, string> = {}): Promise<Outermost> {
  const { path, env } = await home();
  const subject = await stack.cluster.sign({ sub: 'app', aud: 'cluster' });
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, {
    env: { ...env, INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject, ...more },
    stdio: 'pipe',
    detached: true,
  });
  onTestFinished(() => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // Nobody was left, as it should be.
    }
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    child,
    output: () => output,
    says: (text) => until(() => output.includes(text), `it says ${text}`),
    expectNothingLeft: async () => {
      let running: string[] = [];
      const gone = async () => {
        running = await runningOf(child.pid!);
        return running.length === 0;
      };
      await until(gone, 'nothing of it runs').catch(() => expect(running).toEqual([]));
      expect(stack.liveTokens()).toEqual([]);
      expect(readdirSync(path)).toEqual([]);
    },
  };
}

/** A shell that stays between, as npx has one: it dies of a signal without passing it on. */
const between = (line: string) => ['sh', '-c', `${line}; exit $?`];
const EXEC = `"${process.execPath}" "${COMMAND}" exec --`;
const JOB = `"${process.execPath}" -e 'process.on("SIGTERM", () => { console.log("seen"); process.exit(7) }); setInterval(() => {}, 1000); console.log("ready")'`;

test.each([
  'SIGTERM',
  'SIGKILL',
] as const)('when %s ends the process that started it, the command gets SIGTERM and may end in its own way', async (signal) => {
  const { child, says, output, expectNothingLeft } = await startOutermost(between(`${EXEC} ${JOB}`));
  await says('ready');
  child.kill(signal);
  await expectNothingLeft();
  expect(output()).toContain('seen');
  expect(output()).toContain('influx-sts exec: the process that started this has ended');
});

test('when the process that started it ends before there is a token, no command is started', async () => {
  const { held, release } = createHold();
  stack.intercept = ({ path }) => (path === '/v1/tokens' ? { until: held } : null);
  const { child, says, output, expectNothingLeft } = await startOutermost(between(`${EXEC} echo started`));
  await until(() => stack.calls.length > 0, 'the service is asked');
  child.kill('SIGTERM');
  await says('the process that started this has ended');
  release();
  await expectNothingLeft();
  expect(output()).not.toMatch(/^started$/m);
});

test('a parent that was always the one that takes in orphans is nothing to end for', async () => {
  // The subshell has ended before `exec` looks for the first time.
  const { output, says, expectNothingLeft } = await startOutermost([
    'sh',
    '-c',
    `(${EXEC} sh -c 'sleep 1; echo done' &)`,
  ]);
  await says('done');
  await expectNothingLeft();
  expect(output()).toBe('done\n');
});

test('what a shell has left running when the signal ended it is ended too, and may still use the token', async () => {
  const program = `(${JOB}) & wait`;
  const { child, says, output, expectNothingLeft } = await startOutermost([
    ...[process.execPath, COMMAND, 'exec', '--', 'sh', '-c', program],
  ]);
  await says('ready');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([143, null]);
  await expectNothingLeft();
  expect(output()).toBe('ready\nseen\n');
});

test('what a command has left running of its own accord runs on, without a live token', async () => {
  const { child, output, says } = await startOutermost([
    ...[process.execPath, COMMAND, 'exec', '--', 'sh', '-c', 'sleep 30 & echo started'],
  ]);
  await says('started');
  await once(child, 'exit');
  expect(stack.liveTokens()).toEqual([]);
  expect(await runningOf(child.pid!)).toEqual(['sleep 30']);
  expect(output()).toBe('started\n');
});

test('a signal is heard while the subject token is waited for on standard input', async () => {
  const { child, expectNothingLeft } = await startOutermost(
    [process.execPath, COMMAND, 'exec', '--subject-token-stdin', '--', 'true'],
    { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(TELL_WHEN_READING)}` },
  );
  await once(child.stderr!, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([143, null]);
  await expectNothingLeft();
});

/** Has Node say on standard error that somebody reads its standard input. */
const TELL_WHEN_READING = `
  process.stdin.on('newListener', (event) => event === 'readable' && process.stderr.write('reading\\n'));
`;

test('it revokes the token even where nobody reads any more what it says', async () => {
  const { child, says, expectNothingLeft } = await startOutermost(between(`${EXEC} ${JOB}`));
  await says('ready');
  child.stderr!.destroy();
  child.stdout!.destroy();
  child.kill('SIGTERM');
  await expectNothingLeft();
});

const [how, prefix] =
  NAMESPACE === null ? ['beside others, because no PID namespace can be made here', []] : ['as process 1', NAMESPACE];

test.each([
  ['itself', [process.execPath, COMMAND, 'exec', '--', 'sh', '-c', 'echo ready; sleep 30']],
  ['behind a shell that it takes the place of', ['sh', '-c', `true; exec ${EXEC} sh -c 'echo ready; sleep 30'`]],
])(`${how}, %s: SIGTERM leaves nothing`, async (_, command) => {
  const { child, says, expectNothingLeft } = await startOutermost([...prefix, ...command]);
  await says('ready');
  const first = prefix.length === 0 ? child.pid! : (await childrenOf(child.pid!))[0]!;
  process.kill(first, 'SIGTERM');
  expect(await once(child, 'exit')).toEqual([143, null]);
  await expectNothingLeft();
});
