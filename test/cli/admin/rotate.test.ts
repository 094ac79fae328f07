// `influx-sts admin rotate`: the service always has an admin token that works, and no token remains that nobody has stored.

import { beforeEach, describe, expect, test } from 'vitest';
import { createInfluxEmulator, type InfluxEmulator } from '../../emulator/influxdb.ts';
import { createWorld, POLICY as WORLD_POLICY, type World } from '../../world.ts';
import { type Folder, folder } from '../command-line.ts';
import { admin, adminNames, database, served } from './admin-process.ts';

const NAME_FORM = /sts-admin-\d{8}-[0-9a-f]{10}/;
const TOKEN_FORM = /^apiv3_[A-Za-z0-9_-]{86}$/;

/** Keeps what it is given, and everything else that it could have learned of it, in the file of its argument. */
const STORE = `
import { readFileSync, writeFileSync } from 'node:fs';
writeFileSync(process.argv[2], readFileSync(0));
writeFileSync(process.argv[2] + '.seen', JSON.stringify([process.argv, process.env]));
console.log('stored well');
`;

let files: Folder;

beforeEach(async () => {
  files = await folder();
});

async function store(script = STORE): Promise<readonly string[]> {
  return ['--', process.execPath, await files.write('store.mjs', script), files.path('stored')];
}

describe('a rotation', () => {
  test('never leaves the service without a token that works: with the old one, both, and the new one alone', async () => {
    const world = await createWorld({
      policy: WORLD_POLICY.replace(
        'admin_token: INFLUXDB3_ADMIN_TOKEN',
        'admin_token: INFLUXDB3_ADMIN_TOKEN, admin_token_next: INFLUXDB3_ADMIN_TOKEN_NEXT',
      ),
    });
    const works = async (here: World) => expect((await here.vend(await here.ciToken())).status).toBe(201);
    const old = world.influx.adminToken;
    const url = await served((request) => world.influx.fetch(request));
    await works(world);

    const rotated = await admin(['rotate', '--url', url, ...(await store())], { INFLUXDB3_ADMIN_TOKEN: old });
    expect(rotated.exit).toBe(0);
    expect(rotated.err).toContain('stored well');
    expect(rotated.out).toContain('influx-sts admin retire --name OLD');
    expect(rotated.out).toContain('"preset-admin"');
    const fresh = await files.read('stored');
    expect(fresh).toMatch(TOKEN_FORM);
    expect(await files.read('stored.seen')).not.toContain('apiv3_');

    await works(world);
    const oldFirst = world.restart({ INFLUXDB3_ADMIN_TOKEN_NEXT: fresh });
    const newFirst = world.restart({ INFLUXDB3_ADMIN_TOKEN: fresh, INFLUXDB3_ADMIN_TOKEN_NEXT: old });
    await works(oldFirst);
    await works(newFirst);

    const retired = await admin(['retire', '--url', url, '--name', 'preset-admin'], { INFLUXDB3_ADMIN_TOKEN: fresh });
    expect({ exit: retired.exit, out: retired.out }).toEqual({
      exit: 0,
      out: 'deleted the admin token "preset-admin"\n',
    });
    await works(oldFirst);
    await works(newFirst);
    await works(world.restart({ INFLUXDB3_ADMIN_TOKEN: fresh }));
    expect(world.alarms.filter(({ name }) => name !== 'misconfigured')).toEqual([]);
    const left = await world.vend(await world.ciToken());
    expect([left.status, left.body.reason]).toEqual([503, 'misconfigured']);
  });

  test('makes a token of 90 days, or of as many as asked, and says so as JSON', async () => {
    const { influx, url, env } = await database({ now: () => Date.parse('2026-11-23T12:00:00Z') });
    const args = ['rotate', '--url', url, '--json'];
    const usual = (await admin([...args, ...(await store())], env)).json();
    expect(usual).toEqual({
      url,
      name: expect.stringMatching(NAME_FORM),
      expires_at: '2027-02-21T12:00:00Z',
      used: 'preset-admin',
    });
    const shorter = await admin([...args, '--expires', '30d', ...(await store())], env);
    expect(shorter.json()).toMatchObject({ expires_at: '2026-12-23T12:00:00Z' });
    expect(await adminNames(influx)).toEqual(['preset-admin', ...[usual.name, shorter.json().name].sort()]);
  });

  test("sends the policy's further headers with each request, from the variables of their secrets", async () => {
    const influx = createInfluxEmulator();
    const behind = await served(async (request) =>
      request.headers.get('cf-access-client-id') === 'id.access'
        ? influx.fetch(request)
        : new Response('<html>Cloudflare Access</html>', { status: 403, headers: { 'content-type': 'text/html' } }),
    );
    const policy = await files.write('policy.yaml', {
      audience: 'https://sts.example.com',
      issuers: { github: { preset: 'github-actions' } },
      instances: {
        main: { url: behind, admin_token: 'INFLUXDB3_ADMIN_TOKEN', headers: { 'CF-Access-Client-Id': 'ACCESS_ID' } },
      },
      rules: [],
    });
    const args = ['--instance', 'main', '--policy', policy];
    const env = { INFLUXDB3_ADMIN_TOKEN: influx.adminToken };
    const without = await admin(['status', ...args], env);
    expect(without).toMatchObject({
      exit: 2,
      err: expect.stringContaining('cf-access-client-id there, and the variable ACCESS_ID is not set'),
    });
    const wrong = await admin(['status', ...args], { ...env, ACCESS_ID: 'other' });
    expect(wrong).toMatchObject({ exit: 1, err: expect.stringContaining('Cloudflare Access answers (status 403)') });
    const all = { ...env, ACCESS_ID: 'id.access' };
    expect((await admin(['status', ...args], all)).exit).toBe(0);
    const rotated = await admin(['rotate', ...args, ...(await store())], all);
    expect([rotated.exit, rotated.out + rotated.err]).toEqual([0, expect.not.stringContaining('id.access')]);
    expect(await adminNames(influx)).toHaveLength(2);
  });

  test('takes address and secret from the policy, and the old token from standard input', async () => {
    const { influx, url, env } = await database();
    const policy = await files.write('policy.yaml', {
      audience: 'https://sts.example.com',
      issuers: { github: { preset: 'github-actions' } },
      instances: { main: { url, admin_token: 'INFLUXDB3_MAIN' } },
      rules: [],
    });
    const args = ['rotate', '--instance', 'main', '--policy', policy];
    expect(await admin([...args, ...(await store())], env)).toMatchObject({
      exit: 2,
      err: expect.stringContaining('there is no admin token in the environment variable INFLUXDB3_MAIN'),
    });
    expect((await admin([...args, ...(await store())], { INFLUXDB3_MAIN: influx.adminToken })).exit).toBe(0);
    const piped = await admin([...args, '--token-stdin', ...(await store())], {}, `${influx.adminToken}\n`);
    expect(piped.exit).toBe(0);
    const other = { OTHER: influx.adminToken };
    expect((await admin([...args, '--token-env', 'OTHER', ...(await store())], other)).exit).toBe(0);
    expect(await adminNames(influx)).toHaveLength(4);
  });

  test('waits until the nodes of a cluster know the token', async () => {
    const influx = createInfluxEmulator({ nodes: 2, syncIntervalMs: 1_200 });
    const url = await served((request) => influx.fetch(request, request.url.includes('named_admin') ? 0 : 1));
    const env = { INFLUXDB3_ADMIN_TOKEN: influx.adminToken };
    const ran = await admin(['rotate', '--url', url, '--sync-interval', '1s', ...(await store())], env);
    expect({ exit: ran.exit, err: ran.err }).toEqual({ exit: 0, err: expect.stringContaining('stored well') });
    expect(influx.requests.filter(({ status }) => status === 401).length).toBeGreaterThan(0);
  });
});

