// The client's half of the wire contract: what it sends, how it chooses among admin tokens, and how it sorts the answers. How those
// answers reach a caller is tested in `test/threats/upstream.test.ts`.

import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../src/foundation/runtime.ts';
import { USER_AGENT } from '../../src/foundation/version.ts';
import { listedHash } from '../../src/influx/admin-token.ts';
import { type CreateTokenRequest, createInfluxClient, UPSTREAM_TIMEOUT_MS } from '../../src/influx/client.ts';
import { probeToken } from '../../src/influx/possession.ts';
import { createInfluxEmulator, type Fault } from '../emulator/influxdb.ts';

const URL_BASE = 'https://influxdb.example.com:8181';
const FIRST = `apiv3_${'1'.repeat(85)}A`;
const SECOND = `apiv3_${'2'.repeat(85)}A`;
const NEVER = () => () => undefined;

const request: CreateTokenRequest = {
  token_name: 'sts.main.x',
  permissions: [{ resource_type: 'db', resource_names: ['a'], actions: ['read', 'write'] }],
  expiry_secs: 60,
};

/** A client of this server, and the requests as they went out. */
function clientOf(
  answer: (sent: Request) => Response | Promise<Response>,
  adminTokens = [FIRST],
  headers: Record<string, string> = {},
) {
  const alarms: Record<string, unknown>[] = [];
  const sent: Request[] = [];
  const fetch = async (url: string, init: RequestInit) => {
    const outgoing = new Request(url, init);
    sent.push(outgoing.clone());
    return answer(outgoing);
  };
  const runtime: Pick<Runtime, 'fetch' | 'after' | 'alarm'> = {
    fetch,
    after: NEVER,
    alarm: (name, facts) => alarms.push({ name, ...facts }),
  };
  const client = createInfluxClient({ instance: 'main', url: URL_BASE, adminTokens, headers }, runtime);
  return { sent, alarms, runtime, client };
}

const answering = (status: number, body: string | null = null) => clientOf(() => new Response(body, { status }));
const bearer = (outgoing: Request) => outgoing.headers.get('authorization');

