// From `influx-sts bootstrap` to a token that a caller uses: servers that start with the files, the printed commands as a shell runs them,
// and the built Worker with the secret that they stored.

import { execFile } from 'node:child_process';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { readBundle, runWorker } from '../../emulator/built-worker.ts';
import { createInfluxEmulator, type InfluxEmulator, type InfluxEmulatorOptions } from '../../emulator/influxdb.ts';
import { createCaller } from '../../emulator/influxdb-caller.ts';
import { createIssuer } from '../../emulator/issuer.ts';
import { githubActions } from '../../emulator/personas.ts';
import { TEST_BUNDLE } from '../../global-setup.ts';
import { admin, adminNames, served } from '../admin/admin-process.ts';
import { COMMAND } from '../built-command.ts';
import { AUDIENCE, bootstrap, type Folder, folder, GITHUB, POLICY } from '../command-line.ts';

const URL_OF_POLICY = 'https://influxdb.example.com:8181';
const DAY_MS = 86_400_000;

const TOKENS = `
preconfigured:
  main:
    create_databases: [ci_metrics, empty]
    tokens:
      telegraf: { permissions: ["db:telegraf:write", "system:health:read"], expires: 30d }
      grafana: { permissions: ["db:telegraf,ci_metrics:read"], expires: 365d }
`;
const VERSIONS = ['3.4.0', '3.9.2', '3.10.0', '3.11.0', '3.11.2'];

let files: Folder;

beforeEach(async () => {
  files = await folder();
});

/** The files of a bootstrap, as a server reads them. */
async function bootstrapped(text: string, ...more: readonly string[]): Promise<InfluxEmulatorOptions> {
  const policy = await files.write('policy.yaml', text);
  const ran = await bootstrap(['--policy', policy, '--out', files.path('out'), ...more]);
  expect(ran.exit).toBe(0);
  return startedWith('out/main');
}

async function startedWith(prefix: string): Promise<InfluxEmulatorOptions> {
  const read = async (name: string): Promise<unknown> => JSON.parse(await files.read(`${prefix}-${name}.json`));
  return { adminTokenFile: await read('admin-token'), permissionTokensFile: await read('permission-tokens') };
}

const staticToken = (options: InfluxEmulatorOptions, name: string) =>
  (options.permissionTokensFile as { tokens: { name: string; token: string }[] }).tokens.find(
    (one) => one.name === name,
  )!.token;
const adminToken = (options: InfluxEmulatorOptions) => (options.adminTokenFile as { token: string }).token;

describe.each(VERSIONS)('a server of %s', (version) => {
  test('starts with the files; each token opens what the policy lists for it, and nothing else', async () => {
    const options = await bootstrapped(POLICY + TOKENS);
    const influx = createInfluxEmulator({ ...options, version });
    const caller = createCaller(influx.fetch, 'http://influx', adminToken(options));
    const { text } = await caller.asAdmin('GET', '/api/v3/configure/database?format=json');
    for (const name of ['ci_metrics', 'empty', 'telegraf']) expect(text).toContain(`"${name}"`);

    const [writer, reader] = [staticToken(options, 'telegraf'), staticToken(options, 'grafana')];
    const select = async (token: string, database: string) =>
      (await caller.query(token, database, 'SELECT * FROM m')).status;
    const write = async (token: string, database: string) => (await caller.writeV3(token, database, 'm v=1')).status;
    const health = async (token: string) => (await caller.call('GET', '/health', { token })).status;
    const make = async (token: string) => (await caller.create('x', [], 60, { token })).status;

    expect(await write(writer, 'telegraf')).toBe(204);
    expect(await select(reader, 'telegraf')).toBe(200);
    expect(await health(writer)).toBe(200);
    const refused = [
      await write(writer, 'ci_metrics'),
      await write(writer, 'empty'),
      await write(writer, 'nowhere'),
      await select(writer, 'telegraf'),
      await write(reader, 'telegraf'),
      await select(reader, 'empty'),
      await select(reader, '_internal'),
      await health(reader),
      await make(writer),
    ];
    expect(refused).toEqual(refused.map(() => 403));
  });

  test('accepts each token until its end, and not after', async () => {
    const options = await bootstrapped(POLICY + TOKENS, '--expires', '60d');
    const start = Date.now();
    const clock = { now: start };
    const influx = createInfluxEmulator({ ...options, version, now: () => clock.now });
    const caller = createCaller(influx.fetch, 'http://influx', adminToken(options));
    const known = async () => {
      const tokens = [staticToken(options, 'telegraf'), adminToken(options), staticToken(options, 'grafana')];
      return Promise.all(tokens.map(async (token) => (await caller.call('GET', '/ping', { token })).status !== 401));
    };
    const after = async (days: number) => {
      clock.now = start + days * DAY_MS;
      return known();
    };
    expect(await after(29.99)).toEqual([true, true, true]);
    expect(await after(30.01)).toEqual([false, true, true]);
    expect(await after(59.99)).toEqual([false, true, true]);
    expect(await after(60.01)).toEqual([false, false, true]);
    expect(await after(364.99)).toEqual([false, false, true]);
    expect(await after(365.01)).toEqual([false, false, false]);
  });
});

