// The SQL subset: what selects which tokens and points, and what is refused instead of being guessed.
import { describe, expect, it } from 'vitest';
import { createInfluxEmulator } from './influxdb.ts';
import { createCaller } from './influxdb-caller.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');

async function setUp() {
  const clock = { now: START };
  const emulator = createInfluxEmulator({ now: () => clock.now, databases: ['a'] });
  const influx = createCaller(emulator.fetch, 'http://influxdb.test', emulator.adminToken);
  await influx.create('sts.a', [], 10);
  await influx.create('sts.b', [], 20);
  await influx.create('sts_c', [], null);
  await influx.create("o'brien", [], 30);
  const query = (q: string, params?: Record<string, unknown>, db = '_internal') =>
    influx.query(emulator.adminToken, db, q, params);
  async function names(where: string, params?: Record<string, unknown>): Promise<string[]> {
    const answer = await query(`SELECT name FROM system.tokens WHERE name <> 'preset-admin' AND (${where})`, params);
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text).map(({ name }: { name: string }) => name);
  }
  return { clock, emulator, influx, query, names };
}

describe('a condition', () => {
  it.each([
    ["name = 'sts.a'", ['sts.a']],
    ["name = 'o''brien'", ["o'brien"]],
    ["name != 'sts.a' AND name <> 'sts.b' AND NOT name = 'sts_c'", ["o'brien"]],
    ["name LIKE 'sts.%'", ['sts.a', 'sts.b']],
    ["name LIKE 'sts_b'", ['sts.b']],
    ["name LIKE 'sts\\_%'", ['sts_c']],
    ["name NOT LIKE 'sts%'", ["o'brien"]],
    ["starts_with(name, 'sts.')", ['sts.a', 'sts.b']],
    ["name IN ('sts.b', 'sts_c')", ['sts.b', 'sts_c']],
    ["name NOT IN ('sts.b', 'sts_c')", ['sts.a', "o'brien"]],
    ["name > 'sts.a'", ['sts.b', 'sts_c']],
    ['token_id >= 2 AND token_id < 4', ['sts.b', 'sts_c']],
    ["name = 'sts.a' OR name = 'sts.b' AND token_id = 99", ['sts.a']],
    ["(name = 'sts.a' OR name = 'sts.b') AND token_id = 2", ['sts.b']],
    ['expiry IS NULL', ['sts_c']],
    ['expiry IS NOT NULL', ['sts.a', 'sts.b', "o'brien"]],
    ["expiry < '2026-01-01T00:00:20'", ['sts.a']],
    ["expiry <= '2026-01-01 00:00:20.000Z'", ['sts.a', 'sts.b']],
    ['expiry < to_timestamp_millis(1767225620000)', ['sts.a']],
    ["NOT expiry < '2026-01-01T00:00:20'", ['sts.b', "o'brien"]],
  ])('%s', async (where, expected) => {
    const { names } = await setUp();
    expect(await names(where)).toEqual(expected);
  });

  it('compares with the time of the server', async () => {
    const { clock, names } = await setUp();
    clock.now = START + 10_001;
    expect(await names('expiry < now()')).toEqual(['sts.a']);
  });

  it('takes parameters, which are never read as SQL', async () => {
    const { names } = await setUp();
    expect(await names('name = $name', { name: "o'brien" })).toEqual(["o'brien"]);
    expect(await names('starts_with(name, $prefix)', { prefix: 'sts.' })).toEqual(['sts.a', 'sts.b']);
    expect(await names('name > $after', { after: 'sts.a' })).toEqual(['sts.b', 'sts_c']);
    expect(await names('expiry < $t', { t: '2026-01-01T00:00:20Z' })).toEqual(['sts.a']);
    expect(await names('token_id = $id', { id: 2 })).toEqual(['sts.b']);
    expect(await names('name = $name', { name: "x' OR 'a' = 'a" })).toEqual([]);
  });
});

