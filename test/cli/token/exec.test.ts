// `exec`: what the command is given, how it ends, and that nothing of it stays.

import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { maskInActions } from '../../../src/cli/token/actions-mask.ts';
import { exec } from '../../../src/cli/token/exec.ts';
import { githubActions } from '../../emulator/personas.ts';
import { STACK_POLICY, type Stack, startStack } from '../../stack.ts';
import { createHold, until, WITNESSED } from '../../until.ts';
import { home, node, run, start } from '../caller-process.ts';
import { inProcess } from '../command-line.ts';

let stack: Stack;
beforeAll(async () => {
  const several = `  - name: several
    issuer: cluster
    when: { sub: several }
    allow: ["db:ci_metrics,other:read"]
`;
  const influx = { databases: ['ci_metrics', 'other'] };
  stack = await startStack({ policy: (addresses) => STACK_POLICY(addresses) + several, influx });
});
afterAll(() => stack.stop());
afterEach(() => {
  stack.calls.length = 0;
  stack.intercept = null;
});

/** The environment of an app's process, whose subject token serves several times. */
async function app(more: Record<string, string> = {}, sub = 'app') {
  const { path, env } = await home();
  const subject = await stack.cluster.sign({ sub, aud: 'cluster' });
  return { path, subject, env: { ...env, INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject, ...more } };
}

/** Nothing that could be used or read is left. */
function expectNothingLeft(path: string): void {
  expect(stack.liveTokens()).toEqual([]);
  expect(readdirSync(path)).toEqual([]);
}

const SHOW = `
  const { statSync, readFileSync } = require('node:fs');
  const { dirname } = require('node:path');
  const file = process.env.INFLUX_STS_TOKEN_FILE;
  const mode = (path) => (statSync(path).mode & 0o777).toString(8);
  console.log(JSON.stringify({ env: process.env, held: readFileSync(file, 'utf8'), modes: [mode(file), mode(dirname(file))] }));
`;

test('the command finds token, address and database in its environment, and the token in a private file', async () => {
  const { path, env } = await app({ INFLUXDB3_DATABASE_NAME: 'of_another_server', INFLUX_TOKEN: 'of_another_login' });
  const { exit, err, json } = await run(['exec', '--', ...node(SHOW)], env);
  expect({ exit, err }).toEqual({ exit: 0, err: '' });
  const { env: given, held, modes } = json();
  expect(given).toMatchObject({ INFLUXDB3_HOST_URL: stack.influx, INFLUXDB3_DATABASE_NAME: 'ci_metrics' });
  expect(given).toMatchObject({ INFLUX_HOST: stack.influx, INFLUX_DATABASE: 'ci_metrics' });
  expect(given.INFLUXDB3_AUTH_TOKEN).toMatch(/^apiv3_/);
  expect(given.INFLUX_TOKEN).toBe(given.INFLUXDB3_AUTH_TOKEN);
  expect({ held, modes }).toEqual({ held: given.INFLUXDB3_AUTH_TOKEN, modes: ['600', '700'] });
  expect(existsSync(given.INFLUX_STS_TOKEN_FILE)).toBe(false);
  expectNothingLeft(path);
});

test("InfluxDB's own client needs nothing but the command's environment to write", async () => {
  const { env } = await app();
  const program = `
    const { InfluxDBClient } = require('@influxdata/influxdb3-client');
    const client = new InfluxDBClient();
    client.write('build seconds=41').then(() => client.close()).then(() => console.log('written'));
  `;
  const { exit, out, err } = await run(['exec', '--', ...node(program)], env);
  expect({ exit, out, err }).toEqual({ exit: 0, out: 'written\n', err: '' });
});

test('the command finds no database of another server where the token is for several', async () => {
  const left = { INFLUXDB3_DATABASE_NAME: 'of_another_server', INFLUX_DATABASE: 'of_another_server' };
  const { env } = await app(left, 'several');
  const { out } = await run(['exec', '--', 'sh', '-c', 'env; true'], env);
  expect(out).toContain('INFLUX_TOKEN=apiv3_');
  expect(out).not.toContain('of_another_server');
  expect(out).not.toMatch(/^(INFLUXDB3_DATABASE_NAME|INFLUX_DATABASE)=/m);
});

