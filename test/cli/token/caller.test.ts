// The output and exit codes of a caller's commands: token, whoami, explain, list, revoke, and where the subject token comes from.

import { execFileSync } from 'node:child_process';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { policyUnused } from '../../../src/cli/policy/unused.ts';
import { plain } from '../../../src/cli/shell/table.ts';
import { explain } from '../../../src/cli/token/explain.ts';
import { list } from '../../../src/cli/token/list.ts';
import { revoke } from '../../../src/cli/token/revoke.ts';
import { token } from '../../../src/cli/token/token.ts';
import { whoami } from '../../../src/cli/token/whoami.ts';
import { githubActions } from '../../emulator/personas.ts';
import { type Stack, startStack } from '../../stack.ts';
import { home, run } from '../caller-process.ts';
import { folder, inProcess } from '../command-line.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    beside: async (request, { github }) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== '/runner') return null;
      return Response.json({ value: await github.sign(githubActions({ aud: searchParams.get('audience') })) });
    },
  });
});
afterAll(() => stack.stop());
afterEach(() => {
  stack.calls.length = 0;
  stack.intercept = null;
});

const service = () => ({ INFLUX_STS_URL: stack.service, XDG_STATE_HOME: '/nowhere' });
const signed = (sub: string) => stack.cluster.sign({ sub, aud: 'cluster' });

/** The environment of a service account. */
async function account(sub = 'app', more: Record<string, string> = {}) {
  return { ...service(), INFLUX_STS_ID_TOKEN: await signed(sub), ...more };
}

/** The status of a write with this token. */
async function write(databaseToken: string, database = 'ci_metrics'): Promise<number> {
  const headers = { authorization: `Bearer ${databaseToken}` };
  const init = { method: 'POST', headers, body: 'build seconds=1' };
  return (await fetch(`${stack.influx}/api/v3/write_lp?db=${database}`, init)).status;
}

describe('token', () => {
  test('prints the token and nothing else', async () => {
    const { exit, out, err } = await inProcess(token.run, [], await account());
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toMatch(/^apiv3_[^\s]+\n$/);
    expect(await write(out.trim())).toBe(204);
  });

  test('prints all that the service answered', async () => {
    const args = [
      '--json',
      '--permission',
      'db:ci_metrics:write',
      '--rule',
      'app',
      '--instance',
      'main',
      '--ttl',
      '5m',
    ];
    const { json } = await inProcess(token.run, args, await account());
    expect(json()).toMatchObject({
      rule: 'app',
      instance: 'main',
      permissions: ['db:ci_metrics:write'],
      shared: false,
    });
    expect(json().expires_in).toBeGreaterThan(290);
    expect(json().lease).toMatch(/^stsl_/);
  });

  test('prints lines that a shell evaluates, the lease among them', async () => {
    const { out } = await inProcess(token.run, ['--format', 'env'], await account());
    const show = 'echo "$INFLUXDB3_HOST_URL $INFLUXDB3_DATABASE_NAME $INFLUXDB3_AUTH_TOKEN $INFLUX_STS_LEASE"';
    const [url, database, held, lease] = execFileSync('sh', ['-c', `${out}\n${show}`], { encoding: 'utf8' })
      .trim()
      .split(' ');
    expect({ url, database }).toEqual({ url: stack.influx, database: 'ci_metrics' });
    const clients = 'echo "$INFLUX_HOST $INFLUX_DATABASE $INFLUX_TOKEN"';
    expect(execFileSync('sh', ['-c', `${out}\n${clients}`], { encoding: 'utf8' })).toBe(`${url} ${database} ${held}\n`);
    expect(await write(held!)).toBe(204);
    const revoked = await inProcess(revoke.run, ['--lease-env', 'L'], { ...service(), L: lease! });
    expect(revoked).toMatchObject({ exit: 0, out: 'revoked\n', err: '' });
    expect(await write(held!)).toBe(401);
  });

  test('quotes what a shell would take for its own', async () => {
    const args = ['--format', 'env', '--database', "it's $(id)"];
    const { out, err } = await inProcess(token.run, args, await account());
    expect(out).toContain(`export INFLUXDB3_DATABASE_NAME='it'\\''s $(id)'\n`);
    expect(out).toContain(`export INFLUX_DATABASE='it'\\''s $(id)'\n`);
    expect(err).toContain('the token is not for the database');
  });

  test('has no lease for a shared token, and leaves none from before', async () => {
    const { exit, out } = await inProcess(token.run, ['--format', 'env'], await account('dashboards'));
    expect(exit).toBe(0);
    expect(out).toContain('\nunset INFLUX_STS_LEASE\n');
  });

  test('takes permissions that white space separates, as the action does', async () => {
    const args = ['--json', '--permission', ' db:ci_metrics:write\n db:ci_metrics:write '];
    const { json } = await inProcess(token.run, args, await account());
    expect(json().permissions).toEqual(['db:ci_metrics:write']);
  });

  test('is masked in the log of a GitHub Actions job, and standard output stays clean', async () => {
    const { out, err } = await inProcess(token.run, [], await account('app', { GITHUB_ACTIONS: 'true' }));
    expect(out).toMatch(/^apiv3_[^\s]+\n$/);
    expect(err.split('\n')[1]).toBe(`::add-mask::${out.trim()}`);
  });

  test.each([
    [['--format', 'jsn'], 'did you mean json?'],
    [['--format', 'env', '--json'], 'one of --format and --json'],
    [['--permission', 'db:ci_metrics'], 'a permission reads type:names:actions'],
    [['--permission', 'db:a:read,db:b:read'], 'a comma joins two permissions; give --permission once for each'],
    [['--permission', 'db:a:read, db:b:read'], 'there is a comma too many; give --permission once for each'],
    [['--permission', ' '], '--permission is empty'],
    [['--ttl', '0'], '"0" is no ttl'],
    [['--permision', 'x'], 'did you mean --permission?'],
    [['db:ci_metrics:write'], 'it takes options only, and was given 1 argument'],
    [['--url', 'sts.example.com'], '--url takes an address such as https://sts.example.com'],
    [
      ['--url', 'http://sts.example.com'],
      '--url: The address of the service is not https; write https://sts.example.com (http is for this machine only)',
    ],
    [['--url', 'https://sts.example.com/v1/tokens'], 'it would be https://sts.example.com'],
    [['--subject-token-env', 'A', '--subject-token-stdin'], 'give one of the options that begin with --subject-token'],
  ])('%j is misuse, and asks nobody', async (args, problem) => {
    const { exit, out, err } = await inProcess(token.run, args, await account());
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain(problem);
    expect(stack.calls).toEqual([]);
  });
});

