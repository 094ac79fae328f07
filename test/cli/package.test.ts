// The package as its users have it: packed, installed without a network, and run by whatever Node this machine has, outside the
// toolchain.

import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startOutermost } from '../outermost.ts';
import { type Stack, startStack } from '../stack.ts';

const ROOT = join(import.meta.dirname, '../..');
const exec = promisify(execFile);

/** Without the toolchain's own Node. */
const PATH = (process.env.PATH ?? '')
  .split(':')
  .filter((folder) => !folder.includes('node_modules'))
  .join(':');

let stack: Stack;
let consumer: string;
let warnings: string;

beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), 'influx-sts-consumer-'));
  await writeFile(join(consumer, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const env = { PATH, HOME: consumer };
  // It is built already. A new build would make it disappear for a moment from the tests that run at the same time.
  const pack = ['pack', '--ignore-scripts', '--silent', '--offline', '--pack-destination', consumer];
  const { stdout } = await exec('npm', pack, { cwd: ROOT, env });
  const tarball = stdout.trim().split('\n').at(-1)!;
  const quiet = ['--offline', '--no-audit', '--no-fund'];
  warnings = (await exec('npm', ['install', ...quiet, `./${tarball}`], { cwd: consumer, env })).stderr;
  stack = await startStack();
});
afterAll(async () => {
  await stack.stop();
  await rm(consumer, { recursive: true });
});

/** The command's output, in the consumer's folder. */
async function influxSts(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const bin = join(consumer, 'node_modules/.bin/influx-sts');
  return (await exec(bin, [...args], { cwd: consumer, env: { PATH, HOME: consumer, ...env } })).stdout;
}

test('it is installed without a warning, because it has no install script', () => {
  expect(warnings).toBe('');
});

test('it holds the documents that its README leads to, but those about work on the code', async () => {
  const root = join(consumer, 'node_modules/influx-sts');
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  const files = [...readme.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)].map(([, path]) => path!);
  const missing = await Promise.all(
    files.map((path) =>
      stat(join(root, path)).then(
        () => [],
        () => [path],
      ),
    ),
  );
  const ofTheCheckout = /^(CONTRIBUTING\.md$|demo\/|templates\/|action)/;
  expect(missing.flat().filter((path) => !ofTheCheckout.test(path))).toEqual([]);
});

test('the command says what it is and can do', async () => {
  const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  expect(await influxSts(['--version'])).toBe(`${version}\n`);
  expect(await influxSts(['--help'])).toContain('token');
  expect(await influxSts(['policy', 'schema'])).toContain('"$schema"');
});

test('the command vends a token, and holds one for another command', async () => {
  const subject = await stack.cluster.sign({ sub: 'app', aud: 'cluster' });
  const env = { INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject };
  expect(await influxSts(['token'], env)).toMatch(/^apiv3_\S+\n$/);
  const held = await influxSts(['exec', '--', 'sh', '-c', 'cat "$INFLUX_STS_TOKEN_FILE"'], env);
  expect(held).toMatch(/^apiv3_/);
});

test('the npx that this machine has leaves no live token and no process when SIGTERM ends it', async () => {
  const subject = await stack.cluster.sign({ sub: 'app', aud: 'cluster' });
  const env = { PATH, HOME: consumer, INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject };
  const npx = startOutermost(['npx', '--offline', 'influx-sts', 'exec', '--', 'sh', '-c', 'echo ready; sleep 60'], {
    cwd: consumer,
    env,
  });
  await npx.says('ready');
  const before = stack.liveTokens().length;
  await npx.signal('SIGTERM');
  expect(await npx.remaining()).toEqual([]);
  expect(stack.liveTokens()).toHaveLength(before - 1);
});

const PROGRAM = `
import { createClient, createSession, fromEnvironment, StsError } from 'influx-sts/client';

const client = createClient({ url: process.env.STS ?? '', subjectToken: fromEnvironment('SUBJECT') });
const session = createSession({ client });
const token = await session.token();
await session.close();
const error = await client.exchange({ rule: 'other' }).catch((reason) => reason);
console.log(token.rule, error instanceof StsError ? error.reason : 'no error');
`;
const TYPED_PROGRAM = `${PROGRAM}
import type { DatabaseToken, Session } from 'influx-sts/client';
export const typed: readonly [DatabaseToken, Session, string | null] = [token, session, token.lease];
`;

test('a program loads the client, without anything else', async () => {
  await writeFile(join(consumer, 'program.js'), PROGRAM);
  const env = { PATH, STS: stack.service, SUBJECT: await stack.cluster.sign({ sub: 'app', aud: 'cluster' }) };
  const { stdout } = await exec('node', ['program.js'], { cwd: consumer, env });
  expect(stdout).toBe('app rule_unknown\n');
  expect(await readdir(join(consumer, 'node_modules'))).toEqual(['.bin', '.package-lock.json', 'influx-sts']);
});

test.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])('the client has types for %s modules resolved as %s', async (module, moduleResolution) => {
  const file = `tsconfig.${module}.json`;
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022', 'dom', 'dom.iterable'],
    types: [],
    skipLibCheck: false,
    module,
    moduleResolution,
  };
  await writeFile(
    join(consumer, 'environment.d.ts'),
    'declare const process: { env: Record<string, string | undefined> };',
  );
  await writeFile(join(consumer, 'program.ts'), TYPED_PROGRAM);
  await writeFile(join(consumer, file), JSON.stringify({ compilerOptions, files: ['environment.d.ts', 'program.ts'] }));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const said = await exec(process.execPath, [tsc, '-p', join(consumer, file)]).then(
    () => '',
    (error: { stdout: string }) => error.stdout,
  );
  expect(said).toBe('');
});