test('a server before 3.10 does not start with a wildcard, as the note says; a later one does', async () => {
  const wildcard = TOKENS.replace('"db:telegraf,ci_metrics:read"', '"db:*:read"');
  const options = await bootstrapped(POLICY + wildcard);
  expect(() => createInfluxEmulator({ ...options, version: '3.9.2' })).toThrow('invalid resource name *');
  const influx = createInfluxEmulator({ ...options, version: '3.10.0' });
  const caller = createCaller(influx.fetch, 'http://influx', adminToken(options));
  await caller.writeV3(adminToken(options), 'empty', 'm v=1');
  expect((await caller.query(staticToken(options, 'grafana'), 'empty', 'SELECT * FROM m')).status).toBe(200);
});

/** A folder for PATH with an `npx` that runs this checkout's influx-sts, and keeps in the file `stored` what wrangler would store. */
async function standIn(): Promise<string> {
  const script = `#!/bin/sh
case "$1" in
  influx-sts) shift; exec "${process.execPath}" "${COMMAND}" "$@" ;;
  *) echo "$*" > "${files.path('stored.args')}"; cat > "${files.path('stored')}" ;;
esac
`;
  await mkdir(files.path('bin'));
  await chmod(await files.write('bin/npx', script), 0o755);
  return files.path('bin');
}

/** Runs a line as it stands. */
async function paste(line: string) {
  const PATH = [await standIn(), dirname(process.execPath), process.env.PATH].join(':');
  const { stdout, stderr } = await promisify(execFile)('sh', ['-c', line], { env: { PATH } });
  expect(stdout + stderr).not.toContain('apiv3_');
}

/** The policy, on a server that is not there yet. */
async function newServer() {
  const server: { influx?: InfluxEmulator } = {};
  const url = await served(async (request) => server.influx!.fetch(request));
  const start = (options: InfluxEmulatorOptions) => {
    server.influx = createInfluxEmulator(options);
    return server.influx;
  };
  return { policy: (POLICY + TOKENS).replace(URL_OF_POLICY, url), url, start };
}

/** Vends a token by the built Worker, which has the stored secret, and returns what the caller is given. */
async function vendBy(influx: InfluxEmulator, policyText: string): Promise<{ token: string; status: number }> {
  const github = await createIssuer({ iss: GITHUB });
  const { policy } = await compilePolicy(policyText, { development: true });
  const worker = await runWorker(await readBundle(TEST_BUNDLE), {
    policy: JSON.stringify(policy),
    secrets: { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: await files.read('stored') },
    network: (request) => (request.url.startsWith(GITHUB) ? github.fetch(request) : influx.fetch(request)),
  });
  onTestFinished(() => worker.stop());
  const authorization = `Bearer ${await github.sign(githubActions({ aud: AUDIENCE }))}`;
  const reply = await worker.request('/v1/tokens', { method: 'POST', headers: { authorization } });
  return { token: ((await reply.json()) as { token: string }).token, status: reply.status };
}

test('the printed line hands wrangler exactly the admin token, and the service vends with it', async () => {
  const { policy, start } = await newServer();
  const file = await files.write('policy.yaml', policy);
  const out = files.path("o'ut of the way");
  const { json } = await bootstrap(['--policy', file, '--out', out, '--json']);
  const options = await startedWith("o'ut of the way/main");
  await paste(json().commands.store_admin_token);
  expect(await files.read('stored')).toBe(adminToken(options));
  expect(await files.read('stored.args')).toBe('wrangler secret put INFLUXDB3_ADMIN_TOKEN\n');

  const influx = start(options);
  const { token, status } = await vendBy(influx, policy);
  expect(status).toBe(201);
  const caller = createCaller(influx.fetch, 'http://influx', adminToken(options));
  expect((await caller.writeV3(token, 'ci_metrics', 'm v=1')).status).toBe(204);
  expect((await caller.writeV3(token, 'telegraf', 'm v=1')).status).toBe(403);
});

test('the printed line takes the operator token before anybody else can, into a file of its own', async () => {
  const { policy, url, start } = await newServer();
  const { json } = await bootstrap([
    '--policy',
    await files.write('policy.yaml', policy),
    '--out',
    files.path('out'),
    '--json',
  ]);
  start(await startedWith('out/main'));
  await paste(json().commands.make_operator_token);
  expect(((await stat(files.path('out/main-operator-token.json'))).mode & 0o777).toString(8)).toBe('600');
  const { token } = JSON.parse(await files.read('out/main-operator-token.json'));
  expect((await admin(['status', '--url', url], { INFLUXDB3_ADMIN_TOKEN: token })).out).toContain('"_admin"');
  expect((await fetch(`${url}/api/v3/configure/token/admin`, { method: 'POST' })).status).toBe(409);
});

test('a server that starts with its operator token gives none away, and makes a named one for the service', async () => {
  const { policy, url, start } = await newServer();
  const file = await files.write('policy.yaml', policy);
  const { json } = await bootstrap(['--policy', file, '--name', '_admin', '--out', files.path('out'), '--json']);
  expect(json().commands.make_operator_token).toBeNull();
  const options = await startedWith('out/main');
  const influx = start(options);
  expect((await fetch(`${url}/api/v3/configure/token/admin`, { method: 'POST' })).status).toBe(409);

  await paste(json().commands.store_admin_token);
  const [, , named] = await adminNames(influx);
  expect(await adminNames(influx)).toEqual(['_admin', 'preset-admin', expect.stringMatching(/^sts-admin-/)]);
  const stored = await files.read('stored');
  expect(stored).not.toBe(adminToken(options));
  const used = await admin(['status', '--url', url], { INFLUXDB3_ADMIN_TOKEN: stored });
  expect(used.out).toContain(`"${named}", which expires at`);
  expect((await vendBy(influx, policy)).status).toBe(201);
});
