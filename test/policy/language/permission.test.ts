// InfluxDB's permission notation: what a request may hold, and its canonical form.

import { describe, expect, test } from 'vitest';
import {
  canonicalTriples,
  isDatabaseName,
  joinTriples,
  mixesWildcard,
  parseRequested,
  splitPermission,
} from '../../../src/policy/language/permission.ts';
import { triples } from '../policy-text.ts';

const requested = (text: string) => {
  const parsed = parseRequested(text);
  return parsed.ok ? joinTriples(canonicalTriples(parsed.value)) : 'refused';
};

describe('a requested permission', () => {
  test.each([
    ['db:a:read,db:b:read', 'a comma joins two permissions'],
    ['db:a:read,system:health:read', 'a comma joins two permissions'],
    ['db:a:read,', 'there is a comma too many'],
    ['db:a,:read', 'there is a comma too many'],
    ['db:a:write:read', 'a permission reads type:names:actions'],
  ])('%s is refused for what is wrong with it', (text, problem) => {
    expect(parseRequested(text)).toEqual({ ok: false, problem: expect.stringContaining(problem) });
  });

  test.each([
    ['db:a:read', ['db:a:read']],
    ['db:a:write,read', ['db:a:read,write']],
    ['db:b,a:read', ['db:a:read', 'db:b:read']],
    ['db:a,a:read,read', ['db:a:read']],
    ['db:A1_b-c:read', ['db:A1_b-c:read']],
    ['db:a/rp:read', ['db:a/rp:read']],
    ['db:a/_rp:read', ['db:a/_rp:read']],
    ['db:*:read', ['db:*:read']],
    ['db:_internal:read', ['db:_internal:read']],
    ['db:a:create,delete,describe', ['db:a:create,delete,describe']],
    ['system:metrics,health:read', ['system:health:read', 'system:metrics:read']],
    ['system:ping,ready:read', ['system:ping:read', 'system:ready:read']],
    [`db:${'a'.repeat(511)}:read`, [`db:${'a'.repeat(511)}:read`]],
  ])('%s is read', (text, canonical) => expect(requested(text)).toEqual(canonical));

  test.each([
    '',
    'db',
    'db:a',
    'db::read',
    'db:a:',
    'db:a:read:',
    'db:a:read:write',
    ':a:read',
    'db:a:*',
    'db:a:all',
    'db:a:READ',
    'db:a:read ',
    ' db:a:read',
    'db:a:read,',
    'db:a:,read',
    'db:a,:read',
    'db: a:read',
    'db:a :read',
    'DB:a:read',
    '*:a:read',
    '*:*:*',
    'admin:*:*',
    'database:a:read',
    'token:a:read',
    'system:*:read',
    'system:health:write',
    'system:admin:read',
    'system:Health:read',
    'db:a*:read',
    'db:**:read',
    'db:*/*:read',
    'db:*/a:read',
    'db:\uFF0A:read',
    'db:\u2217:read',
    'db:%2A:read',
    'db:%:read',
    'db:?:read',
    'db:.:read',
    'db:..:read',
    'db:../a:read',
    'db:a/../b:read',
    'db:a/:read',
    'db:/a:read',
    'db:a//b:read',
    'db:a/b/c:read',
    'db:a\\b:read',
    'db:a%2fb:read',
    'db:_a:read',
    'db:-a:read',
    'db:_internal/x:read',
    'db:_INTERNAL:read',
    'db:{tenant}:read',
    'db:{a:b}:read',
    'db:a\u0000:read',
    'db:a\n:read',
    'db:a\r\nx:read',
    'db:\u0430:read',
    'db:caf\u00e9:read',
    `db:${'a'.repeat(512)}:read`,
    `db:${'a'.repeat(255)}/${'a'.repeat(256)}:read`,
  ])('is not %j', (text) => expect(requested(text)).toBe('refused'));

  test('that repeats its actions and names a thousandfold stays small', () => {
    const names = Array.from({ length: 1_000 }, () => 'a').join(',');
    const actions = Array.from({ length: 1_000 }, () => 'read').join(',');
    const parsed = parseRequested(`db:${names}:${actions}`);
    expect(parsed.ok && parsed.value.length).toBe(1);
  });
});

describe('a requested permission for many things', () => {
  const names = (count: number) => Array.from({ length: count }, (_, at) => `d${at}`).join(',');

  test('is read up to 64 of them, actions counted', () => {
    expect(parseRequested(`db:${names(64)}:read`)).toMatchObject({ ok: true });
    expect(parseRequested(`db:${names(32)}:read,write`)).toMatchObject({ ok: true });
  });

  test.each([
    ['names', `db:${names(65)}:read`],
    ['names with actions', `db:${names(33)}:read,write`],
    ['names that are none', `db:${names(65).replaceAll('d', '%')}:read`],
  ])('is refused for its number alone: %s', (_what, text) => {
    expect(parseRequested(text)).toEqual({ ok: false, problem: 'it stands for more than 64 permissions' });
  });
});

describe('the canonical form', () => {
  test('is the same for every spelling of one request', () => {
    const spellings = [
      ['db:b:read', 'db:a:write', 'db:a:read'],
      ['db:a:write,read', 'db:b:read'],
      ['db:a,b:read', 'db:a:write', 'db:a:write'],
    ];
    for (const spelling of spellings)
      expect(joinTriples(triples(...spelling))).toEqual(['db:a:read,write', 'db:b:read']);
  });
});

describe('db:* beside a named database', () => {
  test.each([
    [['db:*:read', 'db:a:read'], true],
    [['db:*,a:read'], true],
    [['db:*:read', 'db:a:write'], true],
    [['db:*:read', 'db:_internal:read'], true],
    [['db:*:read,write'], false],
    [['db:*:read', 'system:health:read'], false],
    [['db:a:read', 'db:b:read'], false],
  ])('%j: %j', (permissions, mixes) => expect(mixesWildcard(triples(...permissions))).toBe(mixes));
});

test('a database name is at most 511 bytes of ASCII with one inner slash', () => {
  expect(isDatabaseName('a')).toBe(true);
  expect(isDatabaseName(`${'a'.repeat(255)}/${'b'.repeat(255)}`)).toBe(true);
  expect(isDatabaseName('')).toBe(false);
  expect(isDatabaseName('a\n')).toBe(false);
});

test('a template may hold the separators within its braces', () => {
  expect(splitPermission('db:t_{https://acme.example/a,b}:read')).toEqual({
    ok: true,
    value: { type: 'db', names: ['t_{https://acme.example/a,b}'], actions: ['read'] },
  });
});
