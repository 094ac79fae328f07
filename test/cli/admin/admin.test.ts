// `influx-sts admin`: what it refuses to do, what it deletes when told, and what it says of the token in use.

import { describe, expect, test } from 'vitest';
import { listen } from '../../emulator/listen.ts';
import { admin, adminNames, call, database, namedAdmin } from './admin-process.ts';

const DAY_MS = 86_400_000;
/** What would store the token; it fails if it is reached, in other words than those that are expected. */
const NEVER_RUN = ['--', 'false'];

describe('a rotation makes nothing', () => {
  const USAGE = 'Run "influx-sts admin rotate --help"';
  test.each<[string, (url: string) => readonly string[], string]>([
    ['without a command that stores it', (url) => ['--url', url], '-- npx wrangler secret put'],
    ['with nothing behind the dashes', (url) => ['--url', url, '--'], 'which command stores the new token'],
    ['without an instance', () => ['--', 'true'], 'either with --url or with --instance'],
    ['for two instances', (url) => ['--url', url, '--instance', 'main', '--', 'true'], 'either with --url or'],
    ['over http', () => ['--url', 'http://influxdb.example.com', '--', 'true'], 'it is not https'],
    ['for ever', (url) => ['--url', url, '--expires', '9999d', '--', 'true'], 'from 1h to 366d'],
    ['born expired', (url) => ['--url', url, '--expires', '0', '--', 'true'], 'from 1h to 366d'],
    ['with an interval that is none', (url) => ['--url', url, '--sync-interval', 'x', '--', 'true'], 'no duration'],
    ['with the token as an argument', (url) => ['--url', url, '--token=apiv3_x', '--', 'true'], 'no option --token'],
    ['with the token as a word', (url) => ['--url', url, 'apiv3_x', '--', 'true'], 'was given 1 argument;'],
    [
      'with the token for the name of its variable',
      (url) => ['--url', url, '--token-env', 'apiv3_x', '--', 'a'],
      'name of',
    ],
  ])('%s', async (_, args, words) => {
    const { influx, url, env } = await database();
    const ran = await admin(['rotate', ...args(url)], env);
    expect({ exit: ran.exit, out: ran.out }).toEqual({ exit: 2, out: '' });
    expect(ran.err).toContain(words);
    expect(ran.err).toContain(USAGE);
    expect(influx.requests).toEqual([]);
  });

  test.each([
    [
      'no token',
      {},
      'there is no admin token in the environment variable INFLUXDB3_ADMIN_TOKEN; set it, name another with --token-env, or use --token-stdin',
    ],
    ['a token with a line break', { INFLUXDB3_ADMIN_TOKEN: 'apiv3_a\nb' }, 'has not the form of a token'],
    ['something else', { INFLUXDB3_ADMIN_TOKEN: 'secret' }, 'has not the form of a token'],
  ])('with %s in the environment', async (_, env, words) => {
    const { influx, url } = await database();
    const ran = await admin(['rotate', '--url', url, '--', 'true'], env as Record<string, string>);
    expect(ran).toMatchObject({ exit: 2, err: expect.stringContaining(words) });
    expect(influx.requests).toEqual([]);
  });

  test('with a token that InfluxDB does not accept', async () => {
    const { influx, url } = await database();
    const env = { INFLUXDB3_ADMIN_TOKEN: 'apiv3_unknown' };
    const ran = await admin(['rotate', '--url', url, ...NEVER_RUN], env);
    expect(ran).toMatchObject({ exit: 1, err: expect.stringContaining('does not accept the admin token') });
    expect(await adminNames(influx)).toEqual(['preset-admin']);
  });

  test('when InfluxDB refuses, whose words may hold the token', async () => {
    const { influx, url, env } = await database();
    influx.faults.next('other', { kind: 'status', status: 400, body: `bad header ${influx.adminToken}` });
    const ran = await admin(['rotate', '--url', url, ...NEVER_RUN], env);
    expect(ran).toMatchObject({ exit: 1, err: expect.stringContaining('refuses to make an admin token (status 400)') });
  });
});

