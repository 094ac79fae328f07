// `POST /oauth/token` (RFC 8693): the form, and that it is the same exchange as that of the JSON API.

import { describe, expect, test } from 'vitest';
import { createWorld, POLICY, type World } from '../world.ts';
import { exchange, expectError, FORM, ID_TOKEN, post, TOKEN_EXCHANGE } from './form.ts';

const TWO_INSTANCES = POLICY.replace(
  'rules:\n',
  `  spare:
    url: "https://spare.example.com:8181"
    public_url: "https://spare.public.example.com"
    admin_token: INFLUXDB3_ADMIN_TOKEN
rules:
  - name: spare-metrics
    issuer: backend
    instance: spare
    when: { client_id: spare }
    allow: ["db:ci_metrics:write"]
`,
)
  .replaceAll('    issuer: github\n    when', '    issuer: github\n    instance: main\n    when')
  .replaceAll('    issuer: backend\n    when', '    issuer: backend\n    instance: main\n    when')
  .replace(/(- name: never-from-forks\n {4}issuer: github\n) {4}instance: main\n/, '$1');

const form = async (world: World) => ({
  grant_type: TOKEN_EXCHANGE,
  subject_token: await world.ciToken(),
  subject_token_type: ID_TOKEN,
});

describe('a subject token is exchanged', () => {
  test('for what the JSON API would give, in the words of OAuth', async () => {
    const world = await createWorld();
    const reply = await exchange(world, {
      scope: 'db:ci_metrics:write',
      ttl: '5m',
      rule: 'ci-metrics',
      resource: 'main',
    });
    const { body: direct } = await world.vend(await world.ciToken(), { ttl: '5m' });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('cache-control')).toBe('no-store');
    const { access_token, lease, name, ...rest } = reply.body;
    expect(rest).toEqual({
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      token_type: 'Bearer',
      scope: 'db:ci_metrics:write',
      expires_in: 300,
      rule: 'ci-metrics',
      instance: 'main',
      url: direct.url,
      shared: false,
      usable_after: null,
    });
    // OAuth libraries keep seconds under this name: older Authlib reads it as a number and fails.
    expect(reply.body).not.toHaveProperty('expires_at');
    expect(access_token).toMatch(/^apiv3_/);
    expect(lease).toMatch(/^stsl_/);
    expect(world.influx.tokens().map((token) => token.name)).toContain(name);
    const [mine, theirs] = world.events.map(({ id: _id, token_name: _name, ...event }) => event);
    expect(mine).toEqual({ ...theirs, permissions_asked: ['db:ci_metrics:write'] });
  });

  test('with nothing but what RFC 8693 requires, for what the one rule gives', async () => {
    const world = await createWorld();
    const reply = await exchange(world);
    expect([reply.status, reply.body.scope, reply.body.expires_in]).toEqual([200, 'db:ci_metrics:write', 900]);
  });

  test.each(['id_token', 'jwt', 'access_token'])('as %s', async (type) => {
    const world = await createWorld();
    const subject_token_type = `urn:ietf:params:oauth:token-type:${type}`;
    expect((await exchange(world, { subject_token_type })).status).toBe(200);
  });

  test('whatever client_id a client sends, and with parameters without a value left out (RFC 6749 section 3.2)', async () => {
    const world = await createWorld();
    const reply = await exchange(world, { client_id: 'https://anything', scope: '', ttl: '', rule: '', resource: '' });
    expect([reply.status, reply.body.expires_in]).toEqual([200, 900]);
  });

  test('with a character set beside the content type, in any case', async () => {
    const world = await createWorld();
    const headers = { 'content-type': 'Application/X-WWW-Form-Urlencoded; charset=UTF-8' };
    expect((await exchange(world, {}, headers)).status).toBe(200);
  });

  test('once, where it is for single use, through whichever door', async () => {
    const world = await createWorld();
    const subject_token = await world.ciToken();
    expect((await exchange(world, { subject_token })).status).toBe(200);
    expect((await world.vend(subject_token)).body.reason).toBe('token_replayed');
    const again = await exchange(world, { subject_token });
    expect([again.status, again.body.error, again.body.reason]).toEqual([400, 'invalid_grant', 'token_replayed']);
  });

  test('for several permissions, separated by a space', async () => {
    const world = await createWorld();
    const subject_token = await world.backendToken({ sub: 'd', client_id: 'dashboards' });
    const reply = await exchange(world, {
      subject_token,
      scope: 'system:health:read db:tenant_b:read db:tenant_a:read',
    });
    expect([reply.status, reply.body.scope]).toEqual([200, 'db:tenant_a:read db:tenant_b:read system:health:read']);
  });
});