describe('the subject token', () => {
  test('comes from an option before the environment, and from a variable before a file before the runner', async () => {
    const { write: file } = await folder();
    const bad = { INFLUX_STS_ID_TOKEN: 'bad', INFLUX_STS_ID_TOKEN_FILE: '/nowhere', ACTIONS_ID_TOKEN_REQUEST_URL: 'x' };
    const path = await file('token', `${await signed('app')}\n`);
    const env = { ...service(), ...bad };
    expect((await inProcess(whoami.run, ['--subject-token-file', path], env)).exit).toBe(0);
    expect((await inProcess(whoami.run, ['--subject-token-env', 'X'], { ...env, X: await signed('app') })).exit).toBe(
      0,
    );
    expect((await inProcess(whoami.run, [], { ...env, INFLUX_STS_ID_TOKEN: await signed('app') })).exit).toBe(0);
    expect(
      (await inProcess(whoami.run, [], { ...env, INFLUX_STS_ID_TOKEN: '', INFLUX_STS_ID_TOKEN_FILE: path })).exit,
    ).toBe(0);
  });

  test("comes from GitHub's runner, for the audience that the service names", async () => {
    const runner = { ACTIONS_ID_TOKEN_REQUEST_URL: `${stack.issuer}/runner?x=1`, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'r' };
    const { exit, out } = await inProcess(whoami.run, [], { ...service(), ...runner });
    expect(exit).toBe(0);
    expect(out).toContain('ci-metrics');
    const foreign = await inProcess(whoami.run, ['--audience', 'https://else.example'], { ...service(), ...runner });
    expect(foreign.exit).toBe(3);
    expect(foreign.err).toMatch(/reason +claim_invalid/);
  });

  test('comes on standard input', async () => {
    const { env } = await home();
    const args = ['whoami', '--url', stack.service, '--subject-token-stdin'];
    expect((await run(args, env, `${await signed('app')}\n`)).exit).toBe(0);
    const empty = await run(args, env, '\n');
    expect(empty).toMatchObject({ exit: 2, err: expect.stringContaining('Standard input holds no subject token') });
  });

  test.each([
    [{}, 'INFLUX_STS_ID_TOKEN: { aud:'],
    [{}, 'influx-sts login --url'],
    [{ GITHUB_ACTIONS: 'true' }, 'permissions: id-token: write'],
    [{ INFLUX_STS_ID_TOKEN_FILE: '/nowhere' }, 'The file /nowhere cannot be read: there is no such file.'],
    [{ INFLUX_STS_ID_TOKEN_FILE: '/' }, 'The file / cannot be read: it is a directory.'],
    [
      { INFLUX_STS_ID_TOKEN: '' },
      'token: INFLUX_STS_ID_TOKEN is set and empty: the command that fills it gave nothing',
    ],
    [{ INFLUX_STS_ID_TOKEN: ' \n' }, 'token: INFLUX_STS_ID_TOKEN is set and empty'],
    [{ INFLUX_STS_ID_TOKEN_FILE: '' }, 'token: INFLUX_STS_ID_TOKEN_FILE is set and empty'],
    [{ INFLUX_STS_ID_TOKEN: '', GITHUB_ACTIONS: 'true' }, 'token: INFLUX_STS_ID_TOKEN is set and empty'],
  ])('is missing with %j, and the message says how to get one', async (env, advice) => {
    const { exit, err } = await inProcess(token.run, [], { ...service(), ...env });
    expect(exit).toBe(2);
    expect(err).toContain(advice);
    expect(stack.calls).toEqual([]);
  });

  test.each<[readonly string[], Record<string, string>, string]>([
    [[], { INFLUX_STS_ID_TOKEN: 'cut' }, 'INFLUX_STS_ID_TOKEN'],
    [['--subject-token-env', 'MINE'], { MINE: 'cut' }, 'MINE'],
    [['--subject-token-file', 'FILE'], {}, 'FILE'],
    [[], { INFLUX_STS_ID_TOKEN_FILE: 'FILE' }, 'FILE'],
  ])('that is malformed is said to be the one from %j %j', async (args, env, source) => {
    const { write: file } = await folder();
    const path = await file('token', 'cut');
    const place = (text: string) => text.replace(/^FILE$/, path);
    const placed = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, place(value)]));
    const { exit, err } = await inProcess(token.run, args.map(place), { ...service(), ...placed });
    expect(exit).toBe(3);
    expect(err).toContain(`to do    See whether the token from ${place(source)} was cut or quoted on its way here.`);
  });

  test('never shows in what is printed, whether it is accepted or not', async () => {
    const subject = await signed('nobody');
    const { exit, out, err } = await inProcess(token.run, [], { ...service(), INFLUX_STS_ID_TOKEN: subject });
    expect(exit).toBe(3);
    for (const part of subject.split('.')) expect(out + err).not.toContain(part);
  });
});