describe('retire', () => {
  test('says what it deletes, and deletes that alone', async () => {
    const { influx, url, env } = await database({ now: () => Date.parse('2026-11-23T12:00:00Z') });
    await namedAdmin(influx, 'old', 86_400);
    await namedAdmin(influx, 'older');
    const ran = await admin(['retire', '--url', url, '--name', 'old', '--json'], env);
    expect(ran.err).toBe(
      `deleting the admin token "old" on ${url} (made at 2026-11-23T12:00:00Z, expires at 2026-11-24T12:00:00Z)\n`,
    );
    expect([ran.exit, ran.json()]).toMatchObject([0, { name: 'old', deleted: true }]);
    expect(await adminNames(influx)).toEqual(['older', 'preset-admin']);
  });

  test.each<[string, readonly string[], number, string]>([
    ['the token that it uses', ['--name', 'preset-admin'], 2, 'is the token that this command uses'],
    ['the operator token', ['--name', '_admin'], 2, 'the operator token, which cannot be deleted'],
    ['a database token', ['--name', 'reader'], 2, 'is no admin token'],
    ['what is not there', ['--name', 'nobody'], 1, 'has no token "nobody"'],
    ['a token that is not named', [], 2, 'say which token with --name'],
    ['a token by its secret', ['--name', 'apiv3_x'], 2, 'the name of a token, not the token itself'],
  ])('does not delete %s', async (_, args, exit, words) => {
    const { influx, url, env } = await database();
    influx.seed([{ name: 'reader', createdAt: 0, expiry: null }]);
    const ran = await admin(['retire', '--url', url, ...args], env);
    expect(ran).toMatchObject({ exit, out: '', err: expect.stringContaining(words) });
    expect(influx.requests.filter(({ operation }) => operation === 'delete')).toEqual([]);
  });

  test('does not claim to have deleted what InfluxDB did not confirm', async () => {
    const { influx, url, env } = await database();
    await namedAdmin(influx, 'old');
    influx.faults.always('delete', { kind: 'status', status: 503 });
    const ran = await admin(['retire', '--url', url, '--name', 'old'], env);
    expect(ran).toMatchObject({ exit: 1, out: '', err: expect.stringContaining('did not confirm') });
  });

  test('asks again when the node of a cluster has not heard of the token', async () => {
    const { influx, url, env } = await database();
    await namedAdmin(influx, 'old');
    influx.faults.next('delete', { kind: 'status', status: 404, body: 'the requested resource was not found: old' });
    const ran = await admin(['retire', '--url', url, '--name', 'old', '--sync-interval', '10s'], env);
    expect(ran).toMatchObject({ exit: 0, out: expect.stringContaining('may accept it for another 10 seconds') });
    expect(await adminNames(influx)).toEqual(['preset-admin']);
  });
});

describe('status', () => {
  const status = async (url: string, token: string) =>
    (await admin(['status', '--url', url, '--json'], { INFLUXDB3_ADMIN_TOKEN: token })).json();

  test('names the token and its end, and has no warning of one that lives long', async () => {
    const now = Date.now();
    const { influx, url, env } = await database({ now: () => now });
    const token = await namedAdmin(influx, 'sts', 90 * 86_400);
    expect(await status(url, token)).toEqual({
      url,
      name: 'sts',
      expires_at: new Date(now + 90 * DAY_MS).toISOString().replace('.000Z', 'Z'),
      warnings: [],
    });
    expect(await admin(['status', '--url', url], env)).toEqual(
      expect.objectContaining({ exit: 0, out: `${url} accepts the admin token "preset-admin", which never expires\n` }),
    );
  });

  test('warns of a token that ends soon, and of the operator token', async () => {
    const { influx, url } = await database();
    const soon = await namedAdmin(influx, 'soon', 3 * 86_400 + 600);
    expect((await status(url, soon)).warnings).toEqual(['the admin token expires in 3 days']);
    const operator = (await call(influx, 'POST', '/api/v3/configure/token/admin', {})) as { token: string };
    expect(await status(url, operator.token)).toMatchObject({
      name: '_admin',
      expires_at: null,
      warnings: [expect.stringContaining('is the operator token')],
    });
    const ran = await admin(['status', '--url', url], { INFLUXDB3_ADMIN_TOKEN: soon });
    expect(ran).toMatchObject({ exit: 0, err: 'warning: the admin token expires in 3 days\n' });
  });

  test('tells a token that is refused from a server that is not there', async () => {
    const { url } = await database();
    const env = { INFLUXDB3_ADMIN_TOKEN: 'apiv3_unknown' };
    expect(await admin(['status', '--url', url], env)).toMatchObject({
      exit: 1,
      err: expect.stringContaining('does not accept the admin token'),
    });
    const gone = await listen(async () => new Response());
    await gone.close();
    expect(await admin(['status', '--url', gone.url], env)).toMatchObject({
      exit: 1,
      err: expect.stringContaining(
        'did not answer, or not as InfluxDB does (connection refused (ECONNREFUSED)); see whether the url is right and the server runs',
      ),
    });
  });
});

test.each([
  ['--help'],
  ['status', '--help'],
  ['rotate', '--help'],
  ['retire', '--help'],
])('admin %s %s says what it does, and what the exit codes mean', async (...args) => {
  const ran = await admin(args.filter((one) => one !== undefined));
  expect({ exit: ran.exit, err: ran.err }).toEqual({ exit: 0, err: '' });
  expect(ran.out).toContain('Usage: influx-sts admin');
  expect(ran.out).toContain('Exit codes: 0 done, 1 ');
});