describe('a resource', () => {
  test.each([
    ['its name', 'spare'],
    ['the address that callers are told', 'https://spare.public.example.com'],
    ['the address that the service calls', 'https://spare.example.com:8181'],
    ['an address with a slash behind it', 'https://spare.public.example.com/'],
  ])('names an instance by %s', async (_, resource) => {
    const world = await createWorld({ policy: TWO_INSTANCES, elsewhere: (request) => world.influx.fetch(request) });
    const subject_token = await world.backendToken({ sub: 's', client_id: 'spare' });
    const reply = await exchange(world, { subject_token, resource });
    expect([reply.status, reply.body.instance, reply.body.url]).toEqual([
      200,
      'spare',
      'https://spare.public.example.com',
    ]);
  });

  test.each([
    'https://evil.example.com',
    'https://spare.example.com',
    'https://spare.example.com:8181/api',
    'https://SPARE.example.com:8181',
    'http://spare.example.com:8181',
    'https://user@spare.example.com:8181',
    'constructor',
    '__proto__',
    'SPARE',
  ])('that is no instance of ours, such as %s, is refused and never called', async (resource) => {
    const world = await createWorld({ policy: TWO_INSTANCES });
    const subject_token = await world.backendToken({ sub: 's', client_id: 'spare' });
    const reply = await exchange(world, { subject_token, resource });
    expectError(world, reply, 400, 'invalid_target', 'instance_unknown');
    expect(world.calls.every((host) => host === 'login.example.com')).toBe(true);
  });

  test('that is an instance of others is refused like one that does not exist, and its name is not told', async () => {
    const world = await createWorld({ policy: TWO_INSTANCES });
    const [hidden, absent] = await Promise.all(
      ['https://spare.example.com:8181', 'https://absent.example.com:8181'].map((resource) =>
        exchange(world, { resource }),
      ),
    );
    expect(hidden!.body.error_description.replace('spare', 'absent')).toBe(absent!.body.error_description);
    expect(hidden!.text).not.toContain('"spare"');
    expect(hidden!.text).not.toContain("'spare'");
  });
});

