// The client against the running service: what it asks, how often, and what it makes of each answer.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type ClientOptions, createClient } from '../../src/client/client.ts';
import type { DatabaseToken } from '../../src/client/database-token.ts';
import { webEnvironment } from '../../src/client/environment.ts';
import { StsError } from '../../src/client/error.ts';
import { fromGitHubActions } from '../../src/client/github-actions.ts';
import { listen } from '../emulator/listen.ts';
import { githubActions } from '../emulator/personas.ts';
import { STACK_POLICY, type Stack, startStack } from '../stack.ts';

let stack: Stack;
/** Requests for an id token, by the audience asked. */
const asked: (string | null)[] = [];
/** How many of them are turned away first. */
let busyAnswers = 0;

beforeAll(async () => {
  stack = await startStack({
    beside: async (request, { github }) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname !== '/id-token') return null;
      if (busyAnswers > 0) {
        busyAnswers--;
        return new Response(null, { status: 503 });
      }
      if (request.headers.get('authorization') !== 'Bearer runner') return new Response(null, { status: 401 });
      asked.push(searchParams.get('audience'));
      return Response.json({ value: await github.sign(githubActions({ aud: searchParams.get('audience') })) });
    },
  });
});
afterAll(() => stack.stop());
beforeEach(() => {
  stack.calls.length = 0;
  asked.length = 0;
});
afterEach(() => {
  stack.intercept = null;
});

/** Pauses between attempts take little time; a call has all the time it is given. */
const TIMEOUT_MS = 30_000;
const hurried = {
  ...webEnvironment,
  after: (milliseconds: number, action: () => void) =>
    webEnvironment.after(milliseconds === TIMEOUT_MS ? milliseconds : Math.min(milliseconds, 100), action),
};

const ciToken = (overrides = {}) => stack.github.sign(githubActions({ aud: stack.service, ...overrides }));
const ciClient = (options: Partial<ClientOptions> = {}) =>
  createClient({
    url: stack.service,
    subjectToken: () => ciToken(),
    environment: hurried,
    timeoutMs: TIMEOUT_MS,
    ...options,
  });
const runner = () => ({
  ACTIONS_ID_TOKEN_REQUEST_URL: `${stack.issuer}/id-token?api-version=2.0`,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'runner',
});
const failure = async (work: Promise<unknown>): Promise<StsError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StsError);
  return error as StsError;
};
const vends = () => stack.calls.filter(({ method, path }) => method === 'POST' && path === '/v1/tokens').length;

test('exchanges a subject token for a database token, in one call', async () => {
  const token = await ciClient().exchange({ permissions: ['db:ci_metrics:write'], ttl: '10m' });
  expect(token).toMatchObject({ permissions: ['db:ci_metrics:write'], rule: 'ci-metrics', url: stack.influx });
  expect(token.expires_in).toBeGreaterThan(590);
  expect(stack.liveTokens()).toContain(token.name);
  expect(stack.calls).toEqual([{ method: 'POST', path: '/v1/tokens' }]);
});

test("a refusal is the service's problem, typed, and is not asked again", async () => {
  const error = await failure(ciClient({ subjectToken: () => ciToken({ ref: 'refs/heads/x' }) }).exchange());
  expect(error).toMatchObject({ reason: 'no_rule', retryable: false });
  expect(error.problem?.nearest).toMatchObject({
    rule: 'ci-metrics',
    misses: [{ claim: 'ref', actual: '"refs/heads/x"', expected: '"refs/heads/main"' }],
  });
  expect(error.message).toContain('ref is "refs/heads/x"');
  expect(vends()).toBe(1);
});

test('asks again what is retryable, each time with a fresh subject token, until it succeeds', async () => {
  let failures = 2;
  stack.intercept = () => (failures-- > 0 ? { status: 503, headers: { 'retry-after': '1' }, body: busy } : null);
  const token = await ciClient().exchange();
  expect(token.rule).toBe('ci-metrics');
  expect(vends()).toBe(3);
});

