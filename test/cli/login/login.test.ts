// `login`: a person signs in with a browser that follows redirects over real HTTP, or on another device, and the other commands then ask in
// their name.

import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { login, logout } from '../../../src/cli/login/login.ts';
import { token } from '../../../src/cli/token/token.ts';
import { createSignIn, type SignIn } from '../../emulator/sign-in.ts';
import { STACK_POLICY, type Stack, startStack } from '../../stack.ts';
import { type Home, home, run, start } from '../caller-process.ts';
import { inProcess } from '../command-line.ts';

let stack: Stack;
let signIn: SignIn;
let life = 3_600;
beforeAll(async () => {
  stack = await startStack({
    policy: (addresses) =>
      STACK_POLICY(addresses).replace(
        'audience: cluster }',
        'audience: cluster, login: { cli: { client_id: cluster } } }',
      ),
    beside: async (request, { cluster }) => {
      signIn ??= createSignIn({
        issuer: cluster,
        clientId: 'cluster',
        claims: { sub: 'app', aud: 'cluster' },
        life: () => life,
      });
      return new URL(request.url).pathname.startsWith('/cluster/') ? signIn.fetch(request) : null;
    },
  });
  // The sign-in is made with the first request.
  await fetch(`${stack.issuer}/cluster/.well-known/openid-configuration`);
});
afterAll(() => stack.stop());
afterEach(() => {
  signIn.faults = {};
  signIn.tokenRequests.length = 0;
  life = 3_600;
});

const at = () => ({
  INFLUX_STS_URL: stack.service,
  INFLUX_STS_ISSUER: stack.cluster.iss,
  INFLUX_STS_CLIENT_ID: 'cluster',
});

/** What is printed for the person, as an address of its own line. */
const ADDRESS = /\n {2}(http\S+)\n/;

/** Signs in as a person would, and returns the page that they saw. */
async function signedIn({ path }: Home, args: readonly string[] = []) {
  let page: Promise<string> | undefined;
  const ended = await inProcess(login.run, ['--no-browser', ...args], { HOME: path, ...at() }, (line) => {
    const [, url] = ADDRESS.exec(line) ?? [];
    if (url !== undefined) page = fetch(url).then((response) => response.text());
  });
  return { ...ended, page: await page };
}

const files = async ({ path }: Home) => readdir(path, { recursive: true });
const stored = ({ path }: Home) => join(path, '.local/state/influx-sts', `${encodeURIComponent(stack.service)}.json`);