describe('a form is refused as malformed', () => {
  const cases: [string, (form: Record<string, string>) => string | Record<string, string>, string?][] = [
    ['with an unknown parameter', (form) => ({ ...form, database: 'x' })],
    ['with a parameter twice, one of them without a value', (form) => `${new URLSearchParams(form)}&scope=&scope=x`],
    ['with the fields of the JSON API', (form) => ({ ...form, permissions: 'db:ci_metrics:write' })],
    ['with an actor', (form) => ({ ...form, actor_token: 'x', actor_token_type: ID_TOKEN })],
    ['with a client secret', (form) => ({ ...form, client_id: 'x', client_secret: 'y' })],
    ['with a client assertion', (form) => ({ ...form, client_assertion: 'x', client_assertion_type: 'y' })],
    ['with a prototype as a parameter', (form) => ({ ...form, ['__proto__']: 'x', constructor: 'y' })],
    ['with the subject token twice', (form) => `${new URLSearchParams(form)}&subject_token=x`],
    ['with the same subject token twice', (form) => `${new URLSearchParams(form)}&subject_token=${form.subject_token}`],
    ['with a scope twice', (form) => `${new URLSearchParams(form)}&scope=db:a:read&scope=db:a:read`],
    ['with an empty parameter twice', (form) => `${new URLSearchParams(form)}&rule=&rule=`],
    ['with a parameter spelled twice, once by escapes', (form) => `${new URLSearchParams(form)}&ttl=1m&t%74l=2m`],
    ['with a client_id twice', (form) => `${new URLSearchParams(form)}&client_id=a&client_id=a`],
    ['without a grant type', ({ grant_type: _, ...form }) => form],
    [
      'with the grant type of somebody else',
      (form) => ({ ...form, grant_type: 'client_credentials' }),
      'unsupported_grant_type',
    ],
    [
      'with a grant type in capitals',
      (form) => ({ ...form, grant_type: TOKEN_EXCHANGE.toUpperCase() }),
      'unsupported_grant_type',
    ],
    ['without the type of the subject token', ({ subject_token_type: _, ...form }) => form],
    [
      'with a subject token of SAML',
      (form) => ({ ...form, subject_token_type: ID_TOKEN.replace('id_token', 'saml2') }),
    ],
    ['that wants a refresh token', (form) => ({ ...form, requested_token_type: ID_TOKEN.replace('id', 'refresh') })],
    ['with two spaces in the scope', (form) => ({ ...form, scope: 'db:ci_metrics:write  db:ci_metrics:write' })],
    ['with a space before the scope', (form) => ({ ...form, scope: ' db:ci_metrics:write' })],
    ['with a space behind the scope', (form) => ({ ...form, scope: 'db:ci_metrics:write ' })],
    ['with a tab in the scope', (form) => ({ ...form, scope: 'db:ci_metrics:write\tdb:ci_metrics:write' })],
    ['with a line end in the scope', (form) => ({ ...form, scope: 'db:ci_metrics:write\r\n' })],
    [
      'with a no-break space in the scope',
      (form) => ({ ...form, scope: 'db:ci_metrics:write\u00a0db:ci_metrics:write' }),
    ],
    ['with a comma in the scope', (form) => ({ ...form, scope: 'db:ci_metrics:write,db:a:read' })],
    ['with a scope that is no permission', (form) => ({ ...form, scope: 'openid profile' })],
    [
      'with more permissions than there may be',
      (form) => ({ ...form, scope: Array.from({ length: 65 }, (_, at) => `db:d${at}:read`).join(' ') }),
    ],
    ['with a ttl of nothing', (form) => ({ ...form, ttl: '0' })],
    ['with a negative ttl', (form) => ({ ...form, ttl: '-5' })],
    ['with a ttl in words', (form) => ({ ...form, ttl: 'Infinity' })],
    ['with a rule that is too long', (form) => ({ ...form, rule: 'r'.repeat(65) })],
    ['with a resource that is too long', (form) => ({ ...form, resource: `https://${'x'.repeat(1_100)}` })],
    ['with bytes that are no UTF-8', (form) => `${new URLSearchParams(form)}&rule=%ff%fe`],
    ['with a byte order mark', (form) => `\ufeff${new URLSearchParams(form)}`],
    ['as JSON that calls itself a form', (form) => JSON.stringify(form)],
  ];
  test.each(cases)('%s', async (_, change, error = 'invalid_request') => {
    const world = await createWorld();
    const changed = change(await form(world));
    const reply = await post(world, '/oauth/token', changed);
    // Without its name nothing is a subject token.
    const missing = typeof changed === 'string' && !/(^|&)subject_token=/.test(changed);
    if (missing) expect([400, 401]).toContain(reply.status);
    else expectError(world, reply, 400, error, 'request_malformed');
    expect([world.calls, world.influx.creates()]).toEqual([[], 0]);
  });
});