const busy = JSON.stringify({ reason: 'upstream_unreachable', detail: 'down', retryable: true });

test('gives up after the attempts it was given, with the last refusal', async () => {
  stack.intercept = () => ({ status: 503, body: busy });
  const error = await failure(ciClient({ attempts: 3 }).exchange());
  expect(error).toMatchObject({ reason: 'upstream_unreachable', retryable: true });
  expect(vends()).toBe(3);
});

test('does not wait for a service that asks for more patience than a job has', async () => {
  stack.intercept = () => ({ status: 503, headers: { 'retry-after': '3600' }, body: busy });
  expect(await failure(ciClient().exchange())).toMatchObject({ reason: 'upstream_unreachable', retryAfter: 3600 });
  expect(vends()).toBe(1);
});

test('an answer lost on its way costs one short-lived token, and the job goes on', async () => {
  let lost = 1;
  stack.intercept = () => (lost-- > 0 ? 'lose_answer' : null);
  expect((await ciClient().exchange()).rule).toBe('ci-metrics');
  expect(vends()).toBe(2);
});

test('a broken connection and a page of a gateway are asked again, and named when they stay', async () => {
  stack.intercept = () => 'reset';
  expect(await failure(ciClient({ attempts: 2 }).exchange())).toMatchObject({ reason: 'service_unreachable' });
  stack.intercept = () => ({ status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad gateway</h1>' });
  expect(await failure(ciClient({ attempts: 2 }).exchange())).toMatchObject({ reason: 'service_unreadable' });
  expect(vends()).toBe(4);
});

test('a service that does not answer in time is not waited for', async () => {
  stack.intercept = () => ({ delayMs: 2_000 });
  const error = await failure(ciClient({ attempts: 1, timeoutMs: 50 }).exchange());
  expect(error).toMatchObject({ reason: 'service_unreachable', detail: expect.stringContaining('did not answer') });
});

test('follows no redirect, which would carry the subject token to another place', async () => {
  let followed = 0;
  const elsewhere = await listen(async () => {
    followed++;
    return new Response('{}');
  });
  stack.intercept = () => ({ status: 307, headers: { location: elsewhere.url } });
  const error = await failure(ciClient().exchange());
  await elsewhere.close();
  expect([error.reason, followed, vends()]).toEqual(['service_unreadable', 0, 1]);
});

test('refuses an answer that is too large', async () => {
  stack.intercept = () => ({ status: 200, body: JSON.stringify('x'.repeat(1024 * 1024)) });
  expect(await failure(ciClient().exchange())).toMatchObject({ reason: 'service_unreadable', retryable: false });
});

test('takes no answer for a token that is none, and revokes what it may have made', async () => {
  const sound = await ciClient().exchange();
  const revoked: string[] = [];
  const unsound = [
    ...['', 'apiv3_ x', 'apiv3_x\r\nx-admin: 1', undefined, 7].map((token) => ({ ...sound, token })),
    ...['javascript:alert(1)', 'influxdb', 'https://a\nb', null].map((url) => ({ ...sound, url })),
    ...['db:a:read', [7], ['x\n::warning::y'], null].map((permissions) => ({ ...sound, permissions })),
    ...[-1, null, '900', undefined].map((expires_in) => ({ ...sound, expires_in })),
    { ...sound, usable_after: 'soon' },
    { ...sound, rule: '\u001b[31m' },
    [],
    null,
  ];
  for (const body of unsound) {
    stack.intercept = ({ path }) => {
      if (path !== '/oauth/revoke') return { status: 201, body: JSON.stringify(body) };
      revoked.push('one');
      return null;
    };
    expect(await failure(ciClient().exchange())).toMatchObject({ reason: 'service_unreadable', retryable: false });
  }
  expect(revoked).toHaveLength(unsound.length - 2);
  expect(stack.liveTokens()).not.toContain(sound.name);
});

test('leaves out what is not of its form in a refusal, so that it can be shown unchecked', async () => {
  const problem = {
    reason: 'no_rule',
    detail: 'no',
    retryable: false,
    nearest: { rule: 'r', misses: 'all' },
    choices: [{ rule: 'r' }],
    max_ttl: 7,
    extra: 'kept',
  };
  stack.intercept = () => ({ status: 403, body: JSON.stringify(problem) });
  const error = await failure(ciClient().exchange());
  expect(error.problem).toEqual({ reason: 'no_rule', detail: 'no', retryable: false, request_id: '', extra: 'kept' });
});

test('does not follow a list that has no end', async () => {
  let pages = 0;
  stack.intercept = () => {
    pages++;
    return { status: 200, body: JSON.stringify({ tokens: [], cursor: 'more' }) };
  };
  const read = async () => {
    for await (const token of ciClient().list()) expect(token).toBeUndefined();
  };
  expect(await failure(read())).toMatchObject({ reason: 'service_unreadable' });
  expect(pages).toBe(1_001);
});

test('gives up at once when the caller does', async () => {
  const controller = new AbortController();
  stack.intercept = () => {
    setTimeout(() => controller.abort(), 20);
    return { delayMs: 1_000 };
  };
  expect(await failure(ciClient().exchange({}, { signal: controller.signal }))).toMatchObject({ reason: 'aborted' });
  expect(vends()).toBe(1);
});

test('takes an address over https, or on this machine, and nothing more than a host', () => {
  const subjectToken = () => 'x';
  for (const url of ['http://sts.example.com', 'https://sts.example.com/v1', 'https://u:p@sts.example.com', 'sts']) {
    expect(() => createClient({ url, subjectToken })).toThrow(TypeError);
  }
  expect(createClient({ url: 'https://sts.example.com/', subjectToken }).origin).toBe('https://sts.example.com');
});

test('says at once what is wrong with how it was made', () => {
  const url = 'https://sts.example.com';
  const subjectToken = () => 'x';
  const made = (options: unknown) => () => createClient(options as never);
  const noSource = 'subjectToken must be a function, such as fromEnvironment("NAME") or () => token';
  for (const wrong of ['a.b.c', undefined, null, { token: 'x' }]) {
    expect(made({ url, subjectToken: wrong })).toThrow(new TypeError(noSource));
  }
  for (const wrong of [undefined, '', 'sts', null, 7]) {
    const noUrl = 'url is missing or no URL; write https://sts.example.com';
    expect(made({ url: wrong, subjectToken })).toThrow(new TypeError(noUrl));
  }
  expect(made({ url: 'http://sts.example.com', subjectToken })).toThrow('http is for this machine only');
});

test('tells who the caller is, explains a decision, and lists page after page', async () => {
  const client = createClient({
    url: stack.service,
    subjectToken: () => stack.cluster.sign({ aud: 'cluster', sub: 'app' }),
  });
  expect(await client.whoami()).toMatchObject({ subject: { sub: 'app' }, grants: [{ rule: 'app' }] });
  expect(await client.explain({ permissions: ['db:other:write'] })).toMatchObject({
    outcome: 'refused',
    reason: 'not_granted',
  });
  const { name } = await client.exchange();
  const listed: string[] = [];
  for await (const token of client.list({ rule: 'app', instance: 'main' })) listed.push(token.name);
  expect(listed).toEqual([name]);
  expect(await client.revokeByName(name)).toBe('revoked');
  expect(stack.liveTokens()).not.toContain(name);
});

test('tells which instances a list could not read, and takes a service for whole that says nothing of them', async () => {
  const told: (readonly string[])[] = [];
  const read = async (...pages: object[]) => {
    stack.intercept = () => ({ status: 200, body: JSON.stringify(pages.shift()) });
    const tokens: unknown[] = [];
    for await (const token of ciClient().list({}, { onIncomplete: (names) => told.push(names) })) tokens.push(token);
    return tokens;
  };
  const token = { name: 'x' };
  const pages = [
    { tokens: [token], cursor: 'a', incomplete: ['spare'] },
    { tokens: [token], cursor: null, incomplete: [] },
  ];
  expect(await read(...pages)).toEqual([token, token]);
  expect(told).toEqual([['spare']]);
  expect(await read({ tokens: [token], cursor: null })).toEqual([token]);
  expect(told).toHaveLength(1);
  expect(await failure(read({ tokens: [], cursor: null, incomplete: [7] }))).toMatchObject({
    reason: 'service_unreadable',
  });
});

test('revokes a token by its lease, without a subject token, and twice without complaint', async () => {
  const { name, lease } = await ciClient().exchange();
  const revoking = ciClient({
    subjectToken: () => {
      throw new Error('nobody needs one');
    },
  });
  await revoking.revoke(lease!);
  expect(stack.liveTokens()).not.toContain(name);
  await revoking.revoke(lease!);
});

test('revokes a database token by itself, without a subject token', async () => {
  const { name, token } = await ciClient().exchange();
  const revoking = ciClient({
    subjectToken: () => {
      throw new Error('nobody needs one');
    },
  });
  await revoking.revoke(token, { instance: 'main' });
  expect(stack.liveTokens()).not.toContain(name);
});

test('sends no credential in the place of a name, where logs would keep it', async () => {
  const { token, lease } = await ciClient().exchange();
  const subject = await stack.cluster.sign({ aud: 'cluster', sub: 'app' });
  stack.calls.length = 0;
  const all = [token, ` ${token}`, `"${token}`, token.replace('_', '%5f'), token.slice(0, 20), lease!, subject];
  all.push(token.replace('apiv3_', ''), token.toUpperCase(), 'my-token', '');
  for (const credential of all) {
    const error = await failure(ciClient().revokeByName(credential));
    expect(error).toMatchObject({ reason: 'request_malformed', retryable: false, problem: null });
    if (credential.length > 10) expect(error.message).not.toContain(credential.slice(-10));
  }
  expect(stack.calls).toEqual([]);
});

test('a lease that was changed revokes nothing, and the caller is told', async () => {
  const { name, lease } = await ciClient().exchange();
  const changed = lease!.replace(/.(?=.$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
  expect(await failure(ciClient().revoke(changed))).toMatchObject({ reason: 'token_malformed', retryable: false });
  expect(stack.liveTokens()).toContain(name);
});

test('revokes what it waits for in vain, when its caller gives up', async () => {
  const cluster = await startStack({
    policy: (addresses) => STACK_POLICY(addresses).replace('admin_token: ', 'sync_interval: 1h, admin_token: '),
  });
  try {
    const subjectToken = () => cluster.cluster.sign({ aud: 'cluster', sub: 'app' });
    const controller = new AbortController();
    // The one pause that is as long as the token lives is the wait for the other nodes.
    const after: typeof webEnvironment.after = (milliseconds, action) => {
      if (milliseconds > TIMEOUT_MS) setImmediate(() => controller.abort());
      return webEnvironment.after(milliseconds, action);
    };
    const environment = { ...webEnvironment, after };
    const client = createClient({ url: cluster.service, subjectToken, environment, timeoutMs: TIMEOUT_MS });
    const told: (string | boolean)[] = [];
    const onVended = ({ name }: DatabaseToken) => told.push(...cluster.liveTokens(), name, controller.signal.aborted);
    const asked = client.exchange({}, { signal: controller.signal, onVended });
    expect(await failure(asked)).toMatchObject({ reason: 'aborted' });
    expect(told).toEqual([told[0], told[0], false]);
    expect(cluster.liveTokens()).toEqual([]);
  } finally {
    await cluster.stop();
  }
});

test('in a GitHub job, asks the runner for a token with the audience that the service names', async () => {
  const client = ciClient({ subjectToken: fromGitHubActions(runner()) });
  await client.exchange();
  await client.whoami();
  expect(asked).toEqual([stack.service, stack.service]);
  expect(stack.calls.map(({ path }) => path)).toEqual([
    '/.well-known/oauth-authorization-server',
    '/v1/tokens',
    '/v1/whoami',
  ]);
});

test('asks a runner that is busy again, as often as a service that is', async () => {
  busyAnswers = 3;
  await ciClient({ subjectToken: fromGitHubActions(runner()), audience: stack.service }).exchange();
  busyAnswers = 100;
  const tired = ciClient({ subjectToken: fromGitHubActions(runner()), audience: stack.service, attempts: 3 });
  expect(await failure(tired.exchange())).toMatchObject({ reason: 'subject_token_unavailable', retryable: true });
  expect([100 - busyAnswers, vends()]).toEqual([3, 1]);
  busyAnswers = 0;
});

test("believes no service that names another's audience, and asks for no token", async () => {
  for (const audience of ['https://bank.example.com', `${stack.service}.bank.example.com`, 'sts', 7, undefined]) {
    const body = JSON.stringify({ issuer: stack.service, audience });
    stack.intercept = () => ({ status: 200, body });
    const error = await failure(ciClient({ subjectToken: fromGitHubActions(runner()) }).exchange());
    expect(error.reason).toBe('audience_unknown');
  }
  stack.intercept = () => ({
    status: 200,
    body: JSON.stringify({ issuer: 'https://x.example', audience: stack.service }),
  });
  expect(await failure(ciClient({ subjectToken: fromGitHubActions(runner()) }).exchange())).toMatchObject({
    reason: 'audience_unknown',
  });
  expect([asked, vends()]).toEqual([[], 0]);
});

test('asks for the audience that the user names, without asking the service', async () => {
  const client = ciClient({ subjectToken: fromGitHubActions(runner()), audience: stack.service });
  await client.exchange();
  expect([asked, stack.calls.map(({ path }) => path)]).toEqual([[stack.service], ['/v1/tokens']]);
});

test('in a cluster, gives a token only when every node knows it', async () => {
  const cluster = await startStack({
    policy: (addresses) => STACK_POLICY(addresses).replace('admin_token: ', 'sync_interval: 2s, admin_token: '),
  });
  try {
    const client = createClient({
      url: cluster.service,
      subjectToken: () => cluster.cluster.sign({ aud: 'cluster', sub: 'app' }),
    });
    const token = await client.exchange();
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(token.usable_after!));
    const begun = Date.now();
    await client.exchange({}, { withoutWaiting: true });
    expect(Date.now() - begun).toBeLessThan(1_500);
  } finally {
    await cluster.stop();
  }
});

test('waits for nothing more once it is told not to: neither for other nodes nor before another attempt', async () => {
  const cluster = await startStack({
    policy: (addresses) => STACK_POLICY(addresses).replace('admin_token: ', 'sync_interval: 1h, admin_token: '),
  });
  try {
    const last = new AbortController();
    const after: typeof webEnvironment.after = (milliseconds, action) => {
      if (milliseconds !== TIMEOUT_MS) setImmediate(() => last.abort());
      return webEnvironment.after(milliseconds, action);
    };
    const client = createClient({
      url: cluster.service,
      subjectToken: () => cluster.cluster.sign({ aud: 'cluster', sub: 'app' }),
      environment: { ...webEnvironment, after },
      timeoutMs: TIMEOUT_MS,
    });
    const token = await client.exchange({}, { withoutWaiting: last.signal });
    expect(cluster.liveTokens()).toEqual([token.name]);
    cluster.calls.length = 0;
    cluster.intercept = () => ({ status: 503, headers: { 'retry-after': '50' }, body: busy });
    expect(await failure(client.exchange({}, { withoutWaiting: last.signal }))).toMatchObject({ retryable: true });
    expect(cluster.calls).toHaveLength(1);
  } finally {
    await cluster.stop();
  }
});