describe('a result', () => {
  it('is sorted, with nulls as the largest values, and limited', async () => {
    const { query } = await setUp();
    const ordered = async (rest: string) => {
      const answer = await query(`SELECT name FROM system.tokens WHERE token_id > 0 ${rest}`);
      return JSON.parse(answer.text).map(({ name }: { name: string }) => name);
    };
    expect(await ordered('ORDER BY expiry, name')).toEqual(['sts.a', 'sts.b', "o'brien", 'sts_c']);
    expect(await ordered('ORDER BY expiry DESC LIMIT 2')).toEqual(['sts_c', "o'brien"]);
    expect(await ordered('order by name asc limit 1;')).toEqual(["o'brien"]);
    expect(await ordered('ORDER BY expiry NULLS FIRST LIMIT 1')).toEqual(['sts_c']);
  });

  it('comes in an order of chance with random(), each row once', async () => {
    const { query } = await setUp();
    const firsts = new Set<string>();
    for (let attempt = 0; attempt < 100; attempt++) {
      const answer = await query('SELECT name FROM system.tokens WHERE token_id > 0 ORDER BY random()');
      const names: string[] = JSON.parse(answer.text).map(({ name }: { name: string }) => name);
      expect(names.toSorted()).toEqual(["o'brien", 'sts.a', 'sts.b', 'sts_c']);
      firsts.add(names[0]!);
    }
    expect(firsts.size).toBe(4);
  });

  it('can be a count', async () => {
    const { query } = await setUp();
    expect((await query('SELECT count(*) FROM system.tokens')).text).toBe('[{"count(*)":5}]');
    expect((await query('SELECT COUNT(*) AS n FROM system.tokens WHERE token_id > 99')).text).toBe('[{"n":0}]');
  });

  it('has every column with *, in the order of the table', async () => {
    const { influx, emulator } = await setUp();
    const json = { db: '_internal', q: "SELECT * FROM system.tokens WHERE name = 'sts.a'", format: 'csv' };
    const answer = await influx.asAdmin('POST', '/api/v3/query_sql', { json });
    const hash = emulator.tokens()[0]!.hash.slice(0, 9);
    expect(answer.headers.get('content-type')).toBe('text/csv');
    expect(answer.text).toBe(
      'token_id,name,hash,created_at,description,created_by_token_id,updated_at,updated_by_token_id,expiry,permissions\n' +
        `1,sts.a,${hash},2026-01-01T00:00:00,,,,,2026-01-01T00:00:10,[]\n`,
    );
  });

  it('comes in the format that the Accept header asks for when none is given', async () => {
    const { influx } = await setUp();
    const path = `/api/v3/query_sql?db=_internal&q=${encodeURIComponent('SELECT token_id FROM system.tokens LIMIT 2')}`;
    const lines = await influx.asAdmin('GET', path, { headers: { accept: 'application/jsonl' } });
    expect(lines.text).toBe('{"token_id":0}\n{"token_id":1}\n');
    const odd = await influx.asAdmin('GET', path, { headers: { accept: 'image/png' } });
    expect([odd.status, odd.text]).toEqual([400, 'invalid mime type (image/png)']);
  });

  it('can be asked for by GET with parameters', async () => {
    const { influx } = await setUp();
    const query = new URLSearchParams({
      db: '_internal',
      q: 'SELECT token_id FROM system.tokens WHERE name = $name',
      params: '{"name":"sts.b"}',
    });
    expect((await influx.asAdmin('GET', `/api/v3/query_sql?${query}`)).text).toBe('[{"token_id":2}]');
    const without = await influx.asAdmin('GET', '/api/v3/query_sql?db=_internal');
    expect([without.status, without.text]).toEqual([400, "missing query parameters 'db' and 'q'"]);
  });
});

describe('a table of a user', () => {
  it('has tags, typed fields and time, and merges writes of the same point', async () => {
    const { influx, emulator, query } = await setUp();
    const lines = [
      'Weather,city=Kyiv,at=1 t=1.5,n=9007199254740993i 2000000001',
      'Weather,at=1,city=Kyiv ok=true,t=2 2000000001',
      'Weather t=3,note="x" -1',
    ];
    await influx.writeV3(emulator.adminToken, 'a', lines.join('\n'), '&precision=ns');
    const answer = await query('SELECT * FROM "Weather" ORDER BY time LIMIT 5', {}, 'a');
    expect(answer.text).toBe(
      '[{"time":"1969-12-31T23:59:59.999999999","t":3.0,"note":"x"},' +
        '{"at":"1","city":"Kyiv","time":"1970-01-01T00:00:02.000000001","t":2.0,"n":9007199254740993,"ok":true}]',
    );
  });
});

it('SHOW TABLES lists the tables that were written to', async () => {
  const { influx, emulator, query } = await setUp();
  await influx.writeV3(emulator.adminToken, 'a', 'weather t=1\nair t=2\nweather t=3');
  const rows = JSON.parse((await query('show tables', {}, 'a')).text);
  expect(rows.map((row: Record<string, string>) => row.table_name)).toEqual(['air', 'weather']);
  expect(rows[0]).toMatchObject({ table_catalog: 'public', table_schema: 'iox', table_type: 'BASE TABLE' });
});

describe('what is not understood', () => {
  it.each([
    ['DELETE FROM system.tokens', /^SQL error: ParserError\("Expected: select, found: delete"\)$/],
    ['SELECT name FROM system.tokens JOIN x', /Expected: end of statement, found: join/],
    ['SELECT name FROM system.tokens WHERE name = "sts', /TokenizerError/],
    ['SELECT name FROM system.tokens LIMIT x', /Expected: a number of rows/],
    ['SELECT secret FROM system.tokens', /^Schema error: No field named secret/],
    ['SELECT name FROM system.tokens WHERE secret = 1', /^Schema error: No field named secret/],
    ['SELECT name FROM system.passwords', /^Error during planning: table 'public.iox.system.passwords' not found$/],
    ['SELECT name FROM system.tokens WHERE name = $x', /No value found for placeholder with name \$x/],
    ['SELECT name FROM system.tokens WHERE expiry < 5', /cannot compare a timestamp with bigint/],
    ["SELECT name FROM system.tokens WHERE expiry < 'soon'", /cannot compare a timestamp with string/],
    ['SELECT name FROM system.tokens WHERE name = 5', /Cannot infer common argument type/],
    ["SELECT name FROM system.tokens WHERE upper(name) = 'X'", /Invalid function 'upper'/],
  ])('%s', async (sql, message) => {
    const { query } = await setUp();
    const answer = await query(sql);
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(message);
  });

  it('includes InfluxQL, after the authorization', async () => {
    const { influx, emulator } = await setUp();
    const { token } = JSON.parse((await influx.create('none', [], 60)).text);
    const v1 = await influx.call('GET', `/query?db=a&q=x&p=${token}`);
    expect([v1.status, v1.text]).toEqual([401, '{"error":"unauthorized access"}']);
    expect((await influx.call('GET', `/query?db=a&q=x&p=${emulator.adminToken}`)).status).toBe(400);
    const json = { db: 'a', q: 'x' };
    expect((await influx.call('POST', '/api/v3/query_influxql', { token, json })).status).toBe(403);
    expect((await influx.asAdmin('POST', '/api/v3/query_influxql', { json })).status).toBe(400);
  });
});
