// `preconfigured:` of a policy: what it refuses and where it says so, what it makes of the rest, and that the Worker is not concerned.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { diffPreconfigured } from '../../../src/policy/review/diff-preconfigured.ts';
import { errorsOf, expectError, policyText } from './marked-policy.ts';

const section = (...lines: string[]) => ({ more: `preconfigured:\n${lines.map((line) => `  ${line}\n`).join('')}` });
const token = (...lines: string[]) =>
  section('main:', '  tokens:', '    telegraf:', ...lines.map((line) => `      ${line}`));
const permissions = (list: string) => token(`permissions: [${list}] #!`, 'expires: 365d');

async function preconfigured(sections: ReturnType<typeof section>) {
  expect(await errorsOf(policyText(sections))).toEqual([]);
  return (await compilePolicy(policyText(sections), { development: false })).preconfigured;
}

describe('it is refused, at its line,', () => {
  test.each<[string, ReturnType<typeof section>, RegExp]>([
    ['an instance that there is not', section('mian: {} #!'), /no instance "mian"; name one of main/],
    ['an unknown key', section('main:', '  databases: [a] #!'), /known here: create_databases, tokens/],
    ['an unknown key of a token', token('permission: [x] #!'), /did you mean "permissions"\?/],
    ['a token without an end', token('permissions: ["db:a:read"] #!'), /"expires" is missing/],
    ['one of over a year', token('permissions: ["db:a:read"]', 'expires: 366d #!'), /at most 365d/],
    ['one that is over at once', token('permissions: ["db:a:read"]', 'expires: 0 #!'), /at least 1s/],
    ['one that may nothing', token('permissions: [] #!', 'expires: 1d'), /the list is empty/],
    ['no database in its list', section('main: { create_databases: [] } #!'), /the list is empty/],
    ['a pattern', permissions('"db:tenant_*:read"'), /name each database, or all of them by db:\*/],
    ['a template', permissions('"db:tenant_{tenant}:read"'), /name each database/],
    ['an unknown action', permissions('"db:a:drop"'), /an action is not one of read, write, create, delete, describe/],
    ['an unknown resource', permissions('"token:a:read"'), /its type is not db or system/],
    ['half a permission', permissions('"db:a"'), /a permission reads type:names:actions/],
    ["InfluxDB's own database", permissions('"db:_internal:read"'), /never granted; remove it/],
    [
      'a mixture that shadows itself',
      permissions('"db:*:read", "db:a:write"'),
      /shadow it in InfluxDB; make two tokens/,
    ],
    ['a mixture in one entry', permissions('"db:a,*:read"'), /shadow it in InfluxDB/],
    ['a database of no sound name', section('main: { create_databases: [-a] } #!'), /"-a" is no database to create/],
    ['all databases', section('main: { create_databases: ["*"] } #!'), /"\*" is no database to create/],
    ["InfluxDB's own to be created", section('main: { create_databases: [_internal] } #!'), /InfluxDB's own/],
  ])('%s', (_name, sections, words) => expectError(sections, words));

  test.each([
    ['the operator token', '_admin', /a name is 1 to 40 of a-z, 0-9 and "-"/],
    ['a vended token', 'sts.main.ci.o.x', /a name is 1 to 40 of a-z, 0-9 and "-"/],
    ["the service's admin token", 'influx-sts', /the name of the service's own admin token; call it something else/],
  ])('a token that is named like %s', (_name, name, words) =>
    expectError(section('main:', '  tokens:', `    ${name}: { permissions: ["db:a:read"], expires: 1d } #!`), words));

  test('a name that is there twice', async () => {
    const line = '    telegraf: { permissions: ["db:a:read"], expires: 1d }';
    expect(await errorsOf(policyText(section('main:', '  tokens:', line, line)))).toMatchObject([
      { text: expect.stringContaining('keep one of the two keys') },
    ]);
  });
});

test('every database that a token names is created beside those that are listed, each once', async () => {
  const sections = section(
    'main:',
    '  create_databases: [history, telegraf]',
    '  tokens:',
    '    telegraf: { permissions: ["db:telegraf,site_2:write", "db:telegraf:read", "system:health:read"], expires: 30d }',
    '    reader: { permissions: ["db:*:read"], expires: 3600 }',
  );
  expect(await preconfigured(sections)).toEqual({
    main: {
      databases: ['history', 'site_2', 'telegraf'],
      tokens: [
        {
          name: 'telegraf',
          permissions: ['db:site_2:write', 'db:telegraf:read,write', 'system:health:read'],
          life: 30 * 86_400,
        },
        { name: 'reader', permissions: ['db:*:read'], life: 3_600 },
      ],
    },
  });
});

test('the compiled policy and its digest are the same with and without it', async () => {
  const without = await compilePolicy(policyText(), { development: false });
  const sections = token('permissions: ["db:telegraf:write"]', 'expires: 1d');
  const { policy } = await compilePolicy(policyText(sections), { development: false });
  expect(policy).toEqual(without.policy);
  expect(JSON.stringify(policy)).not.toContain('telegraf');
});

test('what changes in it is told apart from what changes in the policy', async () => {
  const before = await preconfigured(token('permissions: ["db:a:write"]', 'expires: 30d'));
  const after = await preconfigured(token('permissions: ["db:a:write", "db:b:read"]', 'expires: 1d'));
  expect(diffPreconfigured(before, before)).toEqual([]);
  expect(diffPreconfigured(before, after)).toEqual([
    {
      of: 'preconfigured',
      name: 'main',
      change: 'changed',
      details: [
        'was: token "telegraf" for 30d; now: token "telegraf" for 1d',
        'new: creates the database b',
        'new: token "telegraf" has db:b:read',
      ],
    },
  ]);
  expect(diffPreconfigured({}, before)).toMatchObject([{ change: 'added', name: 'main' }]);
});
