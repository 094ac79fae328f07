// `influx-sts bootstrap`: which files it writes and what it says of them. That a server starts with them is shown elsewhere.

import { execFile } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { COMMAND } from '../built-command.ts';
import { bootstrap, type Folder, folder, POLICY } from '../command-line.ts';

const TOKEN_FORM = /^apiv3_[A-Za-z0-9_-]{85}[AQgw]$/;
const DAY_MS = 86_400_000;
const ADMIN_FILE = 'out/main-admin-token.json';
const PERMISSIONS_FILE = 'out/main-permission-tokens.json';

const TOKENS = `
preconfigured:
  main:
    create_databases: [history]
    tokens:
      telegraf: { permissions: ["db:telegraf:write", "system:health:read"], expires: 365d }
      grafana: { permissions: ["db:telegraf,history:read"], expires: 30d }
`;

const SECOND = `
  archive: { url: "https://archive.example.com:8181", admin_token: INFLUXDB3_ARCHIVE_TOKEN, sync_interval: 10s }
rules: []
preconfigured:
  archive:
    create_databases: [old]
`;
const TWO_INSTANCES = POLICY.replace(/\nrules:[\s\S]*/, SECOND);

let files: Folder;

beforeEach(async () => {
  files = await folder();
});

const mode = async (name: string) => ((await stat(files.path(name))).mode & 0o777).toString(8);
const content = async (name: string) => JSON.parse(await files.read(name));

/** With a policy of this text, into the folder `out` of the test. */
async function ran(text: string, ...more: readonly string[]) {
  return bootstrap(['--policy', await files.write('policy.yaml', text), '--out', files.path('out'), ...more]);
}

/** From a moment of the last second on. */
function inDays(days: number) {
  return { asymmetricMatch: (value: unknown) => Math.abs(Number(value) - Date.now() - days * DAY_MS) < 5_000 };
}

