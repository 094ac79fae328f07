// A signal that comes while the command is still being loaded: nothing is vended or started over it, and it is not forgotten.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stack, startStack } from '../../stack.ts';
import { home } from '../caller-process.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

const CLI = join(import.meta.dirname, '../../../src/cli');
/** What the installed command starts with, and a signal between its two imports. */
const startedUnder = (signal: string) => `
  await import('${CLI}/token/early-signals.ts');
  process.kill(process.pid, '${signal}');
  await new Promise((resolve) => setTimeout(resolve, 20));
  await import('${CLI}/main.ts');
`;

async function run(signal: string, args: readonly string[]) {
  const { path, env } = await home();
  const subject = await stack.cluster.sign({ sub: 'app', aud: 'cluster' });
  const child = spawn(process.execPath, ['--input-type=module', '-e', startedUnder(signal), 'influx-sts', ...args], {
    cwd: path,
    env: { ...env, INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject },
    stdio: 'ignore',
  });
  const ended = await new Promise((resolve) => child.once('close', (code, by) => resolve(code ?? by)));
  return { ended, started: existsSync(join(path, 'started')) };
}

test.each([
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const)('exec that met %s early starts no command and leaves no token', async (signal, code) => {
  const touch = ['exec', '--', process.execPath, '-e', 'require("fs").writeFileSync("started", "")'];
  expect(await run(signal, touch)).toEqual({ ended: code, started: false });
  expect(stack.liveTokens()).toEqual([]);
});

test('every other command ends by it, as programs do', async () => {
  expect(await run('SIGTERM', ['token'])).toMatchObject({ ended: 'SIGTERM' });
  expect(stack.liveTokens()).toEqual([]);
});