describe('in a browser on this machine', () => {
  test('signs in, keeps the login for the person alone, and other commands use it', async () => {
    const where = await home();
    const { exit, out, err, page } = await signedIn(where);
    expect({ exit, out }).toEqual({ exit: 0, out: '' });
    expect(page).toContain('You may close this tab');
    expect(err).toContain(`signed in as app for ${stack.service}, and refreshed by itself`);
    expect(((await stat(stored(where))).mode & 0o777).toString(8)).toBe('600');
    expect(((await stat(join(stored(where), '../..'))).mode & 0o777).toString(8)).toBe('700');
    const kept = JSON.parse(await readFile(stored(where), 'utf8'));
    for (const secret of [kept.subject_token, kept.refresh_token]) expect(err + page).not.toContain(secret);

    const vended = await inProcess(token.run, [], { HOME: where.path, INFLUX_STS_URL: stack.service });
    expect(vended).toMatchObject({ exit: 0, out: expect.stringMatching(/^apiv3_/) });
    const elsewhere = await inProcess(token.run, [], { HOME: where.path, INFLUX_STS_URL: 'https://sts.example.com' });
    expect(elsewhere.exit).toBe(2);
  });

  test.each([
    ['nothing', {}],
    ['the issuer', { INFLUX_STS_ISSUER: () => stack.cluster.iss }],
    ['the client', { INFLUX_STS_CLIENT_ID: () => 'cluster' }],
  ])('takes from the service what the person does not say who says %s', async (_, said) => {
    const where = await home();
    const given = Object.fromEntries(Object.entries(said).map(([name, value]) => [name, value()]));
    const env = { HOME: where.path, INFLUX_STS_URL: stack.service, ...given };
    const { exit, err } = await inProcess(login.run, ['--no-browser'], env, (line) => {
      const [, url] = ADDRESS.exec(line) ?? [];
      if (url !== undefined) void fetch(url);
    });
    expect({ exit, err }).toEqual({ exit: 0, err: expect.stringContaining('signed in as app for') });
  });

  test('opens the browser that the person has', async () => {
    const where = await home();
    const browser = join(where.path, 'browser');
    await writeFile(browser, `#!/bin/sh\nexec "${process.execPath}" -e 'fetch(process.argv[1])' "$1"\n`, {
      mode: 0o700,
    });
    const { exit, err } = await run(['login'], { ...where.env, ...at(), BROWSER: browser });
    expect(err).toContain('Your browser opens it now.');
    expect(exit).toBe(0);
  });

  test('asks for an access token where an audience is named, and shows that to the service', async () => {
    const where = await home();
    const { exit } = await signedIn(where, ['--audience', 'cluster']);
    expect(exit).toBe(0);
    const { shown, subject_token: subject } = JSON.parse(await readFile(stored(where), 'utf8'));
    expect(shown).toBe('access_token');
    expect(Buffer.from(subject.split('.')[1], 'base64url').toString()).toContain('access token');
  });

  test.each([
    ['an answer of another issuer', { callback: { iss: 'https://evil.example' } }, 1, 'iss'],
    ['an answer that names no issuer', { callback: { iss: null } }, 1, 'iss'],
    ['a token that is for another sign-in', { claims: { nonce: 'planted' } }, 1, 'nonce'],
    ['a token that is for another client', { claims: { aud: 'else' } }, 1, 'aud'],
    ['a person who says no', { callback: { code: null, error: 'access_denied' } }, 3, 'the issuer says access_denied'],
    ['an issuer that is out of order', { callback: { code: null, error: 'server_error' } }, 1, 'server_error'],
    ['a code that is refused', { token: 'invalid_grant' }, 3, 'invalid_grant'],
  ])('is not signed in by %s', async (_, faults, exit, problem) => {
    const where = await home();
    signIn.faults = faults;
    const ended = await signedIn(where);
    expect(ended.exit).toBe(exit);
    const [said] = ended.err.trimEnd().split('\n').slice(-1);
    expect(said).toContain(`influx-sts login: not signed in at ${stack.cluster.iss}: `);
    expect(said?.split(stack.cluster.iss)[1]).toContain(problem);
    expect(ended.page).toContain('You are not signed in');
    expect(await files(where)).toEqual([]);
  });

  test('waits only so long', async () => {
    const where = await home();
    const env = { HOME: where.path, ...at() };
    const { exit, err } = await inProcess(login.run, ['--no-browser', '--timeout', '1s'], env);
    expect({ exit, err }).toEqual({ exit: 1, err: expect.stringContaining('nobody signed in within 1 s') });
  });

  test('takes one visit, and none by another name or path', async () => {
    const where = await home();
    const started = start(['login', '--no-browser'], { ...where.env, ...at() });
    const [, url] = await started.says(ADDRESS, 'err');
    const back = new URL(new URL(url!).searchParams.get('redirect_uri')!);
    expect((await fetch(new URL('/favicon.ico', back))).status).toBe(404);
    expect((await fetch(back, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`http://localhost:${back.port}/callback?code=x`)).status).toBe(404);
    await fetch(url!);
    expect((await started.ended).exit).toBe(0);
  });

  test('is not kept from its own visitor by others, whatever they bring', async () => {
    const where = await home();
    const started = start(['login', '--no-browser'], { ...where.env, ...at() });
    const [, url] = await started.says(ADDRESS, 'err');
    const back = new URL(url!).searchParams.get('redirect_uri')!;
    for (const query of ['', '?state=planted&code=x', '?error=access_denied', '?state=&code=x']) {
      expect((await fetch(back + query)).status).toBe(404);
    }
    expect(await (await fetch(url!)).text()).toContain('You are signed in as');
    const { exit, err } = await started.ended;
    expect({ exit, err }).toEqual({ exit: 0, err: expect.stringMatching(/signed in as \S+ for /) });
  });
});