describe('the files', () => {
  test('hold the admin token, the databases and the static tokens, in the forms that InfluxDB documents', async () => {
    expect((await ran(POLICY + TOKENS)).exit).toBe(0);
    const admin = await content(ADMIN_FILE);
    const permissions = await content(PERMISSIONS_FILE);
    expect(admin).toEqual({
      token: expect.stringMatching(TOKEN_FORM),
      name: 'influx-sts',
      expiry_millis: inDays(90),
    });
    expect(permissions).toEqual({
      create_databases: ['history', 'telegraf'],
      tokens: [
        {
          token: expect.stringMatching(TOKEN_FORM),
          name: 'telegraf',
          expiry_millis: inDays(365),
          permissions: ['db:telegraf:write', 'system:health:read'],
        },
        {
          token: expect.stringMatching(TOKEN_FORM),
          name: 'grafana',
          expiry_millis: inDays(30),
          permissions: ['db:history:read', 'db:telegraf:read'],
        },
      ],
    });
    const [one, other] = permissions.tokens;
    expect(new Set([admin.token, one.token, other.token]).size).toBe(3);
    expect(Number.isInteger(admin.expiry_millis)).toBe(true);
  });

  test('can be read by their owner alone, in a folder of their own, whatever the umask', async () => {
    for (const umask of ['000', '277']) {
      const out = `out-${umask}`;
      const policy = await files.write('policy.yaml', POLICY + TOKENS);
      const script = 'umask "$1"; shift; exec "$@"';
      const command = [process.execPath, COMMAND, 'bootstrap', '--policy', policy, '--out', files.path(out)];
      if (umask === '277') await mkdir(files.path(out), { mode: 0o700 });
      await promisify(execFile)('sh', ['-c', script, 'sh', umask, ...command]);
      expect(await mode(out)).toBe('700');
      expect(await mode(`${out}/main-admin-token.json`)).toBe('600');
      expect(await mode(`${out}/main-permission-tokens.json`)).toBe('600');
    }
  });

  test('are not written into a folder that others could change them in', async () => {
    const policy = await files.write('policy.yaml', POLICY);
    await mkdir(files.path('open'));
    await chmod(files.path('open'), 0o777);
    await symlink(files.path('open'), files.path('link'));
    for (const [out, problem] of [
      ['open', 'can be written by others'],
      ['link', 'is a link to another'],
    ] as const) {
      const { exit, err } = await bootstrap(['--policy', policy, '--out', files.path(out)]);
      expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining(problem) });
      expect(await readdir(files.path('open'))).toEqual([]);
    }
  });

  test('are in influxdb3-tokens unless said otherwise, which git ignores', async () => {
    await files.write('policy.yaml', POLICY);
    const cwd = files.path('.');
    const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, 'bootstrap'], { cwd });
    expect(stdout).toContain('wrote influxdb3-tokens/main-admin-token.json');
    expect(await readdir(files.path('influxdb3-tokens'))).toEqual(['main-admin-token.json']);
    const ignored = await readFile(join(import.meta.dirname, '../../../.gitignore'), 'utf8');
    expect(ignored.split('\n')).toContain('influxdb3-tokens/');
  });

  test('are one alone when the policy lists nothing for the instance', async () => {
    expect((await ran(TWO_INSTANCES, '--instance', 'main')).exit).toBe(0);
    expect(await readdir(files.path('out'))).toEqual(['main-admin-token.json']);
  });

  test('may hold databases without tokens', async () => {
    expect((await ran(TWO_INSTANCES, '--instance', 'archive')).exit).toBe(0);
    expect(await content('out/archive-permission-tokens.json')).toEqual({ create_databases: ['old'], tokens: [] });
  });

  test('hold the life that was asked, and none for the operator token', async () => {
    await ran(POLICY, '--name', 'sts-eu', '--expires', '36h');
    expect(await content(ADMIN_FILE)).toMatchObject({ name: 'sts-eu', expiry_millis: inDays(1.5) });
    await ran(POLICY, '--name', '_admin', '--out', files.path('operator'));
    expect(Object.keys(await content('operator/main-admin-token.json'))).toEqual(['token', 'name']);
    await ran(POLICY, '--name', '_admin', '--expires', '30d', '--out', files.path('ending'));
    expect(await content('ending/main-admin-token.json')).toMatchObject({ name: '_admin', expiry_millis: inDays(30) });
  });
});

describe('a file that is there is never touched', () => {
  test('by a second run', async () => {
    await ran(POLICY + TOKENS);
    const before = [await files.read(ADMIN_FILE), await files.read(PERMISSIONS_FILE)];
    const second = await ran(POLICY + TOKENS);
    expect({ exit: second.exit, out: second.out }).toEqual({ exit: 2, out: '' });
    expect(second.err).toContain(
      'it is there already, and a server may know its tokens: if no server has been started with it, delete it; else choose another --out. Nothing was written.',
    );
    expect([await files.read(ADMIN_FILE), await files.read(PERMISSIONS_FILE)]).toEqual(before);
  });

  test('and the other one is removed when it is the second', async () => {
    await mkdir(files.path('out'));
    await files.write(PERMISSIONS_FILE, 'precious');
    expect(await ran(POLICY + TOKENS)).toMatchObject({ exit: 2, err: expect.stringContaining('Nothing was written') });
    expect(await readdir(files.path('out'))).toEqual(['main-permission-tokens.json']);
    expect(await files.read(PERMISSIONS_FILE)).toBe('precious');
  });

  test('behind a link either', async () => {
    await mkdir(files.path('out'));
    await symlink(files.path('elsewhere'), files.path(ADMIN_FILE));
    expect((await ran(POLICY)).exit).toBe(2);
    await expect(files.read('elsewhere')).rejects.toThrow('ENOENT');
  });

  test('and a file in the place of the folder is said to be one', async () => {
    await files.write('out', 'a file');
    expect(await ran(POLICY)).toMatchObject({ exit: 2, err: expect.stringContaining('cannot make the folder') });
  });
});

