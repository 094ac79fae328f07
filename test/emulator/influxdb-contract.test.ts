// The wire contract of InfluxDB 3 Enterprise for creating, deleting and listing tokens, in the words of the server:
// statuses, bodies and their quirks. What the tokens are good for is stated elsewhere.
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { db, describeContract, FORBIDDEN_BODIES, hasRealServer } from './influxdb-contract-suite.ts';

if (!hasRealServer) {
  console.log(
    'INFLUXDB3_URL and INFLUXDB3_ADMIN_TOKEN are not set: the contract is checked against the emulator only.',
  );
}

const readAll = db(['*'], ['read']);

describeContract('the token endpoints', (suite) => {
  describe('creating a token', () => {
    it('answers 201 with id, name, token, hash, creation and expiry, and nothing else', async () => {
      const name = suite.tokenName();
      const answer = await suite.influx.create(name, [db([suite.alpha], ['read', 'write'])], 600);
      const body = JSON.parse(answer.text);
      expect(answer.status).toBe(201);
      expect(Object.keys(body)).toEqual(['id', 'name', 'token', 'hash', 'created_at', 'expiry']);
      expect(body.name).toBe(name);
      expect(body.token).toMatch(/^apiv3_[A-Za-z0-9_-]{85}[AQgw]$/);
      expect(body.hash).toBe(createHash('sha512').update(body.token).digest('hex'));
      expect(body.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
      expect(Date.parse(body.expiry) - Date.parse(body.created_at)).toBe(600_000);
    });

    it('gives increasing ids', async () => {
      const first = JSON.parse((await suite.influx.create(suite.tokenName(), [readAll], 60)).text).id;
      const second = JSON.parse((await suite.influx.create(suite.tokenName(), [readAll], 60)).text).id;
      expect(second).toBeGreaterThan(first);
    });

    it.each([[undefined], [null]])('makes a token that never expires when expiry_secs is %s', async (expirySecs) => {
      const answer = await suite.influx.create(suite.tokenName(), [readAll], expirySecs);
      expect(JSON.parse(answer.text).expiry).toBeNull();
    });

    it('ignores unknown members', async () => {
      const json = { token_name: suite.tokenName(), permissions: [readAll], expiry_secs: 60, type: 'resource' };
      const answer = await suite.influx.asAdmin('POST', '/api/v3/enterprise/configure/token', { json });
      expect(answer.status).toBe(201);
    });

    it('answers 409 when the name is taken, and also when its token has expired', async () => {
      const [living, expired] = [suite.tokenName(), suite.tokenName()];
      await suite.influx.create(living, [readAll], 600);
      await suite.influx.create(expired, [readAll], 0);
      for (const name of [living, expired]) {
        const answer = await suite.influx.create(name, [readAll], 600);
        expect([answer.status, answer.text]).toEqual([409, `token name already exists, ${name}`]);
      }
    });

    it.each([
      ['an unknown database', db(['no-such-database'], ['read']), 'invalid resource name no-such-database'],
      ['a wildcard next to a name', db(['*', 'x'], ['read']), 'mixed wildcard (*) and resource name'],
      ['an unknown resource type', { ...db(['*'], ['read']), resource_type: 'foo' }, 'resource type not supported foo'],
      [
        'the type of admin tokens',
        { ...db(['*'], ['read']), resource_type: '*' },
        '* resource type can only be set for admin token',
      ],
      ['an unknown action', db(['*'], ['drop']), 'action not supported, database action drop'],
      [
        'an unknown system resource',
        { resource_type: 'system', resource_names: ['foo'], actions: ['read'] },
        'invalid resource name foo',
      ],
      [
        'an action that system resources do not have',
        { resource_type: 'system', resource_names: ['health'], actions: ['write'] },
        'action not supported, system action write',
      ],
    ])('answers 500 for %s', async (_case, permission, reason) => {
      const answer = await suite.influx.create(suite.tokenName(), [permission], 60);
      expect([answer.status, answer.text]).toEqual([500, `cannot parse token permission, ${reason}`]);
    });

    it('looks at the permissions before the name in the new catalog and after it in the old one', async () => {
      const name = suite.tokenName();
      await suite.influx.create(name, [readAll], 60);
      const answer = await suite.influx.create(name, [db(['*'], ['drop'])], 60);
      expect(answer.status).toBe(suite.version.catalogV3 ? 500 : 409);
    });

    it('lets a repeated wildcard pass in the new catalog only', async () => {
      const answer = await suite.influx.create(suite.tokenName(), [db(['*', '*'], ['read'])], 60);
      expect(answer.status).toBe(suite.version.catalogV3 ? 201 : 500);
    });

    it.each([
      ['an empty body', '', /^serde json error: EOF while parsing a value at line 1 column 0$/],
      ['a missing member', '{"token_name":"x"}', /^serde json error: missing field `permissions` at line 1 column 18$/],
      ['text that is not JSON', '{nope}', /^serde json error: /],
      [
        'permissions in the form of strings',
        '{"token_name":"x","permissions":["db:a:read"]}',
        /^serde json error: invalid type: string "db:a:read", expected struct PermissionDetailsApi/,
      ],
      [
        'a negative expiry',
        '{"token_name":"x","permissions":[],"expiry_secs":-5}',
        /^serde json error: invalid value: integer `-5`, expected u64/,
      ],
      [
        'a fractional expiry',
        '{"token_name":"x","permissions":[],"expiry_secs":1.5}',
        /^serde json error: invalid type: floating point `1.5`, expected u64/,
      ],
    ])('answers 400 for %s', async (_case, body, message) => {
      const headers = { 'content-type': 'application/json; charset=utf-8' };
      const answer = await suite.influx.asAdmin('POST', '/api/v3/enterprise/configure/token', { body, headers });
      expect(answer.status).toBe(400);
      expect(answer.text).toMatch(message);
      expect(answer.headers.get('content-type')).toBeNull();
    });

    it.each([[{}], [{ 'content-type': 'text/plain' }]])('answers 415 with the headers %j', async (headers) => {
      const answer = await suite.influx.asAdmin('POST', '/api/v3/enterprise/configure/token', { body: '{}', headers });
      expect([answer.status, answer.text]).toEqual([415, 'unacceptable content-type, expected: application/json']);
    });

    it('refuses tokens that are not admin tokens with 403', async () => {
      const token = await suite.mint([db(['*'], ['read', 'write'])]);
      const json = { token_name: suite.tokenName(), permissions: [readAll] };
      const answer = await suite.influx.call('POST', '/api/v3/enterprise/configure/token', { token, json });
      expect(answer.status).toBe(403);
      expect(FORBIDDEN_BODIES).toContain(answer.text);
    });
  });

  describe('deleting a token', () => {
    it('answers 200 with nothing, after which the token is refused and the name is free', async () => {
      const name = suite.tokenName();
      const { token } = JSON.parse((await suite.influx.create(name, [db([suite.alpha], ['write'])], 600)).text);
      expect((await suite.influx.writeV3(token, suite.alpha, 'm v=1')).status).toBe(204);
      const answer = await suite.influx.delete(name);
      expect([answer.status, answer.text]).toEqual([200, '']);
      expect((await suite.influx.writeV3(token, suite.alpha, 'm v=1')).status).toBe(401);
      expect((await suite.influx.create(name, [readAll], 60)).status).toBe(201);
    });

    it('answers 404 for an unknown name', async () => {
      const answer = await suite.influx.delete(`${suite.run}.unknown`);
      expect([answer.status, answer.text]).toEqual([404, `the requested resource was not found: ${suite.run}.unknown`]);
    });

    it('answers 400 without a name', async () => {
      const answer = await suite.influx.asAdmin('DELETE', '/api/v3/configure/token');
      expect([answer.status, answer.text]).toEqual([400, 'serde error: missing field `token_name`']);
    });

    it('answers 405 for the operator token', async () => {
      const answer = await suite.influx.delete('_admin');
      expect([answer.status, answer.text]).toEqual([405, 'cannot delete operator token']);
    });

    it('refuses tokens that are not admin tokens with 403', async () => {
      const token = await suite.mint([db(['*'], ['delete'])]);
      const answer = await suite.influx.call('DELETE', `/api/v3/configure/token?token_name=${suite.tokenName()}`, {
        token,
      });
      expect(answer.status).toBe(403);
    });
  });

  describe('listing tokens', () => {
    it('selects by name, with timestamps without a zone and without null columns', async () => {
      const name = suite.tokenName();
      const made = JSON.parse((await suite.influx.create(name, [db([suite.alpha], ['read'])], 600)).text);
      const answer = await suite.influx.query(
        suite.adminToken,
        '_internal',
        'SELECT token_id, name, expiry, description FROM system.tokens WHERE name = $name',
        { name },
      );
      expect(answer.headers.get('content-type')).toBe('application/json');
      expect(JSON.parse(answer.text)).toEqual([{ token_id: made.id, name, expiry: made.expiry.slice(0, -1) }]);
    });

    it('shows the permissions and the first nine digits of the hash', async () => {
      const name = suite.tokenName();
      const made = JSON.parse((await suite.influx.create(name, [db([suite.alpha], ['write', 'read'])], 600)).text);
      const q = `SELECT hash, permissions FROM system.tokens WHERE name = '${name}'`;
      const [row] = JSON.parse((await suite.influx.query(suite.adminToken, '_internal', q)).text);
      expect(row.hash).toBe(made.hash.slice(0, 9));
      expect(row.permissions.replace(/^\["|"\]$/g, '')).toBe(`db:${suite.alpha}:read,write`);
    });

    it('keeps expired tokens', async () => {
      const name = suite.tokenName();
      await suite.influx.create(name, [readAll], 0);
      const q = 'SELECT name FROM system.tokens WHERE name = $name AND expiry <= now()';
      const answer = await suite.influx.query(suite.adminToken, '_internal', q, { name });
      expect(JSON.parse(answer.text)).toEqual([{ name }]);
    });

    it('answers an empty array when nothing matches', async () => {
      const q = "SELECT name FROM system.tokens WHERE name = 'nobody-has-this-name'";
      expect((await suite.influx.query(suite.adminToken, '_internal', q)).text).toBe('[]');
    });

    it('refuses tokens that are not admin tokens, even one that may read every database', async () => {
      const token = await suite.mint([db(['*'], ['read'])]);
      expect((await suite.influx.query(token, '_internal', 'SELECT name FROM system.tokens')).status).toBe(403);
    });
  });
});