test('on another device: prints a code, and waits until it is used', async () => {
  const where = await home();
  signIn.faults = { pending: 1 };
  const { exit, err } = await inProcess(login.run, ['--device'], { HOME: where.path, ...at() });
  expect(exit).toBe(0);
  expect(err).toContain(`${stack.cluster.iss}/activate`);
  expect(err).toContain('WDJB-MJHT');
  expect((await inProcess(token.run, [], { HOME: where.path, ...at() })).exit).toBe(0);
});

describe('a login that has ended', () => {
  test('is refreshed without a word, once, however many ask at the same time', async () => {
    const where = await home();
    life = 30;
    await signedIn(where);
    life = 3_600;
    signIn.tokenRequests.length = 0;
    const env = { HOME: where.path, ...at() };
    const both = await Promise.all([inProcess(token.run, [], env), inProcess(token.run, [], env)]);
    expect(both.map(({ exit, err }) => ({ exit, err }))).toEqual(Array(2).fill({ exit: 0, err: '' }));
    expect(signIn.tokenRequests.map((one) => one.get('grant_type'))).toEqual(['refresh_token']);
    expect(await files(where)).toHaveLength(4);
  });

  test('asks for a new sign-in when the issuer refuses to refresh it', async () => {
    const where = await home();
    life = 30;
    await signedIn(where);
    signIn.faults = { token: 'invalid_grant' };
    const { exit, err } = await inProcess(token.run, [], { HOME: where.path, ...at() });
    expect(exit).toBe(2);
    expect(err).toContain(`Sign in again: influx-sts login --url ${stack.service}`);
  });
});

test('logout, and login --forget, delete it', async () => {
  const where = await home();
  const env = { HOME: where.path, ...at() };
  await signedIn(where);
  expect(await inProcess(logout.run, [], env)).toMatchObject({
    exit: 0,
    err: `forgot the login for ${stack.service}\n`,
  });
  expect((await inProcess(token.run, [], env)).exit).toBe(2);
  expect((await inProcess(login.run, ['--forget'], env)).err).toContain('there was no login');
});

test.each([
  [['--issuer', 'login.example.com'], 'say where to sign in'],
  [
    ['--issuer', 'https://else.example.com', '--client-id', ''],
    'the service does not say how people sign in: say --client-id',
  ],
  [['--issuer', '', '--client-id', 'else'], 'the service does not say how people sign in: say --issuer'],
  [['--shown', 'both'], '--shown takes id-token or access-token'],
  [['--port', '99999'], '--port takes a port'],
  [['--timeout', '2h'], '--timeout takes a duration up to 1h'],
])('%j is misuse', async (args, problem) => {
  const { exit, err } = await inProcess(login.run, args, { ...at(), HOME: '/nowhere' });
  expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining(problem) });
});

test.each([
  [['--device'], { device_authorization_endpoint: undefined }, 'leave --device out'],
  [[], { authorization_endpoint: undefined }, 'it has no sign-in for people'],
])('an issuer that has no such sign-in is said to have none: %j', async (args, metadata, problem) => {
  signIn.faults = { metadata };
  const { exit, err } = await inProcess(login.run, args, { ...at(), HOME: '/nowhere' });
  expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining(problem) });
});

test('an issuer that is not there is said to be so', async () => {
  const { exit, err } = await inProcess(login.run, ['--issuer', 'http://127.0.0.1:1'], { ...at(), HOME: '/nowhere' });
  expect({ exit, err }).toEqual({ exit: 1, err: expect.stringContaining('the issuer cannot be reached') });
});