describe('it says', () => {
  test('as JSON what it wrote and what to do, without a token', async () => {
    const { exit, err, json } = await ran(POLICY + TOKENS, '--json');
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    const admin = files.path(ADMIN_FILE);
    const permissions = files.path(PERMISSIONS_FILE);
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(json()).toEqual({
      instance: 'main',
      admin_token: { file: admin, name: 'influx-sts', expires_at: time },
      permission_tokens: {
        file: permissions,
        create_databases: ['history', 'telegraf'],
        tokens: [
          { name: 'telegraf', permissions: ['db:telegraf:write', 'system:health:read'], expires_at: time },
          { name: 'grafana', permissions: ['db:history:read', 'db:telegraf:read'], expires_at: time },
        ],
      },
      server: {
        arguments: ['--admin-token-file', admin, '--permission-tokens-file', permissions],
        environment: { INFLUXDB3_ADMIN_TOKEN_FILE: admin, INFLUXDB3_PERMISSION_TOKENS_FILE: permissions },
      },
      commands: {
        make_operator_token: expect.stringContaining(' http://127.0.0.1:8181/api/v3/configure/token/admin '),
        store_admin_token: expect.stringMatching(/^node -e .* \| npx wrangler secret put INFLUXDB3_ADMIN_TOKEN$/),
      },
      notes: [expect.stringContaining('ci_metrics')],
    });
    expect(Date.parse(json().admin_token.expires_at)).toEqual(inDays(90));
  });

  test('to people the options of the server, the variables, and the secret of the instance', async () => {
    const { out } = await ran(TWO_INSTANCES, '--instance', 'archive');
    const admin = files.path('out/archive-admin-token.json');
    const permissions = files.path('out/archive-permission-tokens.json');
    expect(out).toContain(`--admin-token-file ${admin} --permission-tokens-file ${permissions}\n`);
    expect(out).toContain(`INFLUXDB3_ADMIN_TOKEN_FILE=${admin}\n`);
    expect(out).toContain(`INFLUXDB3_PERMISSION_TOKENS_FILE=${permissions}\n`);
    expect(out).toContain(`< ${admin} | npx wrangler secret put INFLUXDB3_ARCHIVE_TOKEN\n`);
    expect(out).toContain('http://127.0.0.1:8181/api/v3/configure/token/admin');
    expect(out).toContain(`Delete ${admin} and ${permissions}, here and on the server's machine.`);
  });

  test('that the files go to the machine of the server, where its operator token is asked for, too', async () => {
    const steps = (text: string) => text.slice(text.indexOf('Next:')).split(/\n {2}(?=\d\. )/);
    const port = steps((await ran(POLICY.replace(':8181', ':9443'))).out);
    expect(port[1]).toMatch(
      /^1\. Put the file on the server's machine, mode 0600 and owned by the user that runs the server/,
    );
    expect(port[2]).toMatch(/^2\. At once, on the server itself, /);
    expect(port[2]).toContain(' http://127.0.0.1:9443/api/v3/configure/token/admin ');
    // Behind a proxy on 443, the server listens at InfluxDB's own port.
    const proxied = steps((await ran(POLICY.replace(':8181', ''), '--out', files.path('proxied'))).out);
    expect(proxied[2]).toContain(' http://127.0.0.1:8181/api/v3/configure/token/admin ');
    const both = steps((await ran(POLICY + TOKENS, '--out', files.path('both'))).out);
    expect(both[1]).toContain('1. Put the files on');
  });

  test('with the operator token in the file, how to make a named one of it, and not to make another', async () => {
    const { out } = await ran(TWO_INSTANCES, '--instance', 'archive', '--name', '_admin');
    const rotate =
      'npx influx-sts admin rotate --url https://archive.example.com:8181 --sync-interval 10s --token-stdin';
    expect(out).toContain(`| ${rotate} -- npx wrangler secret put INFLUXDB3_ARCHIVE_TOKEN\n`);
    expect(out).not.toContain('/api/v3/configure/token/admin');
    expect(out).toContain(`Move ${files.path('out/archive-admin-token.json')}, the operator token`);
  });

  test('which databases rules name that the server will lack, and what an old server does not load', async () => {
    const all = TOKENS.replace('"db:telegraf,history:read"', '"db:*:read"');
    const { exit, err } = await ran(POLICY + all);
    expect(exit).toBe(0);
    expect(err).toBe(
      'note: a server before 3.10 does not start with db:* or system:ready, which "grafana" has\n' +
        'note: rules name databases that the new server will lack: ci_metrics; ' +
        'list them under preconfigured.main.create_databases, then delete ' +
        `${files.path(ADMIN_FILE)} and ${files.path(PERMISSIONS_FILE)} if no server has started with them, and run this again\n`,
    );
    const listed = TOKENS.replace('[history]', '[history, ci_metrics]');
    expect((await ran(POLICY + listed, '--out', files.path('other'))).err).toBe('');
  });
});

