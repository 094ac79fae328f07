// The wire contract of InfluxDB 3 Enterprise for who may do what: authentication, authorization by database, databases
// and probes. The bodies of refusals are compared literally wherever they are known.
import { describe, expect, it } from 'vitest';
import { db, describeContract } from './influxdb-contract-suite.ts';

const UNAUTHENTICATED = '{"error": "the request was not authenticated"}';

describeContract('access', (suite) => {
  describe('authentication', () => {
    it.each([
      ['no token', {}],
      ['an unknown token', { authorization: 'Bearer apiv3_unknown' }],
    ])('answers 401 to %s, without a challenge and without a content type', async (_case, headers) => {
      const answer = await suite.influx.call('GET', '/api/v3/configure/database?format=json', { headers });
      expect([answer.status, answer.text]).toEqual([401, UNAUTHENTICATED]);
      expect(answer.headers.get('www-authenticate')).toBeNull();
      expect(answer.headers.get('content-type')).toBeNull();
    });

    it('answers the same 401 to a token that was born expired', async () => {
      const token = await suite.mint([db([suite.alpha], ['write'])], 0);
      const answer = await suite.influx.writeV3(token, suite.alpha, 'm v=1');
      expect([answer.status, answer.text]).toEqual([401, UNAUTHENTICATED]);
    });

    it('accepts the schemes Bearer, Token and Basic', async () => {
      const basic = Buffer.from(`anyone:${suite.adminToken}`).toString('base64');
      for (const authorization of [`Bearer ${suite.adminToken}`, `Token ${suite.adminToken}`, `Basic ${basic}`]) {
        expect((await suite.influx.call('GET', '/ping', { headers: { authorization } })).status).toBe(200);
      }
    });

    it('takes a token from the query string of /write, before the header', async () => {
      const token = await suite.mint([db([suite.alpha], ['write'])]);
      const path = `/write?db=${suite.alpha}&u=anyone&p=${token}`;
      const answer = await suite.influx.call('POST', path, { body: 'm v=1', token: 'apiv3_wrong' });
      expect(answer.status).toBe(204);
    });

    it.each([
      ['bearer apiv3_x'],
      ['Digest apiv3_x'],
      ['Bearer'],
      ['Bearer apiv3_x y'],
      ['Basic !!!!'],
      ['Basic YTphcGl2M194eA'],
      [`Basic ${Buffer.from('a:b:c').toString('base64')}`],
    ])('answers 400 to the malformed header "%s"', async (authorization) => {
      const answer = await suite.influx.call('GET', '/ping', { headers: { authorization } });
      expect(answer.status).toBe(400);
      expect(answer.text).toBe(
        `{"error": "Authorization header was malformed, the request was not in the form of 'Authorization: <auth-scheme> <token>', supported auth-schemes are Bearer, Token and Basic"}`,
      );
    });

    it('comes before routing', async () => {
      expect((await suite.influx.call('GET', '/nowhere')).status).toBe(401);
      const answer = await suite.influx.asAdmin('GET', '/nowhere');
      expect([answer.status, answer.text]).toEqual([404, 'Not found']);
      expect((await suite.influx.asAdmin('POST', '/api/v3/configure/token')).status).toBe(404);
    });

    it('is not needed for a preflight request', async () => {
      const answer = await suite.influx.call('OPTIONS', '/api/v3/write_lp');
      expect(answer.status).toBe(204);
      expect(answer.headers.get('access-control-allow-methods')).toBe('*');
    });
  });

  describe('authorization', () => {
    it('lets a token do on its database what it names, and nothing else', async () => {
      const token = await suite.mint([db([suite.alpha], ['write'])]);
      expect((await suite.influx.writeV3(token, suite.alpha, 'm v=1')).status).toBe(204);
      expect((await suite.influx.query(token, suite.alpha, 'SELECT * FROM m')).status).toBe(403);
      expect((await suite.influx.writeV3(token, suite.beta, 'm v=1')).status).toBe(403);
      expect(
        (await suite.influx.call('DELETE', `/api/v3/configure/database?db=${suite.alpha}`, { token })).status,
      ).toBe(403);
    });

    it('lets the exact database win over the wildcard, without a union', async () => {
      const token = await suite.mint([db(['*'], ['read']), db([suite.alpha], ['write'])]);
      expect((await suite.influx.query(token, suite.alpha, 'SELECT * FROM m')).status).toBe(403);
      expect((await suite.influx.query(token, suite.beta, 'SELECT * FROM nothing')).status).toBe(400);
    });

    it('unites entries for the same database', async () => {
      const token = await suite.mint([db([suite.alpha], ['read']), db([suite.alpha], ['write'])]);
      expect((await suite.influx.writeV3(token, suite.alpha, 'united v=1')).status).toBe(204);
      expect((await suite.influx.query(token, suite.alpha, 'SELECT * FROM united')).status).toBe(200);
    });

    it('does not give access to a database that was dropped and made anew', async () => {
      const name = await suite.newDatabase(`${suite.run}-again`);
      const token = await suite.mint([db([name], ['write'])]);
      expect((await suite.influx.writeV3(token, name, 'm v=1')).status).toBe(204);
      expect((await suite.influx.dropDatabase(name)).status).toBe(200);
      expect((await suite.influx.createDatabase(name)).status).toBe(200);
      expect((await suite.influx.writeV3(token, name, 'm v=1')).status).toBe(403);
    });

    it('lets only tokens with create on every database create one', async () => {
      const exact = await suite.mint([db([suite.alpha], ['create'])]);
      const every = await suite.mint([db(['*'], ['create'])]);
      const json = { db: `${suite.run}-created` };
      suite.dropLater(json.db);
      expect((await suite.influx.call('POST', '/api/v3/configure/database', { token: exact, json })).status).toBe(403);
      expect((await suite.influx.call('POST', '/api/v3/configure/database', { token: every, json })).status).toBe(200);
    });

    it('lets a token with delete drop its database', async () => {
      const name = await suite.newDatabase(`${suite.run}-deletable`);
      const token = await suite.mint([db([name], ['delete'])]);
      const answer = await suite.influx.call('DELETE', `/api/v3/configure/database?db=${name}`, { token });
      expect([answer.status, answer.text]).toEqual([200, '']);
    });

    it('lets only tokens for every database write to one that does not exist', async () => {
      const missing = `${suite.run}-missing`;
      const exact = await suite.mint([db([suite.alpha], ['write', 'create'])]);
      expect((await suite.influx.writeV3(exact, missing, 'm v=1')).status).toBe(403);
      const every = await suite.mint([db(['*'], ['write', 'create'])]);
      suite.dropLater(missing);
      expect((await suite.influx.writeV3(every, missing, 'm v=1')).status).toBe(204);
    });
  });

  describe('databases', () => {
    it('are listed, with _internal', async () => {
      const answer = await suite.influx.asAdmin('GET', '/api/v3/configure/database?format=json');
      expect(JSON.parse(answer.text)).toEqual(
        expect.arrayContaining([{ 'iox::database': '_internal' }, { 'iox::database': suite.alpha }]),
      );
    });

    it('are no longer listed or queried once they are dropped', async () => {
      const name = await suite.newDatabase(`${suite.run}-dropped`);
      expect((await suite.influx.dropDatabase(name)).status).toBe(200);
      const listed = await suite.influx.asAdmin('GET', '/api/v3/configure/database?format=json');
      expect(listed.text).not.toContain(name);
      expect((await suite.influx.query(suite.adminToken, name, 'SELECT * FROM m')).status).toBe(404);
    });

    it('cannot be created twice', async () => {
      const answer = await suite.influx.createDatabase(suite.alpha);
      expect([answer.status, answer.text]).toEqual([409, 'attempted to create a resource that already exists']);
    });

    it('cannot be dropped when they do not exist or are internal', async () => {
      expect((await suite.influx.dropDatabase(`${suite.run}-unknown`)).status).toBe(404);
      const answer = await suite.influx.dropDatabase('_internal');
      expect([answer.status, answer.text]).toEqual([500, 'cannot delete internal db']);
    });

    it('are 404 to a query when they do not exist', async () => {
      const answer = await suite.influx.query(suite.adminToken, `${suite.run}-unknown`, 'SELECT * FROM m');
      expect([answer.status, answer.text]).toEqual([
        404,
        `{"error":"query error: database not found: ${suite.run}-unknown"}`,
      ]);
    });
  });

  describe('probes', () => {
    it.each([['/health'], ['/ping'], ['/metrics'], ['/ready']])('%s needs a token', async (path) => {
      expect((await suite.influx.call('GET', path)).status).toBe(401);
      expect((await suite.influx.asAdmin('GET', path)).status).toBe(200);
    });

    it('lets a token with the permission read the health and nothing else', async () => {
      const token = await suite.mint([{ resource_type: 'system', resource_names: [' Health '], actions: ['read'] }]);
      const answer = await suite.influx.call('GET', '/health', { token });
      expect([answer.status, answer.text]).toEqual([200, 'OK']);
      expect((await suite.influx.call('GET', '/ping', { token })).status).toBe(403);
    });

    it('reports product and version on /ping', async () => {
      const answer = await suite.influx.asAdmin('GET', '/ping');
      const version = answer.headers.get('x-influxdb-version');
      expect(answer.headers.get('x-influxdb-build')).toBe('Enterprise');
      expect(JSON.parse(answer.text)).toMatchObject({ product_name: 'InfluxDB 3 Enterprise', version });
      expect((await suite.influx.asAdmin('HEAD', '/ping')).status).toBe(404);
    });
  });

  it('puts the same cluster uuid on every answer and allows other origins only on success', async () => {
    const [success, failure] = [await suite.influx.asAdmin('GET', '/ping'), await suite.influx.call('GET', '/ping')];
    expect(success.headers.get('cluster-uuid')).toMatch(/^[0-9a-f-]{36}$/);
    expect(failure.headers.get('cluster-uuid')).toBe(success.headers.get('cluster-uuid'));
    expect(success.headers.get('access-control-allow-origin')).toBe('*');
    expect(failure.headers.get('access-control-allow-origin')).toBeNull();
  });
});
