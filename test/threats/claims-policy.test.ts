// Threat class "Claims and policy": callers with genuine tokens whose claims are meant to look like something else. Each refusal is
// paired with a neighbour that is granted, so that none is refused for another reason. GitHub's own claims are in claims-github.test.ts.

import { describe, expect, test } from 'vitest';
import { AUDIENCE, BACKEND, createWorld } from '../world.ts';
import { type Claims, client, createPair } from './pair.ts';

const POLICY = `
audience: ${AUDIENCE}
issuers:
  backend: { issuer: ${BACKEND} }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - { name: text, issuer: backend, when: { client_id: "7" }, allow: ["db:text:read"] }
  - { name: number, issuer: backend, when: { level: 7 }, allow: ["db:number:read"] }
  - { name: boolean, issuer: backend, when: { verified: true }, allow: ["db:boolean:read"] }
  - { name: group, issuer: backend, when: { groups: { contains: admins } }, allow: ["db:group:read"] }
  - { name: mail, issuer: backend, when: { email: { like: "*@acme.example" } }, allow: ["db:mail:read"] }
  - { name: desk, issuer: backend, when: { desk: eu, role: { not: guest } }, allow: ["db:desk:read"] }
  - { name: pod, issuer: backend, when: { /kubernetes.io/namespace: apps }, allow: ["db:pod:read"] }
  - { name: slashed, issuer: backend, when: { "acme.example/team": core }, allow: ["db:slashed:read"] }
  - { name: tenant, issuer: backend, when: { tenant: { exists: true } }, allow: ["db:tenant_{tenant}:read"] }
  - { name: left, issuer: backend, when: { both: "yes" }, allow: ["db:text:read"] }
  - { name: right, issuer: backend, when: { both: "yes" }, allow: ["db:number:read"] }
  - { name: member, issuer: backend, when: { member: true }, allow: ["db:member:read"] }
  - { name: no-suspended, issuer: backend, when: { suspended: "yes" }, deny: ["db:member:read"] }
`;
const DATABASES = ['text', 'number', 'boolean', 'group', 'mail', 'desk', 'pod', 'slashed', 'member', 'tenant_a'];
const OPTIONS = { policy: POLICY, influx: { databases: DATABASES } };
const { refused, granted, refusing } = createPair(OPTIONS);
const reading = (...names: string[]) => ({ permissions: names.map((name) => `db:${name}:read`) });

describe('a claim of another type, or almost of the value,', () => {
  test.each<[string, unknown, string]>([
    ['client_id', 7, 'text'],
    ['client_id', ['7'], 'text'],
    ['client_id', { toString: '7' }, 'text'],
    ['client_id', true, 'text'],
    ['client_id', '7 ', 'text'],
    ['client_id', '07', 'text'],
    ['client_id', '\uFF17', 'text'],
    ['level', '7', 'number'],
    ['level', 7.5, 'number'],
    ['level', [7], 'number'],
    ['level', true, 'number'],
    ['verified', 'true', 'boolean'],
    ['verified', 1, 'boolean'],
    ['verified', [true], 'boolean'],
    ['verified', {}, 'boolean'],
    ['groups', 'admins users', 'group'],
    ['groups', ['Admins'], 'group'],
    ['groups', [['admins']], 'group'],
    ['groups', { admins: true }, 'group'],
    ['groups', ['admins,users'], 'group'],
    ['email', 'x@acme.example.evil.example', 'mail'],
    ['email', 'x@evil.example/@acme.example', 'mail'],
    ['email', 'x@acmeXexample', 'mail'],
    ['email', 'x@evil.example\n@acme.example', 'mail'],
    ['email', ['x@acme.example'], 'mail'],
    ['email', 'x@\u0430cme.example', 'mail'],
    ['/kubernetes.io/namespace', 'apps', 'pod'],
    ['kubernetes.io', 'apps', 'pod'],
    ['kubernetes.io/namespace', 'apps', 'pod'],
    ['kubernetes', { io: { namespace: 'apps' } }, 'pod'],
    ['acme.example', { team: 'core' }, 'slashed'],
  ])('does not count: %s %j', async (claim, value, database) => {
    await refused(client, { [claim]: value }, reading(database), 403, 'no_rule');
  });

  test.each<[string, unknown, string]>([
    ['client_id', '7', 'text'],
    ['level', 7, 'number'],
    ['verified', true, 'boolean'],
    ['groups', ['users', 'admins', 5], 'group'],
    ['groups', 'admins', 'group'],
    ['email', 'x@acme.example', 'mail'],
    ['kubernetes.io', { namespace: 'apps' }, 'pod'],
    ['acme.example/team', 'core', 'slashed'],
  ])('stands beside one that does: %s %j', async (claim, value, database) => {
    await granted(client, { [claim]: value }, reading(database), database);
  });
});