test('the command does not inherit what holds or gives a subject token, unless that is asked for', async () => {
  const runner = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://runner.example', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner' };
  const { path, env, subject } = await app({ ...runner, MINE: '' });
  /** The names of the variables that the command was given. */
  const given = async (args: readonly string[], more: Record<string, string> = {}) => {
    const list = join(path, 'list');
    expect((await inProcess(exec.run, [...args, '--', 'sh', '-c', `env > ${list}`], { ...env, ...more })).exit).toBe(0);
    return readFileSync(list, 'utf8').match(/^\w+(?==)/gm) ?? [];
  };
  const identity = ['INFLUX_STS_ID_TOKEN', ...Object.keys(runner)];
  const bare = await given([]);
  expect(bare).toContain('INFLUXDB3_AUTH_TOKEN');
  expect(bare.filter((one) => identity.includes(one))).toEqual([]);
  expect(await given(['--subject-token-env', 'MINE'], { MINE: subject })).not.toContain('MINE');
  const kept = await given(['--keep-identity']);
  expect(kept).toEqual(expect.arrayContaining(identity));
});

test("standard input, output and error are the command's own", async () => {
  const { env } = await app();
  const { out, err } = await run(['exec', '--', 'sh', '-c', 'cat; echo aside >&2'], env, 'from outside\n');
  expect({ out, err }).toEqual({ out: 'from outside\n', err: 'aside\n' });
});

test.each([
  ['exits with its code', ['sh', '-c', 'exit 41'], 41, ''],
  ['says that a signal ended it', ['sh', '-c', 'kill -KILL $$'], 137, ''],
  ['is 127 where there is no such command', ['there-is-no-such-command'], 127, 'there is no such command'],
])('the end of a command that fails %j', async (_, command, exit, said) => {
  const { path, env } = await app();
  const ran = await inProcess(exec.run, ['--', ...command], env);
  expect(ran.exit).toBe(exit);
  expect(ran.err).toContain(said);
  expectNothingLeft(path);
});

test('a command that cannot be run is 126', async () => {
  const { path, env } = await app();
  const text = join(path, 'text');
  writeFileSync(text, 'no program', { mode: 0o600 });
  const { exit, err } = await inProcess(exec.run, ['--', text], env);
  expect({ exit, err }).toEqual({
    exit: 126,
    err: `influx-sts exec: cannot run "${text}": it is not executable: chmod +x ${text}\n`,
  });
  const folder = await inProcess(exec.run, ['--', path], env);
  expect(folder).toMatchObject({ exit: 126, err: `influx-sts exec: cannot run "${path}": it is a directory\n` });
  expect(stack.liveTokens()).toEqual([]);
});

test('without a place for the token file there is no token', async () => {
  const { env } = await app({ TMPDIR: '/nowhere' });
  const { exit, err } = await inProcess(exec.run, ['--', 'true'], env);
  expect({ exit, err }).toEqual({ exit: 1, err: expect.stringContaining('cannot make a folder for the token file') });
  expect(stack.calls).toEqual([]);
});

test('no shell looks at the command', async () => {
  const { env } = await app();
  const { out } = await run(['exec', '--', 'printf', '%s|', '$HOME', 'a b', '*'], env);
  expect(out).toBe('$HOME|a b|*|');
});

/** Says when it is ready, and ends in its own way when it is told to. */
const OBEYS = `
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1']) process.on(signal, () => {
    console.log('seen', signal);
    if (signal !== 'SIGUSR1') process.exit(7);
  });
  setInterval(() => {}, 1000);
  console.log('ready');
`;

test.each([
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
] as const)('%s is passed on, and the command ends in its own way', async (signal) => {
  const { path, env } = await app();
  const { signal: send, says, ended } = start(['exec', '--', ...node(OBEYS)], env);
  await says(/ready/, 'out');
  send('SIGUSR1');
  await says(/seen SIGUSR1/, 'out');
  send(signal);
  const { exit, out } = await ended;
  expect({ exit, out }).toEqual({ exit: 7, out: `ready\nseen SIGUSR1\nseen ${signal}\n` });
  expectNothingLeft(path);
});

