// Threat class "Surface": where a credential is read from, which paths and methods lead to it, and what every answer carries and
// withholds. Faults of the service itself are in `surface-faults.test.ts`.

import { describe, expect, test } from 'vitest';
import { createWorld, expectRefusal, type World } from '../world.ts';

const ORIGIN = 'https://sts.example.com';
const ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

const bearer = async (world: World) => ({ authorization: `Bearer ${await world.ciToken()}` });

describe('a credential', () => {
  test.each(['access_token', 'token', 'subject_token', 'id_token'])('is not read from the query (%s)', async (name) => {
    const world = await createWorld();
    const token = await world.ciToken();
    const reply = await world.request(`/v1/tokens?${name}=${token}`, { method: 'POST' });
    expectRefusal(world, reply, 401, 'token_missing', [token]);
    expect(world.calls).toEqual([]);
  });

  test.each<[string, (token: string) => Record<string, string>]>([
    ['a cookie', (token) => ({ cookie: `CF_Authorization=${token}; token=${token}` })],
    ["an access proxy's header", (token) => ({ 'cf-access-jwt-assertion': token })],
    ['a forwarded header', (token) => ({ 'x-forwarded-authorization': `Bearer ${token}` })],
    ['the header for a proxy', (token) => ({ 'proxy-authorization': `Bearer ${token}` })],
    ['another scheme', (token) => ({ authorization: `Token ${token}` })],
    ['Basic', (token) => ({ authorization: `Basic ${btoa(`x:${token}`)}` })],
    ['a scheme without its space', (token) => ({ authorization: `Bearer${token}` })],
    ['no scheme', (token) => ({ authorization: token })],
    ['a scheme alone', () => ({ authorization: 'Bearer ' })],
  ])('is not read from %s', async (_, headers) => {
    const world = await createWorld();
    const token = await world.ciToken();
    const reply = await world.request('/v1/tokens', { method: 'POST', headers: headers(token) });
    expectRefusal(world, reply, 401, 'token_missing', [token]);
    expect(world.calls).toEqual([]);
  });

  test('in the header counts, whatever the query and the cookies hold, and those are not recorded', async () => {
    const world = await createWorld();
    const headers = { ...(await bearer(world)), cookie: 'token=planted' };
    const reply = await world.request('/v1/tokens?access_token=planted', { method: 'POST', headers });
    expect(reply.status).toBe(201);
    expect(JSON.stringify([world.events, reply.body])).not.toContain('planted');
  });

  test('sent twice is refused', async () => {
    const world = await createWorld();
    const [first, second] = [await world.ciToken(), await world.ciToken()];
    const headers = new Headers([
      ['authorization', `Bearer ${first}`],
      ['authorization', `Bearer ${second}`],
    ]);
    const reply = await world.request('/v1/tokens', { method: 'POST', headers });
    expectRefusal(world, reply, 401, 'token_malformed', [first, second]);
  });
});

describe('a path', () => {
  test.each([
    '//v1/tokens',
    '/v1//tokens',
    '/v1/tokens/',
    '/v1/tokens//',
    '/V1/tokens',
    '/v1/Tokens',
    '/v1%2Ftokens',
    '/v1%2ftokens',
    '/%2Fv1/tokens',
    '/v1/tokens%2F',
    '/v1/tokens%3F',
    '/v1/tokens%00',
    '/v1/tokens%20',
    '/v1/%2574okens',
    '/v1/tokens;a=b',
    '/v1/tokens.json',
    '/v1/token%C5%BF',
    '/v2/tokens',
    '/api/v3/enterprise/configure/token',
    '/__proto__',
    '/',
  ])('%s is not the door', async (path) => {
    const world = await createWorld();
    const reply = await world.request(ORIGIN + path, { method: 'POST', headers: await bearer(world) });
    expect([reply.status, reply.body.reason]).toEqual([404, 'not_found']);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect(world.calls).toEqual([]);
    expect(world.events).toEqual([]);
  });

  test.each([
    '/v1/tokens?',
    '/v1/tokens?rule=dashboards&ttl=30d&instance=other',
    '/v1/../v1/./tokens',
    '/v1/%74okens',
  ])('%s is the door by RFC 3986, and nothing but its body asks for anything', async (path) => {
    const world = await createWorld();
    const reply = await world.request(ORIGIN + path, { method: 'POST', headers: await bearer(world) });
    expect([reply.status, reply.body.rule, reply.body.expires_in]).toEqual([201, 'ci-metrics', 900]);
    expect(world.events).toHaveLength(1);
  });

  test('that does not exist is not repeated in the answer', async () => {
    const world = await createWorld();
    const reply = await world.request('/v1/<script>alert(1)</script>');
    expect(reply.status).toBe(404);
    expect(reply.text).not.toContain('script');
  });
});

