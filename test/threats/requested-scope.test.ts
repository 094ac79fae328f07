// Threat class "Requested scope": what a caller whom the policy knows may ask for. Each refusal is paired with a neighbour that is granted.
// The form of the request is in requested-body.test.ts, callers whom no rule knows are in strangers.test.ts.

import { describe, expect, test } from 'vitest';
import { AUDIENCE, BACKEND } from '../world.ts';
import { client, createPair, job } from './pair.ts';

const POLICY = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
  backend: { issuer: ${BACKEND} }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
  second: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - { name: ci, issuer: github, instance: main, when: { repository_id: "123456" }, allow: ["db:ci:write"] }
  - { name: reader, issuer: backend, instance: main, when: { client_id: reader }, allow: ["db:a,b:read"], ttl: { default: 10m, max: 1h } }
  - { name: tenants, issuer: backend, instance: main, when: { client_id: tenants }, allow: ["db:tenant_*:read"] }
  - { name: all, issuer: backend, instance: second, when: { client_id: all }, allow: ["db:*:read", "system:health:read"], ttl: 1h }
  - { name: all-short, issuer: backend, instance: main, when: { client_id: all }, allow: ["db:a:read"], ttl: 5m }
`;
const { refused, granted, granting } = createPair({
  policy: POLICY,
  influx: { databases: ['ci', 'a', 'b', 'tenant_a'] },
});
const reader = { client_id: 'reader' };
const tenants = { client_id: 'tenants' };
const all = { client_id: 'all' };
const asking = (...permissions: unknown[]) => ({ permissions });

describe('a permission outside the grant', () => {
  test.each<[string, Record<string, string>, string]>([
    ['another database', reader, 'db:c:read'],
    ['another action', reader, 'db:a:write'],
    ['an action that is never implied', reader, 'db:a:describe'],
    ['one database too many', reader, 'db:a,c:read'],
    ['all databases', reader, 'db:*:read'],
    ['all databases of a pattern', tenants, 'db:*:read'],
    ['a path below a pattern', tenants, 'db:tenant_a/rp:read'],
    ['a path below a literal', reader, 'db:a/rp:read'],
    ['a path below the wildcard', all, 'db:a/rp:read'],
    ['the internal database', reader, 'db:_internal:read'],
    ['the internal database by the wildcard', all, 'db:_internal:read'],
    ['the system', reader, 'system:health:read'],
    ['more of the system', all, 'system:health,metrics:read'],
    ['another case', reader, 'db:A:read'],
  ])('is not granted: %s', async (_name, claims, permission) => {
    await refused(client, claims, asking(permission), 403, 'not_granted');
  });

  test('stands beside those that are', async () => {
    await granted(client, reader, asking('db:a:read'), 'reader');
    await granted(client, reader, asking('db:b,a:read', 'db:a:read'), 'reader');
    await granted(client, tenants, asking('db:tenant_a:read'), 'tenants');
    await granted(client, all, asking('db:*:read', 'system:health:read'), 'all');
    expect(
      granting()
        .influx.tokens()
        .map(({ permissions }) => permissions),
    ).toEqual([['db:a:read'], ['db:a:read', 'db:b:read'], ['db:tenant_a:read'], ['db:*:read', 'system:health:read']]);
  });
});

describe('what is no concrete permission is malformed:', () => {
  test.each([
    'db:**:read',
    'db:a*:read',
    'db:tenant_*:read',
    'db:*a:read',
    'db:*/*:read',
    'db:?:read',
    'db:%2a:read',
    'db:\uFF0A:read',
    'db:\u2217:read',
    'db:*\u200B:read',
    'db: *:read',
    '*:*:*',
    '*:a:read',
    'db:a:*',
    'db:a:all',
    'db:a:update',
    'db:a:drop',
    'db:a:READ',
    'admin:a:read',
    'token:a:read',
    'DB:a:read',
    'system:*:read',
    'system:health:write',
    'system:_admin:read',
    'db:_INTERNAL:read',
    'db:_internal/a:read',
    'db:../_internal:read',
    'db:a/../b:read',
    'db:./a:read',
    'db:a%2f..%2fb:read',
    'db:..%5ca:read',
    'db:a/b/c:read',
    'db:a\u0000:read',
    'db:a\r\nx-evil: 1:read',
    'db:a:read\n',
    'db:{client_id}:read',
    'db::read',
    'db:a:',
    ':a:read',
    'db:a',
    'db:a:read:write',
    '',
    `db:${'a'.repeat(512)}:read`,
  ])('%j', async (permission) => {
    await refused(client, all, asking(permission), 400, 'request_malformed');
    await refused(client, all, asking('db:a:read', permission), 400, 'request_malformed');
  });
});

test('db:* beside a named database is a conflict, even for whom each would be granted', async () => {
  for (const permissions of [['db:*:read', 'db:a:read'], ['db:a,*:read'], ['db:*:read', 'db:_internal:read']]) {
    await refused(client, all, { permissions }, 400, 'permissions_conflict');
  }
  await granted(client, all, asking('db:*:read'), 'all');
  await granted(client, all, asking('db:a:read'), 'all');
});

test('a request that names nothing is ambiguous between rules, with the choices', async () => {
  const { body } = await refused(client, all, undefined, 400, 'request_ambiguous');
  expect(body.choices).toEqual([
    { rule: 'all', instance: 'second', permissions: ['db:*:read', 'system:health:read'] },
    { rule: 'all-short', instance: 'main', permissions: ['db:a:read'] },
  ]);
  const pattern = await refused(client, tenants, {}, 400, 'request_ambiguous');
  expect(pattern.body.choices).toEqual([{ rule: 'tenants', instance: 'main', permissions: ['db:tenant_*:read'] }]);
  await granted(client, all, { rule: 'all-short' }, 'all-short');
  await granted(client, all, { instance: 'second' }, 'all');
  await granted(client, reader, undefined, 'reader');
});

describe('the ttl', () => {
  test.each([
    0,
    '0',
    '0s',
    '0d',
    -1,
    '-1',
    '-15m',
    0.5,
    1.5,
    '1.5h',
    '',
    ' 15m',
    '15m\n',
    '1h30m',
    '15M',
    'PT15M',
    '0x10',
    '1e3',
    '\uFF11m',
    null,
    true,
    [],
    ['15m'],
    {},
  ])('is malformed as %j', async (ttl) => {
    await refused(client, reader, { ttl }, 400, 'request_malformed');
  });

  test.each([
    3_601,
    '61m',
    '1d',
    2 ** 31,
    2 ** 53,
    1e308,
    '9'.repeat(30),
    `${'9'.repeat(400)}d`,
  ])('is refused with the maximum as %j', async (ttl) => {
    const { body } = await refused(client, reader, { ttl }, 400, 'ttl_refused');
    expect(body.max_ttl).toBe('1h');
  });

  test.each([
    '1e400',
    '9'.repeat(400),
  ])('is refused with the maximum as a number that is too large for one: %s', async (ttl) => {
    const { body } = await refused(client, reader, `{"ttl":${ttl}}`, 400, 'ttl_refused');
    expect(body.max_ttl).toBe('1h');
  });

  test('that another rule would allow is refused with its name', async () => {
    const { body } = await refused(client, all, { rule: 'all-short', ttl: '6m' }, 400, 'ttl_refused');
    expect(body.max_ttl).toBe('5m');
  });

  test('reaches InfluxDB as whole seconds of at least one, whether or not it was named', async () => {
    const world = granting();
    for (const [ttl, seconds] of [
      [undefined, 600],
      [1, 1],
      ['1', 1],
      ['90s', 90],
      ['60m', 3_600],
      [3_600, 3_600],
    ] as const) {
      const before = world.influx.tokens().length;
      const { body } = await granted(client, reader, { ...asking('db:a:read'), ttl }, 'reader');
      expect(body.expires_in).toBe(seconds);
      const [token, ...more] = world.influx.tokens().slice(before);
      expect(more).toEqual([]);
      // A create without an expiry would have made a token that never dies.
      expect(token?.expiry).toBe(token!.createdAt + seconds * 1000);
    }
    const creates = world.influx.requests.filter(({ operation }) => operation === 'create');
    expect(creates.map(({ status }) => status)).toEqual(creates.map(() => 201));
    for (const { expiry, createdAt } of world.influx.tokens())
      expect((expiry ?? 0) - createdAt).toBeGreaterThanOrEqual(1_000);
  });
});

describe('a rule or instance that the caller is not known to', () => {
  test.each([
    'ci',
    'unheard-of',
    'constructor',
    '__proto__',
    '../reader',
    'reader\r\nx-evil: 1',
    'READER',
    '*',
    '_internal',
  ])('is unknown: %j', async (name) => {
    await refused(client, reader, { rule: name }, 400, 'rule_unknown');
    await refused(client, reader, { instance: name }, 400, 'instance_unknown');
  });

  test('is told from one that the caller merely may not use', async () => {
    await refused(client, reader, { rule: 'tenants' }, 403, 'no_rule');
    await refused(client, reader, { rule: 'reader', instance: 'second' }, 400, 'instance_unknown');
    await refused(client, reader, { instance: 'second' }, 403, 'no_rule');
    await granted(client, reader, { rule: 'reader', instance: 'main' }, 'reader');
  });

  test('cannot be reached by a job either', async () => {
    await refused(job, {}, { rule: 'reader' }, 400, 'rule_unknown');
    await refused(job, {}, { instance: 'second' }, 400, 'instance_unknown');
    await granted(job, {}, { rule: 'ci', instance: 'main' }, 'ci');
  });
});