describe('the integer 7', () => {
  const signed = (text: string) => {
    const iat = Math.floor(refusing().clock.now / 1000);
    const payload = `{"iss":"${BACKEND}","aud":"${AUDIENCE}","sub":"s","iat":${iat},"exp":${iat + 60},"level":${text}}`;
    return refusing().backend.signRaw({ alg: 'RS256', kid: refusing().backend.keys[0]!.kid }, payload);
  };

  test.each([
    '7.0',
    '7e0',
    '70e-1',
    '7.0000000000000000001',
    '-7',
    '9007199254740993',
    '12345678901234567890',
  ])('is not %s', async (text) => {
    await refused(() => signed(text), {}, reading('number'), 403, 'no_rule');
  });
});

describe('a negation', () => {
  test.each([
    {},
    { role: 'guest' },
    { role: null },
    { role: ['staff'] },
    { role: 1 },
  ])('is not met by %j', async (claims) => {
    await refused(client, { desk: 'eu', ...claims }, reading('desk'), 403, 'no_rule');
  });

  test('is met by another value of its type', async () => {
    await granted(client, { desk: 'eu', role: 'staff' }, reading('desk'), 'desk');
  });
});

describe('a denial on a claim that callers may leave out', () => {
  test.each([
    {},
    { suspended: null },
    { suspended: true },
    { suspended: ['no'] },
    { suspended: 'yes' },
  ])('holds for %j', async (claims) => {
    await refused(client, { member: true, ...claims }, reading('member'), 403, 'denied_by_rule');
  });

  test('does not hold for another value, nor for what it does not name', async () => {
    await granted(client, { member: true, suspended: 'no' }, reading('member'), 'member');
    await granted(client, { client_id: '7', suspended: 'yes' }, reading('text'), 'text');
  });
});

describe('a template', () => {
  test.each([
    '../a',
    'a/b',
    'a:write',
    'a,b',
    '*',
    'a*',
    '',
    'a b',
    'a\n',
    'a\r\nx-evil: 1',
    'a%2f',
    '{tenant}',
    '\u0430',
    ['a'],
    1.5,
    null,
    { a: 'a' },
  ])('is not filled in from %j', async (tenant) => {
    const { body } = await refused(client, { tenant }, undefined, 403, 'not_granted');
    expect(body.detail).toContain('tenant_{tenant}');
    await refused(client, { tenant }, reading('tenant_a'), 403, 'not_granted');
  });

  test('is filled in for its own tenant only', async () => {
    await refused(client, { tenant: 'b' }, reading('tenant_a'), 403, 'not_granted');
    await granted(client, { tenant: 'a' }, reading('tenant_a'), 'tenant');
    await granted(client, { tenant: 'a' }, undefined, 'tenant');
  });
});

test('two rules are never added up', async () => {
  await refused(client, { both: 'yes' }, reading('text', 'number'), 403, 'not_granted');
  await granted(client, { both: 'yes' }, reading('text'), 'left');
  await granted(client, { both: 'yes' }, reading('number'), 'right');
});

test.each([
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
])('claims under %s are nobody else', async (name) => {
  const claims = JSON.parse(`{${JSON.stringify(name)}:{"client_id":"7","level":7,"verified":true}}`) as Claims;
  const iat = Math.floor(refusing().clock.now / 1000);
  // Written as text: spreading the claims into others would lose `__proto__`.
  const rest = `"iss":"${BACKEND}","aud":"${AUDIENCE}","sub":"s","iat":${iat},"exp":${iat + 60}`;
  const payload = JSON.stringify(claims).replace(/\}$/, `,${rest}}`);
  const token = () => refusing().backend.signRaw({ alg: 'RS256', kid: refusing().backend.keys[0]!.kid }, payload);
  await refused(token, {}, reading('number'), 403, 'no_rule');
});

test('each request is decided anew: an earlier grant opens nothing to other claims of the same subject', async () => {
  const world = await createWorld(OPTIONS);
  const statuses: number[] = [];
  for (const claims of [{ level: 7 }, { level: 8 }, { level: 7 }, {}]) {
    statuses.push((await world.vend(await world.backendToken(claims), reading('number'))).status);
  }
  expect(statuses).toEqual([201, 403, 201, 403]);
  expect(world.influx.creates()).toBe(2);
  expect(world.events.map(({ outcome }) => outcome)).toEqual(['allowed', 'refused', 'allowed', 'refused']);
});