describe('errors', () => {
  test('a refusal says what, why, what came nearest and what to do', async () => {
    const subject = await stack.github.sign(githubActions({ aud: stack.service, ref: 'refs/heads/x\u009b2J' }));
    const { exit, err } = await inProcess(token.run, [], { ...service(), INFLUX_STS_ID_TOKEN: subject });
    expect(exit).toBe(3);
    const lines = err.split('\n');
    expect(lines[0]).toBe('influx-sts token: the service refuses');
    expect(lines.slice(1, 4)).toEqual([
      '  reason   no_rule',
      expect.stringMatching(/^ {2}detail {3}No rule matches/),
      '  nearest  the rule "ci-metrics"',
    ]);
    expect(lines[4]).toMatch(/^ {11}claim {2}is +wanted$/);
    expect(lines[5]).toMatch(/^ {11}ref {4}"refs\/heads\/x.2J" {2}"refs\/heads\/main"$/);
    expect(lines.slice(6)).toEqual([
      expect.stringMatching(/^ {2}to do {4}Run where/),
      expect.stringMatching(/^ {2}request {2}[^ ]+$/),
      '',
    ]);
    expect(err).not.toContain('\u009b');
  });

  test('a stranger is told to send their id claims, said once, to the people who keep the policy', async () => {
    const subject = await stack.github.sign(githubActions({ aud: stack.service, repository_id: '999' }));
    const stranger = { ...service(), INFLUX_STS_ID_TOKEN: subject };
    const { exit, err } = await inProcess(token.run, [], stranger);
    expect(exit).toBe(3);
    expect(err).toMatch(/ {2}detail {3}.*repository_id "999"/);
    expect(err.match(/999/g)).toHaveLength(1);
    expect(err).toMatch(/ {2}to do {4}Send these id claims to the people who keep the policy of this service\.\n/);
    expect(err).not.toContain('influx-sts explain');
    const explained = await inProcess(explain.run, [], stranger);
    expect(explained.out).toMatch(/give these claims to the people who keep this service's policy/);
  });

  test('a refusal over permissions says what is open', async () => {
    const { exit, err } = await inProcess(token.run, ['--permission', 'db:other:read'], await account());
    expect(exit).toBe(3);
    expect(err).toMatch(/rule +instance +permissions\n +app +main +db:ci_metrics:write/);
    const long = await inProcess(token.run, ['--ttl', '2h'], await account());
    expect(long.err).toMatch(/at most +--ttl 1h/);
  });

  test('a service that is down is 1, and so is what is no service', async () => {
    stack.intercept = () => ({ status: 404, body: '<html>' });
    const wrong = await inProcess(token.run, [], await account());
    expect(wrong).toMatchObject({ exit: 1, err: expect.stringContaining('See whether --url is the address') });
    const { exit, err } = await inProcess(token.run, ['--url', 'http://127.0.0.1:1'], await account());
    expect({ exit, err }).toEqual({
      exit: 1,
      err: expect.stringMatching(/the service did not answer\n +reason +service_unreachable/),
    });
  });
});

describe('whoami, explain, list and revoke', () => {
  test('whoami shows who one is and what is open', async () => {
    const { out, json } = await inProcess(whoami.run, ['--json'], await account());
    expect(JSON.parse(out)).toEqual(json());
    expect(json()).toMatchObject({ subject: { sub: 'app' }, grants: [{ rule: 'app' }] });
    const { out: text } = await inProcess(whoami.run, ['--claims'], await account());
    expect(text).toMatch(
      /open to you\n {2}rule {2}instance {2}permissions +ttl +at most\n {2}app +main +db:ci_metrics:write +15m +1h/,
    );
    expect(text).toContain('"cluster"');
    expect((await inProcess(whoami.run, [], await account('operator'))).out).toContain(
      'no grants are open to you; "influx-sts explain" says why',
    );
  });

  test('whoami shows until when a grant is open, where one ends', async () => {
    const { json } = await inProcess(whoami.run, ['--json'], await account());
    const [grant] = json().grants;
    const grants = [grant, { ...grant, rule: 'trial', until: '2026-12-31T00:00:00Z' }];
    stack.intercept = () => ({ status: 200, body: JSON.stringify({ ...json(), grants }) });
    const { out } = await inProcess(whoami.run, [], await account());
    expect(out).toMatch(/ttl +at most +until\n {2}app .* 1h *\n {2}trial .* 1h +2026-12-31T00:00:00Z/);
  });

  test('explain prints the tree, and ends as the request would', async () => {
    const allowed = await inProcess(explain.run, [], await account());
    expect(allowed).toMatchObject({ exit: 0, out: expect.stringContaining('allow rule "app"') });
    const refused = await inProcess(explain.run, ['--json', '--permission', 'db:other:read'], await account());
    expect(refused.exit).toBe(3);
    expect(refused.json()).toMatchObject({ outcome: 'refused', reason: 'not_granted' });
    expect(stack.calls).toEqual(Array(2).fill({ method: 'POST', path: '/v1/explain' }));
  });

  test("list shows names, which revoke takes; an operator sees everybody's", async () => {
    const env = await account();
    const { name } = (await inProcess(token.run, ['--json'], env)).json();
    const { out } = await inProcess(list.run, [], env);
    expect(out).toMatch(/^rule +instance +permissions +ends +name\n/);
    expect(out).toContain(name);
    expect(out).not.toContain('apiv3_');
    const all = await inProcess(list.run, ['--all', '--rule', 'app', '--json'], await account('operator'));
    expect(all.json().map((one: { name: string }) => one.name)).toContain(name);
    expect((await inProcess(list.run, ['--all'], env)).exit).toBe(3);

    const revoked = await inProcess(revoke.run, [name], env);
    expect(revoked).toMatchObject({ exit: 0, out: `revoked ${name}\n` });
    expect(stack.liveTokens()).not.toContain(name);
    const other = await inProcess(revoke.run, ['sts.main.app.x.y.z'], env);
    expect(other).toMatchObject({ exit: 3, err: expect.stringMatching(/reason +not_found/) });
  });

  test('list of an instance that is not open to the caller is refused, and names those that are', async () => {
    for (const sub of ['app', 'operator']) {
      const { exit, out, err } = await inProcess(list.run, ['--instance', 'nope'], await account(sub));
      expect({ exit, out }).toEqual({ exit: 3, out: '' });
      expect(err).toMatch(/reason +instance_unknown/);
      expect(err).toContain('main');
    }
  });

  test('list prints what it could read, says on standard error which instances did not answer, and ends with 1', async () => {
    const listed = { name: 'sts.main.app.x', rule: 'app', instance: 'main', permissions: ['db:a:read'], shared: false };
    const times = { created_at: '2026-11-23T12:00:00Z', expires_at: '2026-11-23T12:15:00Z' };
    const pages = [
      { tokens: [{ ...listed, ...times }], cursor: 'more', incomplete: ['spare', '::evil\n'] },
      { tokens: [], cursor: null, incomplete: ['spare', 'third'] },
    ];
    const answer = (body: unknown) => ({ status: 200, body: JSON.stringify(body) });
    for (const args of [[], ['--json']]) {
      let at = 0;
      stack.intercept = () => answer(pages[at++ % 2]);
      const { exit, out, err } = await inProcess(list.run, args, await account());
      expect([exit, out.includes(listed.name)]).toEqual([1, true]);
      expect(err).toBe(
        'influx-sts list: the list is not complete: "spare", "::evil\uFFFD", "third" did not answer, and what lives there is missing. Ask again\n',
      );
    }
    stack.intercept = () => answer({ tokens: [], cursor: null, incomplete: ['spare'] });
    const nothing = await inProcess(list.run, [], await account());
    expect([nothing.exit, nothing.out]).toEqual([1, '']);
    expect(nothing.err).not.toContain('there are no live tokens');
  });

  test('a lease revokes without a subject token, as an argument or on standard input, and twice', async () => {
    const { lease, token: held } = (await inProcess(token.run, ['--json'], await account())).json();
    expect((await inProcess(revoke.run, [lease], service())).exit).toBe(0);
    const { env } = await home();
    expect(await run(['revoke', '--url', stack.service, '--lease-stdin'], env, lease)).toMatchObject({
      exit: 0,
      err: '',
    });
    expect(await write(held)).toBe(401);
  });

  test('a database token revokes itself without a subject token, from a variable or standard input', async () => {
    const { env } = await home();
    const ways: [readonly string[], string][] = [
      [['--token-env', 'INFLUXDB3_AUTH_TOKEN'], ''],
      [['--lease-env', 'INFLUXDB3_AUTH_TOKEN', '--instance', 'main'], ''],
      [['-'], 'token'],
      [['--token-stdin'], 'token'],
      [['--lease-stdin'], 'token'],
    ];
    for (const [args, input] of ways) {
      const held = (await inProcess(token.run, [], await account())).out;
      stack.calls.length = 0;
      const more = { ...env, ...(input === '' ? { INFLUXDB3_AUTH_TOKEN: held } : {}) };
      const ran = await run(['revoke', '--url', stack.service, ...args], more, input === '' ? '' : held);
      expect(ran).toMatchObject({ exit: 0, out: expect.stringMatching(/^revoked, unless it is shared, or /), err: '' });
      expect(stack.calls).toEqual([{ method: 'POST', path: '/oauth/revoke' }]);
      expect(await write(held.trim())).toBe(401);
    }
  });

  const HELD = `apiv3_${'B'.repeat(85)}A`;
  const SUBJECT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJCQkIifQ.BBBBBB';
  test.each([
    [revoke.run, [HELD], 'or by "-" on standard input'],
    [revoke.run, [`"${HELD}"`], 'an argument holds a token'],
    [revoke.run, [HELD.replace('_', '%5F')], 'an argument holds a token'],
    [revoke.run, [HELD.slice(0, 12)], 'an argument holds a token'],
    [revoke.run, [HELD.replace('apiv3_', '')], 'no name of a token'],
    [revoke.run, [HELD.toUpperCase()], 'an argument holds a token'],
    [revoke.run, ['--token-env', HELD], 'an argument holds a token'],
    [revoke.run, [`--lease-env=${HELD}`], 'an argument holds a token'],
    [revoke.run, ['--lease-env', 'stsl_BBBB'], 'the name of an environment variable'],
    [revoke.run, [SUBJECT], 'an argument holds a token'],
    [whoami.run, [SUBJECT], 'give a subject token by --subject-token-env'],
    [whoami.run, ['--subject-token-env', SUBJECT], 'an argument holds a token'],
    [explain.run, ['--permission', HELD], 'an argument holds a token'],
    [list.run, ['--rule', HELD], 'an argument holds a token'],
    [token.run, ['--subject-token-file', SUBJECT], 'an argument holds a token'],
  ] as const)('a token is no argument, is not repeated, and goes nowhere: %#', async (command, args, words) => {
    const { exit, out, err } = await inProcess(command, args, await account());
    expect({ exit, out, err }).toEqual({ exit: 2, out: '', err: expect.stringContaining(words) });
    expect(err).not.toMatch(/apiv3|stsl|eyJ|BBB/);
    expect(stack.calls).toEqual([]);
  });

  test('a token in the place of a command is not repeated', async () => {
    const { env } = await home();
    for (const args of [[HELD], ['policy', HELD]]) {
      const { exit, err } = await run(args, env);
      expect({ exit, err }).toEqual({ exit: 2, err: expect.not.stringContaining('BBB') });
    }
  });

  test('a database token of a service with several instances needs --instance, and is told so', async () => {
    const body = JSON.stringify({
      error: 'invalid_request',
      error_description: 'The token may be of several instances.',
      reason: 'request_malformed',
      request_id: 'r',
      retryable: false,
    });
    stack.intercept = () => ({ status: 400, headers: { 'content-type': 'application/json' }, body });
    const { exit, err } = await inProcess(revoke.run, ['--token-env', 'T'], { ...service(), T: HELD });
    expect({ exit, err }).toEqual({ exit: 3, err: expect.stringContaining('by --instance') });
  });

  test.each([
    [[], 'give one of NAME, LEASE'],
    [['-', '--token-env', 'T'], 'give one of NAME, LEASE'],
    [['sts.a', '--instance', 'main'], 'leave --instance out'],
    [['--token-env', 'NONE'], 'the environment variable NONE holds no lease'],
    [['a', '--lease-stdin'], 'give one of NAME, LEASE'],
    [['a', 'b'], 'it takes [NAME], and was given 2 arguments'],
    [['--lease-env', 'NONE'], 'the environment variable NONE holds no lease'],
  ])('revoke %j is misuse', async (args, problem) => {
    const { exit, err } = await inProcess(revoke.run, args, await account());
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining(problem) });
  });
});