describe('it writes nothing', () => {
  test.each<[readonly string[], string]>([
    [['--name', 'Sts'], '--name takes 1 to 40 of a-z, 0-9 and "-", or _admin'],
    [['--name', 'sts.main'], '--name takes'],
    [['--name', ''], '--name takes'],
    [['--name', 'apiv3_secret'], '--name takes'],
    [['--name', 'telegraf'], 'the policy has a static token "telegraf"; give the admin token another --name'],
    [['--expires', '30m'], '--expires takes a duration from 1h to 366d, such as 90d'],
    [['--expires', '367d'], '--expires takes'],
    [['--expires', 'never'], '--expires takes'],
    [['--instance', 'mani-'], 'the policy has no instance "mani-"; known are main'],
    [['--instance', 'maine'], 'the policy has no instance "maine"; did you mean main?'],
    [['--instance', 'constructor'], 'the policy has no instance "constructor"'],
    [['--instanc', 'main'], 'there is no option --instanc; did you mean --instance?'],
    [['main'], 'it takes options only'],
  ])('when called with %j', async (args, problem) => {
    const { exit, out, err } = await ran(POLICY + TOKENS, ...args);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain(problem);
    expect(err).toContain('Run "influx-sts bootstrap --help" for its options.');
    expect(await readdir(files.path('.'))).toEqual(['policy.yaml']);
  });

  test('when there are several instances and none is named', async () => {
    const { exit, err } = await ran(TWO_INSTANCES);
    expect(exit).toBe(2);
    expect(err).toContain('name the instance with --instance: main, archive');
  });

  test('when the policy has errors, which it shows with their place', async () => {
    const { exit, err } = await ran(POLICY + TOKENS.replace('db:telegraf:write', 'db:telegraf:wirte'));
    expect(exit).toBe(1);
    expect(err).toMatch(/policy\.yaml:\d+:\d+: error: "db:telegraf:wirte" is no permission of a static token/);
    expect(await readdir(files.path('.'))).toEqual(['policy.yaml']);
  });

  test('when there is no policy', async () => {
    expect(await bootstrap(['--policy', files.path('nowhere.yaml')])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('there is no such file'),
    });
  });
});

test('a policy whose own tests fail is no reason to wait, and one in $STS_POLICY is found', async () => {
  const file = await files.write('policy.yaml', POLICY.replace('expect: ci-metrics', 'expect: denied'));
  expect((await bootstrap(['--out', files.path('out')], { STS_POLICY: file })).exit).toBe(0);
});

test('its help names options and exit codes', async () => {
  const { exit, out } = await bootstrap(['--help']);
  expect(exit).toBe(0);
  for (const word of ['Usage: influx-sts bootstrap', '--instance', '--out', '--name', '--expires', 'Exit codes: 0']) {
    expect(out).toContain(word);
  }
});