describe('a create', () => {
  test('is one POST of JSON with the admin token in its header alone', async () => {
    const { client, sent } = answering(500);
    await client.createToken(request);
    const [only] = sent;
    expect(sent).toHaveLength(1);
    expect([only!.method, only!.url]).toEqual(['POST', `${URL_BASE}/api/v3/enterprise/configure/token`]);
    expect([...only!.headers]).toEqual([
      ['authorization', `Bearer ${FIRST}`],
      ['content-type', 'application/json'],
      ['user-agent', USER_AGENT],
    ]);
    expect(only!.redirect).toBe('manual');
    const text = await only!.text();
    expect(JSON.parse(text)).toEqual(request);
    expect(text).not.toContain('apiv3_');
  });

  test('is what InfluxDB accepts', async () => {
    const influx = createInfluxEmulator({ databases: ['a'], adminToken: FIRST });
    const outcome = await clientOf((outgoing) => influx.fetch(outgoing)).client.createToken(request);
    expect(outcome).toMatchObject({ kind: 'created', created: { name: 'sts.main.x' } });
    expect(influx.tokens()).toMatchObject([{ name: 'sts.main.x', permissions: ['db:a:read,write'] }]);
  });

  test.each([
    ['Not found', 'Not found'],
    [
      '{"error": "Authorization header was malformed, the request was not in the form"}',
      'Authorization header was malformed',
    ],
    [
      '{"error":"unauthorized to perform requested action with the token"}',
      'unauthorized to perform requested action with the token',
    ],
    ['serde json error: missing field `resource_names` at line 7', 'serde json error: missing field `resource_names`'],
    [`serde json error: missing field \`${FIRST}\``, 'serde json error: missing field'],
    [`serde json error: invalid type: string "${FIRST}"`, 'serde json error: invalid type'],
    ['max request size (10485760 bytes) exceeded', 'max request size (10485760 bytes) exceeded'],
    [`max request size (${'1'.repeat(90)} bytes) exceeded`, null],
    [
      `cannot parse token permission, invalid resource name ${FIRST}`,
      'cannot parse token permission, invalid resource name',
    ],
    [`cannot parse token permission, ${FIRST}`, 'cannot parse token permission'],
    [`unacceptable content-type, expected: ${FIRST}`, 'unacceptable content-type'],
    [`no header "Bearer ${FIRST}" here`, null],
    [`bad header ${FIRST.slice(0, 40)}`, null],
    [`bad header ${btoa(FIRST)}`, null],
    [`bad header ${[...FIRST].reverse().join('')}`, null],
    [`a gateway says Not found: ${FIRST}`, null],
    [' ', null],
  ])('quotes of a refusal %j no more than a phrase of InfluxDB: %j', async (body, phrase) => {
    const { client } = answering(400, body);
    const outcome = await client.createToken(request);
    expect(outcome).toMatchObject({ kind: 'refused', status: 400, words: { phrase, length: body.length } });
  });

  test.each([FIRST, SECOND])('whose answer holds an admin token of the instance is not readable: %s', async (token) => {
    const created = {
      name: request.token_name,
      token,
      created_at: '2026-11-23T12:00:00Z',
      expiry: '2026-11-23T12:01:00Z',
    };
    const { client } = clientOf(() => Response.json(created, { status: 201 }), [FIRST, SECOND]);
    expect(await client.createToken(request)).toMatchObject({ kind: 'unknown', why: 'unreadable' });
  });

  test.each([
    ['another hash', { name: 'sts', hash: '000000000' }],
    ['the credential as its name', { name: FIRST }],
    ['the credential inside its name', { name: `x ${FIRST.toUpperCase()}` }],
    ['no name', {}],
  ])('does not describe the admin token by a row with %s', async (_what, row) => {
    const hash = await listedHash(FIRST);
    const { client } = clientOf(() => Response.json([{ expiry: null, hash, ...row }]));
    expect(await client.describeAdminToken()).toMatchObject({ why: 'unreadable' });
  });

  test('is given a deadline that a person would wait for', async () => {
    const asked: number[] = [];
    const after = (milliseconds: number) => {
      asked.push(milliseconds);
      return NEVER();
    };
    const fetch = async () => new Response(null, { status: 503 });
    const options = { instance: 'main', url: URL_BASE, adminTokens: [FIRST], headers: {} };
    await createInfluxClient(options, { fetch, after, alarm: () => {} }).createToken(request);
    expect(asked).toEqual([UPSTREAM_TIMEOUT_MS]);
    expect(UPSTREAM_TIMEOUT_MS).toBeLessThanOrEqual(10_000);
  });
});

describe('a deletion', () => {
  test('is one DELETE by name, the name encoded', async () => {
    const { client, sent } = answering(200);
    await client.deleteToken('a b&token_name=_admin+/é');
    expect([sent[0]!.method, sent[0]!.url]).toEqual([
      'DELETE',
      `${URL_BASE}/api/v3/configure/token?token_name=a%20b%26token_name%3D_admin%2B%2F%C3%A9`,
    ]);
    expect([...sent[0]!.headers.keys()]).toEqual(['authorization', 'user-agent']);
    expect(sent).toHaveLength(1);
  });

  test('knows whether the token was there', async () => {
    const influx = createInfluxEmulator({ databases: ['a'], adminToken: FIRST });
    const { client } = clientOf((outgoing) => influx.fetch(outgoing));
    await client.createToken(request);
    expect(await client.deleteToken('sts.main.x')).toBe('deleted');
    expect(await client.deleteToken('sts.main.x')).toBe('not_found');
  });

  test.each<[string, Fault]>([
    ['a fault of the server', { kind: 'status', status: 500 }],
    ["a gateway's page with 200", { kind: 'status', status: 200, body: '<html>', contentType: 'text/html' }],
    ["a gateway's page with 404", { kind: 'status', status: 404, body: '<html>', contentType: 'text/html' }],
    ['a broken connection', { kind: 'reset' }],
  ])('has failed after %s', async (_, fault) => {
    const influx = createInfluxEmulator({ adminToken: FIRST });
    influx.faults.next('delete', fault);
    expect(await clientOf((outgoing) => influx.fetch(outgoing)).client.deleteToken('x')).toBe('failed');
  });
});

test.each([
  [401, '{"error": "the request was not authenticated"}'],
  [403, '{"error": "unauthorized to perform requested action with the token"}'],
  [403, null],
])('a %i of %j to a deletion or a listing says that the admin token is refused', async (status, words) => {
  const { client } = answering(status, words);
  expect(await client.deleteToken('x')).toBe('refused');
  expect(await client.query('SELECT name FROM system.tokens', {})).toBe('refused');
  expect(await client.describeAdminToken()).toBe('refused');
});