test('a signal that comes before there is a token starts no command, and leaves no token', async () => {
  const { path, env } = await app(WITNESSED);
  const { held, release } = createHold();
  stack.intercept = ({ path: asked }) => (asked === '/v1/tokens' ? { until: held } : null);
  const { signal, says, ended } = start(['exec', '--', 'echo', 'started'], env);
  await until(() => stack.calls.length > 0, 'the service is asked');
  signal('SIGTERM');
  await says(/took SIGTERM/, 'err');
  release();
  const { exit, out } = await ended;
  expect({ exit, out }).toEqual({ exit: 143, out: '' });
  expectNothingLeft(path);
});

test('a denied request costs one call, and the command is not started', async () => {
  const { path, env } = await home();
  const subject = await stack.github.sign(githubActions({ aud: stack.service, ref: 'refs/heads/try' }));
  const caller = { ...env, INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: subject };
  const started = join(path, 'started');
  const { exit, err } = await inProcess(exec.run, ['--', 'touch', started], caller);
  expect(exit).toBe(3);
  expect(stack.calls).toEqual([{ method: 'POST', path: '/v1/tokens' }]);
  expect(err).toContain('the service refuses');
  expect(err).toMatch(/reason +no_rule/);
  expect(err).toMatch(/claim +is +wanted\n +ref +"refs\/heads\/try" +"refs\/heads\/main"/);
  expect(err).toMatch(/to do +Run where the rule wants/);
  expectNothingLeft(path);
});

test('in a GitHub Actions job a mask stands at the start of a line, whatever the command has left unfinished', () => {
  const said: string[] = [];
  const err = { line: (text: string) => said.push(text), paint: (_: unknown, text: string) => text };
  maskInActions(['apiv3_x', null, 'stsl_y%'], { env: { GITHUB_ACTIONS: 'true' }, err, out: err });
  const log = `Uploading 40%... ${said.map((text) => `${text}\n`).join('')}`;
  expect(log.split('\n')).toEqual(['Uploading 40%... ', '::add-mask::apiv3_x', '', '::add-mask::stsl_y%25', '']);
});

test('in a GitHub Actions job each token is masked before the command could print it', async () => {
  const runner = createServer(async (_, response) => {
    const value = await stack.github.sign(githubActions({ aud: stack.service }));
    response.end(JSON.stringify({ value }));
  }).listen(0, '127.0.0.1');
  await once(runner, 'listening');
  try {
    const { env } = await home();
    const { exit, out, err } = await run(['exec', '--', 'sh', '-c', 'echo "$INFLUXDB3_AUTH_TOKEN"'], {
      ...env,
      GITHUB_ACTIONS: 'true',
      INFLUX_STS_URL: stack.service,
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(runner.address() as AddressInfo).port}/?x=1`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner',
    });
    expect(exit).toBe(0);
    expect(err).toMatch(new RegExp(`^\n::add-mask::${out.trim()}\n\n::add-mask::stsl_[^\n]+\n$`));
  } finally {
    runner.close();
  }
});

test.each([
  [[], 'say behind "--" what to run'],
  [['true'], 'exec: write "--" in front of the command to run: it takes'],
  [['sh', '-c', 'true'], 'exec: write "--" in front of the command to run: there is no option -c'],
  [['--tll', '5m'], 'exec: there is no option --tll; did you mean --ttl?'],
  [['--ttl', 'soon', '--', 'true'], '"soon" is no ttl'],
  [['--permission', 'db:a', '--', 'true'], '"db:a" cannot be asked for'],
])('%j is misuse, and asks nobody', async (args, problem) => {
  const { exit, err } = await inProcess(exec.run, args, { INFLUX_STS_URL: stack.service, INFLUX_STS_ID_TOKEN: 'x' });
  expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining(problem) });
  expect(stack.calls).toEqual([]);
});

test('the database may be named, and one that the token is not for is remarked upon', async () => {
  const { env } = await app();
  const { out, err } = await run(
    ['exec', '--database', 'other', '--', 'sh', '-c', 'echo $INFLUXDB3_DATABASE_NAME'],
    env,
  );
  expect(out).toBe('other\n');
  expect(err).toContain('the token is not for the database "other", but for db:ci_metrics:write');
});
