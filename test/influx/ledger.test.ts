// The ledger: what it makes of the rows that InfluxDB lists, row by row.

import { beforeAll, describe, expect, test } from 'vitest';
import { createKeyring } from '../../src/foundation/keyring.ts';
import type { RefusedAdminToken, Row } from '../../src/influx/answer.ts';
import type { InfluxClient } from '../../src/influx/client.ts';
import { listExpired, listLive } from '../../src/influx/ledger.ts';
import { createName } from '../../src/influx/name.ts';

const keyring = createKeyring(new Uint8Array(32).fill(1));
const runtime = {
  now: () => Date.parse('2026-11-23T12:00:00Z'),
  random: (size: number) => crypto.getRandomValues(new Uint8Array(size)),
};
const OWNER = `o${'a'.repeat(26)}`;
let name: string;
let elsewhere: string;

beforeAll(async () => {
  name = await createName({ instance: 'main', rule: 'ci', owner: OWNER }, keyring, runtime);
  elsewhere = await createName({ instance: 'spare', rule: 'ci', owner: OWNER }, keyring, runtime);
});

function listing(rows: readonly Row[] | null) {
  const asked: { sql: string; parameters: Readonly<Record<string, string>> }[] = [];
  const client: InfluxClient = {
    createToken: async () => ({ kind: 'unknown', why: 'unreachable', cause: 'x', lasting: false }),
    deleteToken: async () => 'failed',
    query: async (sql, parameters) => {
      asked.push({ sql, parameters });
      return rows;
    },
    url: 'https://influxdb.example.com:8181',
    listDatabases: async () => null,
    describeAdminToken: async () => ({ why: 'unreachable' as const, cause: 'x', lasting: false }),
  };
  return { client, asked };
}

const row = (changes: Row = {}): Row => ({
  name,
  created_at: '2026-11-23T12:00:00.250',
  expiry: '2026-11-23T12:15:00.250',
  permissions: '["db:a:read"]',
  ...changes,
});
function accepted<T>(page: T | RefusedAdminToken): T {
  if (page === 'refused') throw new Error('the admin token was refused');
  return page;
}
const live = async (rows: readonly Row[] | null, query = {}) =>
  accepted(await listLive(listing(rows).client, { instance: 'main', after: '', limit: 100, ...query }, keyring));
const expired = async (rows: readonly Row[] | null, limit = 100) =>
  accepted(await listExpired(listing(rows).client, { instance: 'main', limit, enough: limit }, keyring));

describe('permissions', () => {
  test.each<[unknown, readonly string[]]>([
    ['["db:a:read","db:b:read,write"]', ['db:a:read', 'db:b:read,write']],
    ['db:a:read', ['db:a:read']],
    ['db:a:read,write', ['db:a:read,write']],
    ['db:a:read,write,db:b:read,system:health:read', ['db:a:read,write', 'db:b:read', 'system:health:read']],
    ['["*:*:*"]', ['*:*:*']],
    ['*:*:*', ['*:*:*']],
    ['[]', []],
    ['', []],
    ['["db:a:read"', []],
    ['["db:a:read",7]', ['db:a:read']],
    [undefined, []],
    [7, []],
  ])('listed as %j are %j', async (permissions, expected) => {
    const page = await live([row({ permissions } as Row)]);
    expect(page?.entries.map((entry) => entry.permissions)).toEqual([expected]);
  });
});

describe('times', () => {
  test('are UTC, whether the listing says so or not', async () => {
    const page = await live([row({ created_at: '2026-11-23T12:00:00', expiry: '2026-11-23T12:15:00.250Z' })]);
    expect(page?.entries).toMatchObject([{ createdAt: '2026-11-23T12:00:00Z', expiresAt: '2026-11-23T12:15:00.250Z' }]);
  });
});

describe('a row is left out', () => {
  test.each<[string, () => Row]>([
    ['without an expiry', () => ({ name, created_at: '2026-11-23T12:00:00', permissions: '[]' })],
    ['without a creation', () => ({ name, expiry: '2026-11-23T12:15:00', permissions: '[]' })],
    ['without a name', () => row({ name: null })],
    ['whose name is no text', () => row({ name: ['x'] })],
    ['whose name is of another instance', () => row({ name: elsewhere })],
    ['whose name has another tag', () => row({ name: `${name.slice(0, -16)}${'a'.repeat(16)}` })],
  ])('%s', async (_, hostile) => {
    const page = await live([hostile(), row()]);
    expect(page?.entries.map((entry) => entry.name.text)).toEqual([name]);
  });

  test('of the expired ones too, when it is not ours', async () => {
    const page = await expired([{ name: elsewhere }, { name: `${name}a` }, { name: 7 }, {}, { name }]);
    expect(page?.names.map(({ text }) => text)).toEqual([name]);
  });
});

test('no answer is not an empty list', async () => {
  expect(await live(null)).toBeNull();
  expect(await expired(null)).toBeNull();
});

test('a page that was filled may have a next one, however few of its rows are ours', async () => {
  expect(await live([row(), row({ name: 'sts.main.x' })], { limit: 2 })).toMatchObject({ next: 'sts.main.x' });
  expect(await live([row()], { limit: 2 })).toMatchObject({ next: null });
  expect(await expired([{ name }, { name: 'sts.main.x' }], 2)).toMatchObject({ complete: false });
  expect(await expired([{ name }], 2)).toMatchObject({ complete: true });
});

test('the tags of no more expired names are looked at than are needed, and the rest is counted', async () => {
  const forged = `${name.slice(0, -1)}${name.endsWith('a') ? 'b' : 'a'}`;
  const rows = [{ name: forged }, { name }, { name: 'sts.main.x' }, { name: elsewhere }, { name }, { name: forged }];
  const enough = async (count: number) => {
    const found = await listExpired(listing(rows).client, { instance: 'main', limit: 10, enough: count }, keyring);
    const { names, more } = accepted(found)!;
    return [names.map(({ text }) => text), more];
  };
  expect(await enough(0)).toEqual([[], 4]);
  expect(await enough(1)).toEqual([[name], 2]);
  expect(await enough(5)).toEqual([[name, name], 0]);
});

test('names reach InfluxDB as parameters, never as SQL', async () => {
  const { client, asked } = listing([]);
  const after = "sts.main.x' OR '1'='1";
  const owners = [OWNER, `o${'b'.repeat(26)}`];
  await listLive(client, { instance: 'main', rule: 'ci', owners, after, limit: 7 }, keyring);
  expect(asked[0]!.parameters).toEqual({
    after,
    pattern0: `sts.main.ci.${OWNER}.%`,
    pattern1: `sts.main.ci.${owners[1]}.%`,
  });
  expect(asked[0]!.sql).toMatch(/\(name LIKE \$pattern0 OR name LIKE \$pattern1\) AND name > \$after .* LIMIT 7$/);
});