describe('a form is refused', () => {
  test.each<[string, Record<string, string>]>([
    ['a Bearer token', { authorization: 'Bearer x.y.z' }],
    ['client credentials', { authorization: `Basic ${btoa('id:secret')}` }],
    ['an empty scheme', { authorization: 'x' }],
  ])('with %s in the header, whatever it holds itself', async (_, headers) => {
    const world = await createWorld();
    expectError(world, await exchange(world, {}, headers), 400, 'invalid_request', 'request_malformed');
    expect(world.calls).toEqual([]);
  });

  test('without a subject token, also when one is in the query, a cookie or the header of another proxy', async () => {
    const world = await createWorld();
    const token = await world.ciToken();
    const { subject_token: _, ...rest } = await form(world);
    const headers = { cookie: `subject_token=${token}`, 'cf-access-jwt-assertion': token };
    const reply = await post(world, `/oauth/token?subject_token=${token}&access_token=${token}`, rest, headers);
    expectError(world, reply, 401, 'invalid_request', 'token_missing');
    expect(reply.headers.get('www-authenticate')).toBe('Bearer realm="influx-sts"');
    expect(reply.text + JSON.stringify(world.events)).not.toContain(token.slice(-40));
    expect(world.calls).toEqual([]);
  });

  test('that is empty', async () => {
    const world = await createWorld();
    const reply = await world.request('/oauth/token', { method: 'POST' });
    expectError(world, reply, 401, 'invalid_request', 'token_missing');
  });

  test.each([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    `${FORM}x`,
    '',
  ])('as "%s"', async (type) => {
    const world = await createWorld();
    const body = new URLSearchParams(await form(world)).toString();
    const headers = type === '' ? {} : { 'content-type': type };
    const reply = await world.request('/oauth/token', {
      method: 'POST',
      headers,
      body: new TextEncoder().encode(body),
    });
    expectError(world, reply, 415, 'invalid_request', 'content_type_unsupported');
    expect(world.calls).toEqual([]);
  });

  test('of more than 32 KiB, and one of 32 KiB is read', async () => {
    const world = await createWorld();
    const body = new URLSearchParams(await form(world)).toString();
    const full = `${body}&client_id=${'x'.repeat(32 * 1024 - body.length - '&client_id='.length)}`;
    expect((await post(world, '/oauth/token', full)).status).toBe(200);
    const other = await createWorld();
    expectError(other, await post(other, '/oauth/token', `${full}x`), 413, 'invalid_request', 'body_too_large');
    expect(other.calls).toEqual([]);
  });

  test('with a subject token of more than 16 KiB', async () => {
    const world = await createWorld();
    const reply = await exchange(world, { subject_token: `${await world.ciToken()}${'x'.repeat(16 * 1024)}` });
    expectError(world, reply, 400, 'invalid_grant', 'token_malformed');
  });

  test.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('by %s, with what is taken instead', async (method) => {
    const world = await createWorld();
    const reply = await world.request('/oauth/token', { method });
    expectError(world, reply, 405, 'invalid_request', 'method_not_allowed');
    expect(reply.headers.get('allow')).toBe('POST');
  });
});

