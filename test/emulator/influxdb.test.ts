// Behaviour that only the emulator can show: time that a test moves, versions, editions, the record of requests and the switches for what
// is not known about the real server. The wire contract itself is stated in the contract tests.
import { describe, expect, it } from 'vitest';
import { createInfluxEmulator, type InfluxEmulatorOptions } from './influxdb.ts';
import { createCaller, type Permission } from './influxdb-caller.ts';

const ORIGIN = 'http://influxdb.test';
const START = Date.parse('2026-05-08T02:37:49.675Z');
const FORBIDDEN = '{"error": "unauthorized to perform requested action with the token"}';

const db = (names: string[], actions: string[]): Permission => ({
  resource_type: 'db',
  resource_names: names,
  actions,
});

function setUp(options: InfluxEmulatorOptions = {}) {
  const clock = { now: START };
  const emulator = createInfluxEmulator({ now: () => clock.now, databases: ['a', 'b'], ...options });
  const influx = createCaller(emulator.fetch, ORIGIN, emulator.adminToken);
  async function mint(permissions: Permission[], expirySecs: number | null = 60, name = 'minted'): Promise<string> {
    return JSON.parse((await influx.create(name, permissions, expirySecs)).text).token;
  }
  return { clock, emulator, influx, mint };
}

describe('time', () => {
  it('refuses a token exactly at its expiry and not a millisecond before', async () => {
    const { clock, influx, mint } = setUp();
    const token = await mint([db(['a'], ['write'])], 60);
    clock.now = START + 59_999;
    expect((await influx.writeV3(token, 'a', 'm v=1')).status).toBe(204);
    clock.now = START + 60_000;
    expect((await influx.writeV3(token, 'a', 'm v=1')).status).toBe(401);
  });

  it('prints timestamps with three fraction digits, or with none when the milliseconds are zero', async () => {
    const { clock, influx } = setUp();
    const withFraction = JSON.parse((await influx.create('one', [], 1)).text);
    clock.now = Date.parse('2026-05-08T02:37:49.000Z');
    const without = JSON.parse((await influx.create('two', [], 1)).text);
    expect([withFraction.created_at, withFraction.expiry]).toEqual([
      '2026-05-08T02:37:49.675Z',
      '2026-05-08T02:37:50.675Z',
    ]);
    expect([without.created_at, without.expiry]).toEqual(['2026-05-08T02:37:49Z', '2026-05-08T02:37:50Z']);
  });

  it('never frees the name of an expired token by itself', async () => {
    const { clock, influx, emulator, mint } = setUp();
    await mint([], 60);
    clock.now = START + 1e12;
    expect((await influx.create('minted', [], 60)).status).toBe(409);
    expect(emulator.tokens()).toHaveLength(1);
  });

  it('makes a token that never expires when the expiry is beyond all time', async () => {
    const { influx } = setUp();
    const json = `{"token_name":"x","permissions":[],"expiry_secs":${2n ** 64n - 1n}}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await influx.asAdmin('POST', '/api/v3/enterprise/configure/token', { body: json, headers });
    expect([answer.status, JSON.parse(answer.text).expiry]).toEqual([201, null]);
  });

  it('prints a year after 9999 as the server does', async () => {
    const { influx } = setUp();
    const { expiry } = JSON.parse((await influx.create('x', [], 400_000_000_000)).text);
    expect(expiry).toBe('+14701-11-05T17:44:29.675Z');
  });
});

describe('a version', () => {
  const ids = async (version: string) => {
    const { influx, emulator } = setUp({ version });
    await influx.create('bad', [db(['ghost'], ['read'])], 60);
    await influx.create('good', [], 60);
    return emulator.tokens().map(({ id }) => id);
  };

  it('spends no id on a failed creation since 3.10', async () => {
    expect(await ids('3.10.0')).toEqual([1]);
  });

  it('spends an id on a failed creation before 3.10', async () => {
    expect(await ids('3.9.9')).toEqual([2]);
  });

  it('breaks the connection before 3.10 when the expiry is beyond all time', async () => {
    const { influx } = setUp({ version: '3.9.0' });
    await expect(influx.create('x', [], Number.MAX_SAFE_INTEGER)).rejects.toThrow(TypeError);
  });

  it('knows the system resource ready since 3.10', async () => {
    const ready = { resource_type: 'system', resource_names: ['ready'], actions: ['read'] };
    expect((await setUp({ version: '3.9.0' }).influx.create('x', [ready], 60)).status).toBe(500);
    expect((await setUp({ version: '3.10.0' }).influx.create('x', [ready], 60)).status).toBe(201);
  });
});

describe('an answer', () => {
  it('to a creation has the content type that the server really sends', async () => {
    expect((await setUp().influx.create('x', [], 60)).headers.get('content-type')).toBe('json');
  });

  it('never comes to a request that was given up before', async () => {
    const { emulator, influx } = setUp();
    const reason = new Error('given up');
    await expect(influx.create('x', [], 60, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(emulator.requests).toEqual([]);
  });
});

describe('the switches', () => {
  it('make every 403 of the v3 endpoints JSON, or none', async () => {
    for (const [forbiddenBody, expected] of [
      ['json', [FORBIDDEN, FORBIDDEN]],
      ['empty', ['', '']],
      [undefined, [FORBIDDEN, '']],
    ] as const) {
      const { influx, mint } = setUp(forbiddenBody === undefined ? {} : { forbiddenBody });
      const token = await mint([]);
      const routed = await influx.call('GET', '/health', { token });
      const handled = await influx.writeV3(token, 'a', 'm v=1');
      expect([routed.status, handled.status]).toEqual([403, 403]);
      expect([routed.text, handled.text]).toEqual(expected);
    }
  });

  it('list permissions as a JSON array or plainly', async () => {
    const listed = async (permissionsListing: 'json' | 'plain') => {
      const { emulator, influx, mint } = setUp({ permissionsListing });
      await mint([db(['a'], ['write', 'read'])]);
      const q = 'SELECT permissions FROM system.tokens ORDER BY token_id';
      return JSON.parse((await influx.query(emulator.adminToken, '_internal', q)).text);
    };
    expect(await listed('json')).toEqual([{ permissions: '["*:*:*"]' }, { permissions: '["db:a:read,write"]' }]);
    expect(await listed('plain')).toEqual([{ permissions: '*:*:*' }, { permissions: 'db:a:read,write' }]);
  });

  it('open the probes that are named, and only those', async () => {
    const { influx } = setUp({ disableAuthz: ['health'] });
    expect((await influx.call('GET', '/health')).status).toBe(200);
    expect((await influx.call('GET', '/api/v1/health')).status).toBe(200);
    expect((await influx.call('GET', '/ping')).status).toBe(401);
  });

  it('make a Core server, which has no resource tokens', async () => {
    const { influx } = setUp({ edition: 'core' });
    const answer = await influx.create('x', [], 60);
    expect([answer.status, answer.text]).toEqual([404, 'Not found']);
    const ping = await influx.asAdmin('GET', '/ping');
    expect(ping.headers.get('x-influxdb-build')).toBe('Core');
    expect(JSON.parse(ping.text).product_name).toBe('InfluxDB 3 Core');
    expect((await influx.asAdmin('GET', '/ready')).status).toBe(404);
  });

  it('set the admin token', async () => {
    const { influx } = setUp({ adminToken: 'apiv3_chosen' });
    expect((await influx.call('GET', '/ping', { token: 'apiv3_chosen' })).status).toBe(200);
  });
});

describe('the record', () => {
  it('holds every request in order, and counts creations whatever became of them', async () => {
    const { emulator, influx } = setUp();
    await influx.create('x', [], 60);
    await influx.create('x', [], 60);
    await influx.call('POST', '/api/v3/enterprise/configure/token');
    await influx.delete('x');
    expect(emulator.creates()).toBe(3);
    expect(emulator.requests.map(({ method, path, at, status }) => [method, path, at, status])).toEqual([
      ['POST', '/api/v3/enterprise/configure/token', START, 201],
      ['POST', '/api/v3/enterprise/configure/token', START, 409],
      ['POST', '/api/v3/enterprise/configure/token', START, 401],
      ['DELETE', '/api/v3/configure/token?token_name=x', START, 200],
    ]);
  });

  it('holds the lines written to a database', async () => {
    const { emulator, influx } = setUp();
    await influx.writeV2(emulator.adminToken, 'a', 'm v=1 1\n# a comment\nm v=2 2\n');
    expect(emulator.points('a')).toEqual(['m v=1 1', 'm v=2 2']);
    expect(emulator.points('unknown')).toEqual([]);
  });

  it('keeps what was written under a retention policy of version 1 apart', async () => {
    const { emulator, influx } = setUp();
    await influx.asAdmin('POST', '/write?db=a&rp=weekly', { body: 'm v=1' });
    await influx.asAdmin('POST', '/write?db=a&rp=autogen', { body: 'm v=2' });
    expect([emulator.points('a/weekly'), emulator.points('a')]).toEqual([['m v=1'], ['m v=2']]);
  });

  it('shows a dropped database under its new name, to which nothing can be written', async () => {
    const { emulator, influx, mint } = setUp();
    const token = await mint([db(['a'], ['write'])]);
    emulator.dropDatabase('a');
    emulator.createDatabase('a');
    expect(emulator.tokens()[0]!.permissions).toEqual(['db:a-20260508T023749:write']);
    expect((await influx.writeV3(token, 'a', 'm v=1')).status).toBe(403);
    const answer = await influx.writeV3(token, 'a-20260508T023749', 'm v=1');
    expect([answer.status, answer.text]).toEqual([
      400,
      `{"error":"cannot write to soft-deleted database 'a-20260508T023749' - it is marked for deletion"}`,
    ]);
  });
});