test.each([
  [401, ''],
  [401, 'Please sign in'],
  [403, 'Forbidden'],
])("a create's outcome is unknown where a gateway answers %i: %s", async (status, body) => {
  const { client, sent } = answering(status, body);
  expect(await client.createToken(request)).toMatchObject({ kind: 'unknown', why: 'unreadable' });
  expect(sent).toHaveLength(1);
});

test.each([401, 403, 404])("a gateway's page with %i is no word of InfluxDB's on the admin token", async (status) => {
  const page = () => new Response('<html>', { status, headers: { 'content-type': 'text/html' } });
  const { client } = clientOf(page);
  expect(await client.deleteToken('x')).toBe('failed');
  expect(await client.describeAdminToken()).toMatchObject({ why: 'unreadable', status });
});

describe('of two admin tokens', () => {
  /** Accepts one token and answers every create with a fault, which says that it was let in. */
  const accepting = (accepted: () => string) =>
    clientOf(
      (outgoing) =>
        bearer(outgoing) === `Bearer ${accepted()}`
          ? new Response(null, { status: 404 })
          : new Response('{"error": "the request was not authenticated"}', { status: 401 }),
      [FIRST, SECOND],
    );

  test('the one that was accepted last is tried first, for deletions too', async () => {
    const { client, sent } = accepting(() => SECOND);
    await client.createToken(request);
    await client.createToken(request);
    await client.deleteToken('x');
    expect(sent.map(bearer)).toEqual([FIRST, SECOND, SECOND, SECOND].map((token) => `Bearer ${token}`));
  });

  test('the first one is found again when the rotation is taken back', async () => {
    let accepted = SECOND;
    const { client, sent } = accepting(() => accepted);
    await client.createToken(request);
    accepted = FIRST;
    expect(await client.createToken(request)).toMatchObject({ kind: 'refused', status: 404 });
    expect(sent.map(bearer)).toEqual([FIRST, SECOND, SECOND, FIRST].map((token) => `Bearer ${token}`));
  });

  test('each is tried once when InfluxDB accepts neither', async () => {
    const { client, sent } = accepting(() => 'neither');
    expect(await client.createToken(request)).toMatchObject({ kind: 'refused', status: 401 });
    expect(sent).toHaveLength(2);
  });

  test.each([500, 503, 409])('the second is not tried after a %i, whose outcome is not known', async (status) => {
    const { client, sent } = clientOf(() => new Response(null, { status }), [FIRST, SECOND]);
    expect(await client.createToken(request)).toMatchObject({ kind: 'unknown' });
    expect(sent).toHaveLength(1);
  });

  test("the second is not shown to a gateway's sign-in page", async () => {
    const page = () => new Response('<html>', { status: 401, headers: { 'content-type': 'text/html' } });
    const { client, sent } = clientOf(page, [FIRST, SECOND]);
    expect(await client.createToken(request)).toMatchObject({ kind: 'unknown', why: 'unreadable' });
    expect(sent).toHaveLength(1);
  });
});

describe('further headers of an instance', () => {
  const GATEWAY = { 'cf-access-client-id': 'id.access', 'cf-access-client-secret': 'hush' };

  test('go with every request, whatever it is for and anyone who is asked about', async () => {
    const { client, sent, runtime } = clientOf(() => new Response(null, { status: 404 }), [FIRST], GATEWAY);
    await client.createToken(request);
    await client.deleteToken('x');
    await client.query('SELECT 1', {});
    await client.describeAdminToken();
    await probeToken({ name: 'main', url: URL_BASE, headers: GATEWAY }, SECOND, runtime);
    expect(sent.map(({ method }) => method)).toEqual(['POST', 'DELETE', 'POST', 'POST', 'GET']);
    for (const { headers } of sent) expect(Object.fromEntries(headers)).toMatchObject(GATEWAY);
    expect(sent.map(bearer)).toEqual([FIRST, FIRST, FIRST, FIRST, SECOND].map((token) => `Bearer ${token}`));
  });

  test('are in no line of the log, and follow no redirect', async () => {
    const location = 'https://acme.cloudflareaccess.com/login';
    const away = () => new Response(null, { status: 302, headers: { location } });
    const { client, sent, alarms } = clientOf(away, [FIRST], GATEWAY);
    const outcome = await client.createToken(request);
    expect(outcome).toMatchObject({ why: 'unreadable', fault: 'redirect', lasting: true });
    expect(sent).toHaveLength(1);
    expect(JSON.stringify([outcome, alarms])).not.toContain('hush');
  });
});