describe('a decision is told', () => {
  test('with 403, its reason, its choices, and a description of the characters that RFC 6749 allows', async () => {
    const world = await createWorld();
    const reply = await exchange(world, { scope: 'db:other:write' });
    expectError(world, reply, 403, 'access_denied', 'not_granted');
    expect(reply.body.choices).toEqual([
      { rule: 'ci-metrics', instance: 'main', permissions: ['db:ci_metrics:write'] },
    ]);
    expect(reply.body.error_description).toContain("(rule 'ci-metrics')");
  });

  test('also where claims hold what may not stand in a description', async () => {
    const world = await createWorld();
    const reply = await exchange(world, { subject_token: await world.ciToken({ ref: 'refs/héads/"\\\u{1f600}\n' }) });
    expectError(world, reply, 403, 'access_denied', 'no_rule');
  });

  test('with 503 and Retry-After while InfluxDB is down', async () => {
    const world = await createWorld({ upstream: () => Promise.reject(new TypeError('down')) });
    const reply = await exchange(world);
    expectError(world, reply, 503, 'temporarily_unavailable', 'upstream_unreachable');
    expect([reply.headers.get('retry-after'), reply.body.retryable]).toEqual(['10', true]);
  });

  test('in the same way as the JSON API does', async () => {
    for (const [claims, more, body] of [
      [{ repository_id: '9', repository_owner_id: '9' }, {}, {}],
      [
        { event_name: 'pull_request_target' },
        { scope: 'db:ci_metrics:write' },
        { permissions: ['db:ci_metrics:write'] },
      ],
      [{}, { ttl: '2h' }, { ttl: '2h' }],
      [{}, { rule: 'nobody' }, { rule: 'nobody' }],
      [{ aud: 'https://other.example.com' }, {}, {}],
    ] as const) {
      const world = await createWorld();
      const oauth = await exchange(world, { subject_token: await world.ciToken(claims), ...more });
      const json = await world.vend(await world.ciToken(claims), body);
      const { error: _error, error_description, request_id: _id, ...members } = oauth.body;
      const { type: _type, title: _title, status: _status, detail, request_id: _other, ...expected } = json.body;
      expect(members).toEqual(expected);
      expect(error_description).toBe(detail.replaceAll('"', "'"));
    }
  });
});

describe('RFC 8693 knows an audience', () => {
  const SPARE = 'https://spare.public.example.com';
  const spare = async (world: World, more: Record<string, string>) =>
    exchange(world, { ...more, subject_token: await world.backendToken({ client_id: 'spare', sub: 'x' }) });
  const open = () =>
    createWorld({
      policy: TWO_INSTANCES,
      env: { INFLUXDB3_ADMIN_TOKEN: 'apiv3_other' },
    });

  test.each([
    'https://sts.example.com',
    'https://sts.example.com/',
    'http://localhost',
    'http://localhost/',
  ])('and %s is this service, which narrows nothing', async (audience) => {
    const reply = await exchange(await createWorld(), { audience });
    expect([reply.status, reply.body.rule]).toEqual([200, 'ci-metrics']);
  });

  test.each([
    'main',
    'https://influxdb.example.com:8181',
    'https://influxdb.example.com:8181/',
  ])('and %s is an instance, as it is for resource', async (audience) => {
    const world = await createWorld();
    expect((await exchange(world, { audience })).body.instance).toBe('main');
    expect((await exchange(world, { audience, resource: 'main' })).body.instance).toBe('main');
  });

  test.each([
    { audience: 'https://other.example.com' },
    { audience: 'nope' },
    { audience: SPARE, resource: 'main' },
    { audience: 'https://other.example.com', resource: 'spare' },
    { audience: 'https://sts.example.com/token' },
    { audience: 'https://sts.example.com', resource: 'nope' },
  ])('and no other is taken: %j', async (asked) => {
    const { status, body } = await spare(await open(), asked);
    expect([status, body.error, body.reason]).toEqual([400, 'invalid_target', 'instance_unknown']);
  });

  test('and where audience and resource mean the same instance, it is that one', async () => {
    const { status, body } = await spare(await open(), { audience: SPARE, resource: 'spare' });
    // Its admin token is none, so nothing further comes of it.
    expect([status, body.reason]).toEqual([503, expect.stringMatching(/misconfigured|upstream/)]);
  });
});

test.each([
  'actor_token',
  'actor_token_type',
  'audience',
  'resource',
  'anything',
])('a parameter without a value counts as left out: %s', async (parameter) => {
  const reply = await exchange(await createWorld(), { [parameter]: '' });
  expect([reply.status, reply.body.rule]).toEqual([200, 'ci-metrics']);
});

test('a line end around the subject token is none of its own', async () => {
  const world = await createWorld();
  const reply = await exchange(world, { subject_token: ` ${await world.ciToken()}\n` });
  expect(reply.status).toBe(200);
});