describe('the new token is deleted again', () => {
  /** The rotation fails in these words, and nothing is left of it. */
  async function expectUndone(command: readonly string[], words: string, prepare?: (influx: InfluxEmulator) => void) {
    const { influx, url, env } = await database();
    prepare?.(influx);
    const ran = await admin(['rotate', '--url', url, ...command], env);
    expect({ exit: ran.exit, out: ran.out }).toEqual({ exit: 1, out: '' });
    expect(ran.err).toContain(words);
    expect(ran.err).toContain('The new token is deleted again; nothing has changed.');
    expect(await adminNames(influx)).toEqual(['preset-admin']);
    return ran;
  }

  test('when the command that stores it fails, whose words are passed on without the token', async () => {
    const echo = "import { readFileSync } from 'node:fs'; console.log('no ' + readFileSync(0)); process.exit(3);";
    const { err } = await expectUndone(await store(echo), 'did not store the new token: it ended with code 3');
    expect(err).toContain('no [token]\n');
  });

  test('when there is no such command', async () => {
    await expectUndone(['--', files.path('nowhere')], 'it cannot be run (ENOENT)');
  });

  test('when the person who runs it interrupts the command', async () => {
    const script = "process.kill(process.ppid, 'SIGTERM'); setInterval(() => {}, 1_000);";
    await expectUndone(await store(script), 'it was ended by SIGTERM');
  });

  test('when the answer to its creation is lost', async () => {
    await expectUndone(await store(), 'InfluxDB gave no readable answer', (influx) =>
      influx.faults.next('other', { kind: 'lost' }),
    );
  });

  test.each([
    ['another life', { expiry: '2030-01-01T00:00:00Z' }],
    ['no end', { expiry: null }],
    ['another name', { name: 'other' }],
    ['no token of the documented form', { token: 'apiv3_short' }],
  ])('when InfluxDB answers with %s', async (_, change) => {
    await expectUndone(await store(), 'InfluxDB gave no readable answer', (influx) =>
      influx.faults.next('other', {
        kind: 'rewrite',
        response: async (response) =>
          new Response(JSON.stringify({ ...((await response.json()) as object), ...change }), { status: 201 }),
      }),
    );
  });

  test('when InfluxDB does not accept it', async () => {
    const influx = createInfluxEmulator();
    const old = `Bearer ${influx.adminToken}`;
    const url = await served(async (request) =>
      request.headers.get('authorization') === old ? influx.fetch(request) : new Response(null, { status: 401 }),
    );
    const env = { INFLUXDB3_ADMIN_TOKEN: influx.adminToken };
    const ran = await admin(['rotate', '--url', url, ...(await store())], env);
    expect(ran).toMatchObject({ exit: 1, err: expect.stringContaining('does not accept the new token as an admin') });
    expect(await adminNames(influx)).toEqual(['preset-admin']);
    await expect(files.read('stored')).rejects.toThrow();
  });

  test('or named, when it cannot be deleted', async () => {
    const { influx, url, env } = await database();
    influx.faults.always('delete', { kind: 'status', status: 500 });
    const ran = await admin(['rotate', '--url', url, ...(await store('process.exit(1);'))], env);
    expect(ran.exit).toBe(1);
    const [, left] = await adminNames(influx);
    expect(ran.err).toContain(`delete it with another admin token: influx-sts admin retire --name ${left}`);
  });
});