describe('what comes instead of an answer is told to the operator, once, with address and cause', () => {
  const html = (text: string) => ({ body: `<html>${text} apiv3_echo</html>`, type: 'text/html' });
  const CREATE = `POST ${URL_BASE}/api/v3/enterprise/configure/token`;

  test.each<[number, { body: string; type?: string }, string, boolean]>([
    [405, { body: 'apiv3_echo' }, 'does not take this method', true],
    [526, { body: 'apiv3_echo' }, "the server's certificate is not valid", true],
    [525, html(''), 'no TLS connection to the server comes about', true],
    [403, { body: 'error code: 1003' }, 'a bare IP address', true],
    [403, html('Error 1003 <p>error code: 1003'), 'a bare IP address', true],
    [530, { body: 'error code: 1016' }, 'the name of the server cannot be looked up', true],
    [530, { body: '{"error_code": 1033, "title": "apiv3_echo"}' }, 'the tunnel to the server is down', false],
    [403, html('Cloudflare Access'), 'Cloudflare Access answers (status 403)', true],
    [401, html('sign in'), 'a gateway in front of it wants credentials', true],
    [200, html('welcome'), 'status 200 with an HTML page', true],
    [521, { body: '' }, 'the server refuses the connection', false],
    [502, html('Bad gateway'), 'status 502 with an HTML page', false],
    [503, { body: '' }, 'status 503', false],
    [409, { body: 'token name already exists, x' }, 'status 409: token name already exists', true],
    [201, { body: '{"token": "apiv3_echo"}' }, 'a 201 that is no created token', false],
  ])('%i %j is "%s"', async (status, { body, type = 'text/plain' }, cause, lasting) => {
    const { client, alarms } = clientOf(() => new Response(body, { status, headers: { 'content-type': type } }));
    const outcome = await client.createToken(request);
    expect(outcome).toMatchObject({ kind: 'unknown', status, cause: expect.stringContaining(cause), lasting });
    expect(alarms).toEqual([
      {
        name: expect.stringMatching(/^upstream_/),
        instance: 'main',
        address: CREATE,
        status,
        cause: expect.stringContaining(cause),
      },
    ]);
    expect(JSON.stringify([outcome, alarms])).not.toContain('apiv3_');
  });

  test.each([
    ['ECONNREFUSED', 'connection refused', false],
    ['CERT_HAS_EXPIRED', 'its certificate is not accepted', true],
  ])('a network fault too: %s', async (code, cause, lasting) => {
    const { client, alarms } = clientOf(() =>
      Promise.reject(new TypeError('x', { cause: Object.assign(new Error(), { code }) })),
    );
    expect(await client.createToken(request)).toMatchObject({ why: 'unreachable', fault: 'network', lasting });
    expect(alarms).toMatchObject([{ name: 'upstream_unreachable', fault: 'network', cause: `${cause} (${code})` }]);
  });

  test('whatever was asked, and without the name of a token', async () => {
    const { client, alarms, runtime } = answering(503);
    await client.deleteToken('sts.main.x');
    await client.query('SELECT 1', {});
    await probeToken({ name: 'main', url: URL_BASE, headers: {} }, SECOND, runtime);
    expect(alarms.map(({ address }) => address)).toEqual([
      `DELETE ${URL_BASE}/api/v3/configure/token`,
      `POST ${URL_BASE}/api/v3/query_sql`,
      `GET ${URL_BASE}/api/v3/influx-sts/possession`,
    ]);
  });

  test("and of InfluxDB's own words nothing is", async () => {
    const { client, alarms, runtime } = answering(404, 'the requested resource was not found: sts.main.x');
    await client.createToken(request);
    await client.deleteToken('sts.main.x');
    await probeToken({ name: 'main', url: URL_BASE, headers: {} }, SECOND, runtime);
    expect(alarms).toEqual([]);
  });
});