test('nothing that the service says is taken for a command by a runner that reads the log', () => {
  const hostile = 'a\n::stop-commands::x\r##[set-output name=y;]z ##vso[task.prependpath]/evil \u2028\u202e \u001b[31m';
  const shown = plain(hostile);
  expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]|##\w*\[/u);
  expect(shown).toContain('task.prependpath');
});

describe('policy unused', () => {
  const POLICY = `
audience: https://sts.example.com
issuers: { cluster: { issuer: "https://cluster.example.com" } }
instances: { main: { url: "https://influxdb.example.com", admin_token: INFLUXDB3_ADMIN_TOKEN } }
rules:
  - { name: app, issuer: cluster, when: { sub: app }, allow: ["db:ci_metrics:write"], ttl: 15m }
  - { name: forgotten, issuer: cluster, when: { sub: someone }, allow: ["db:ci_metrics:read"], ttl: 15m }
  - { name: operators, issuer: cluster, when: { sub: operator }, roles: [operator] }
`;

  test('lists the allow rules that nobody used, and says since when uses are counted', async () => {
    const { write: file } = await folder();
    const path = await file('policy.yaml', POLICY);
    await inProcess(token.run, [], await account());
    const ask = async (args: readonly string[], sub = 'operator') =>
      inProcess(policyUnused.run, ['--policy', path, ...args], await account(sub));
    await expect
      .poll(async () => (await ask(['--json'])).json().unused, { timeout: 5_000 })
      .toEqual([{ rule: 'forgotten', last_used: null }]);
    const { exit, out, err } = await ask([]);
    expect([exit, out]).toEqual([0, expect.stringMatching(/^rule +last used\nforgotten +not since 20.*Z\n$/)]);
    expect(err).toMatch(
      /^note: the service counts since 20.*Z only, which is less than 90d: .*may have been used before\n$/,
    );
    expect((await ask(['--for', 'soon'])).exit).toBe(2);
    const refused = await ask([], 'app');
    expect([refused.exit, refused.out]).toEqual([3, '']);
    expect(refused.err).toContain('operator_required');
  });
});