describe('a method', () => {
  test.each([
    'PUT',
    'PATCH',
    'OPTIONS',
    'PROPFIND',
    'VEND',
  ])('%s is refused at the door, which says what it takes', async (method) => {
    const world = await createWorld();
    const reply = await world.request('/v1/tokens', { method, headers: await bearer(world) });
    expectRefusal(world, reply, 405, 'method_not_allowed');
    expect(reply.headers.get('allow')!.split(', ')).toContain('POST');
    expect(world.calls).toEqual([]);
  });

  test('is not changed by a header or the query', async () => {
    const world = await createWorld();
    const headers = { ...(await bearer(world)), 'x-http-method-override': 'PUT', 'x-method-override': 'PUT' };
    expect((await world.request('/v1/tokens?_method=PUT', { method: 'POST', headers })).status).toBe(201);
    const override = { 'x-http-method-override': 'POST' };
    const reply = await world.request('/v1/tokens', { method: 'PUT', headers: { ...headers, ...override } });
    expect(reply.status).toBe(405);
  });
});

describe('every answer', () => {
  const answers: [string, number, (world: World) => ReturnType<World['request']>][] = [
    ['a vend', 201, async (world) => world.vend(await world.ciToken())],
    ['a refusal', 401, (world) => world.vend('a.b.c')],
    ['a refused method', 405, (world) => world.request('/v1/tokens', { method: 'PUT' })],
    ['a body that is too large', 413, async (world) => world.vend(await world.ciToken(), 'x'.repeat(20_000))],
    ['a path that does not exist', 404, (world) => world.request('/nothing')],
    ['the health check', 200, (world) => world.request('/healthz')],
  ];

  test.each(answers)('to %s carries an id of its own and may not be kept', async (_, status, ask) => {
    const world = await createWorld();
    const replies = [await ask(world), await ask(world)];
    const ids = replies.map(({ headers }) => headers.get('x-request-id')!);
    for (const [index, reply] of replies.entries()) {
      expect(reply.status).toBe(status);
      expect(ids[index]).toMatch(ULID);
      expect(reply.headers.get('cache-control')).toBe('no-store');
      expect(reply.headers.get('x-content-type-options')).toBe('nosniff');
      expect(reply.headers.get('access-control-allow-origin')).toBeNull();
      expect(reply.headers.get('set-cookie')).toBeNull();
    }
    expect(ids[0]).not.toBe(ids[1]);
  });

  test("carries our id and not the caller's, and so does the event", async () => {
    const world = await createWorld();
    const theirs = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
    const headers = { ...(await bearer(world)), 'x-request-id': theirs, 'x-correlation-id': theirs };
    const reply = await world.request('/v1/tokens', { method: 'POST', headers });
    expect(reply.headers.get('x-request-id')).not.toBe(theirs);
    expect(JSON.stringify([world.events, reply.body])).not.toContain(theirs);
  });

  test('of 401 says how to authenticate, with an error only when there was a credential', async () => {
    const world = await createWorld();
    const missing = await world.request('/v1/tokens', { method: 'POST' });
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm="influx-sts"');
    const invalid = await world.vend('a.b.c');
    expect(invalid.headers.get('www-authenticate')).toMatch(/^Bearer realm="influx-sts", error="invalid_token"/);
  });

  test('of 503 says when to ask again, and one that is final does not', async () => {
    const world = await createWorld();
    world.github.answer.jwks = () => new Response(null, { status: 500 });
    const later = await world.vend(await world.ciToken());
    expect([later.status, later.headers.get('retry-after')]).toEqual([503, '10']);
    const never = await world.vend('a.b.c');
    expect([never.status, never.headers.get('retry-after')]).toEqual([401, null]);
  });

  test('to a forged token is the same whatever it asks for', async () => {
    const world = await createWorld();
    const [header, payload] = (await world.ciToken()).split('.');
    const forged = `${header}.${payload}.${'A'.repeat(342)}`;
    const asks = [undefined, { permissions: ['db:ci_metrics:write'] }, { rule: 'ci-metrics' }, { rule: 'no-such' }];
    const bodies: unknown[] = [];
    for (const ask of asks) {
      const { request_id: _id, ...rest } = (await world.vend(forged, ask)).body;
      bodies.push(rest);
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
    expect(bodies[0]).toMatchObject({ reason: 'signature_invalid' });
  });
});

describe('the health check', () => {
  test('says that the service runs and nothing else, and asks nobody', async () => {
    const world = await createWorld();
    const reply = await world.request('/healthz', { headers: await bearer(world) });
    expect([reply.status, reply.body]).toEqual([200, { status: 'ok' }]);
    expect([world.calls, world.events]).toEqual([[], []]);
  });

  test('takes no other method', async () => {
    const world = await createWorld();
    const reply = await world.request('/healthz', { method: 'POST' });
    expect([reply.status, reply.body.reason]).toEqual([405, 'method_not_allowed']);
    expect(reply.headers.get('allow')).toBe('GET');
  });
});
