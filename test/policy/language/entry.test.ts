// One resource of a rule: what it covers in an allow rule, what it meets in a deny rule, and what a template can become.

import { describe, expect, test } from 'vitest';
import { type Claims, parseClaimPath } from '../../../src/identity/claim.ts';
import {
  concreteTriples,
  covers,
  type Entry,
  expand,
  intersects,
  type Name,
} from '../../../src/policy/language/entry.ts';
import type { Triple } from '../../../src/policy/language/permission.ts';

const literal = (text: string): Name => ({ kind: 'literal', text });
const pattern = (text: string): Name => ({ kind: 'pattern', text });
const wildcard: Name = { kind: 'wildcard' };
const template = (before: string, claim: string, after = '') =>
  ({ kind: 'template', before, claim, path: parseClaimPath(claim), after }) as const;
const db = (name: Name, ...actions: string[]): Entry => ({ type: 'db', name, actions });
const wanted = (name: string, action = 'read', type: Triple['type'] = 'db'): Triple => ({ type, name, action });

describe('an allow entry', () => {
  test.each([
    ['its own name', literal('a'), 'a', true],
    ['not another name', literal('a'), 'b', false],
    ['not another case', literal('a'), 'A', false],
    ['a name its pattern matches', pattern('tenant_*'), 'tenant_a', true],
    ['not a name beyond a slash', pattern('tenant_*'), 'tenant_a/rp', false],
    ['a name with a slash where the pattern has one', pattern('tenant_*/rp'), 'tenant_a/rp', true],
    ['every plain name by its wildcard', wildcard, 'anything', true],
    ['no name with a slash by its wildcard', wildcard, 'a/b', false],
    ['the request for all databases by its wildcard', wildcard, '*', true],
    ['not all databases by a pattern', pattern('a*'), '*', false],
    ['not all databases by a pattern of stars alone', pattern('*'), '*', false],
    ['not all databases by a literal', literal('a'), '*', false],
    ['not all databases by a template', template('t_', 'tenant'), '*', false],
    ['its template filled in', template('t_', 'tenant'), 't_x', true],
    ["not another tenant's name", template('t_', 'tenant'), 't_y', false],
    ['never the internal database by a wildcard', wildcard, '_internal', false],
    ['never the internal database by a pattern', pattern('x*'), '_internal', false],
    ['never the internal database by a literal', literal('_internal'), '_internal', false],
    ['never the internal database by a template', template('', 'sneaky'), '_internal', false],
  ] as const)('covers %s', (_title, name, asked, expected) => {
    const claims = { tenant: 'x', sneaky: '_internal' };
    expect(covers(db(name, 'read'), wanted(asked), claims)).toBe(expected);
  });

  test('covers only the actions that it spells out', () => {
    const entry = db(literal('a'), 'read', 'write');
    expect(
      ['read', 'write', 'create', 'delete', 'describe'].filter((action) => covers(entry, wanted('a', action), {})),
    ).toEqual(['read', 'write']);
  });

  test('covers nothing of another type', () => {
    expect(covers(db(literal('health'), 'read'), wanted('health', 'read', 'system'), {})).toBe(false);
    expect(covers(db(wildcard, 'read'), wanted('health', 'read', 'system'), {})).toBe(false);
    expect(covers({ type: 'system', name: literal('health'), actions: ['read'] }, wanted('health'), {})).toBe(false);
  });
});

describe('a deny entry', () => {
  test.each([
    ['its own name', literal('prod'), 'prod', true],
    ['a request for all databases', literal('prod'), '*', true],
    ['a request for all databases by its pattern', pattern('prod*'), '*', true],
    ['every name by its wildcard', wildcard, 'a/b', true],
    ['the internal database by its wildcard', wildcard, '_internal', true],
    ['not another name', literal('prod'), 'production', false],
    ['its template filled in', template('t_', 'tenant'), 't_x', true],
    ['not another tenant', template('t_', 'tenant'), 't_y', false],
    ['everything when its template cannot be filled in', template('t_', 'missing'), 'a', true],
    ['everything when the value does not fit', template('t_', 'path'), 'a', true],
  ] as const)('meets %s', (_title, name, asked, expected) => {
    expect(intersects(db(name, 'read'), wanted(asked), { tenant: 'x', path: '../x' })).toBe(expected);
  });

  test('meets no other action, unless its template cannot be filled in', () => {
    expect(intersects(db(wildcard, 'write'), wanted('a', 'read'), {})).toBe(false);
    expect(intersects(db(template('t_', 'missing'), 'write'), wanted('a', 'read'), {})).toBe(true);
    expect(intersects(db(template('t_', 'missing'), 'write'), wanted('health', 'read', 'system'), {})).toBe(true);
  });
});

describe('a template', () => {
  const filled = (value: unknown, name = template('t_', 'tenant')) =>
    expand(name, (value === undefined ? {} : { tenant: value }) as Claims);

  test.each(['a', 'A-1_b', '-', '_', '0', 'null'])('takes %j as it is', (value) =>
    expect(filled(value)).toBe(`t_${value}`));

  test.each([
    undefined,
    '',
    ' ',
    'a b',
    'a/b',
    '../a',
    'a.b',
    'a:b',
    'a,b',
    '*',
    'a*',
    '{tenant}',
    'a\n',
    'a\u0000',
    'a\u00e9',
    '\u0430',
    'a%2fb',
    1,
    true,
    null,
    ['a'],
    { a: 'a' },
  ])('yields nothing from %j', (value) => expect(filled(value)).toBeNull());

  test('yields no name that begins with anything but a letter or digit, nor a longer one than InfluxDB takes', () => {
    const bare = template('', 'tenant');
    expect(filled('a', bare)).toBe('a');
    for (const value of ['-a', '_a', '_internal']) expect(filled(value, bare)).toBeNull();
    expect(filled('a'.repeat(509))).toHaveLength(511);
    expect(filled('a'.repeat(510))).toBeNull();
  });

  test('reads a JSON pointer, and nothing inherited', () => {
    expect(expand(template('', '/k8s/ns'), { k8s: { ns: 'apps' } })).toBe('apps');
    expect(expand(template('', '/k8s/constructor/name'), { k8s: {} })).toBeNull();
    expect(expand(template('', '__proto__'), {})).toBeNull();
  });
});

test('an entry is concrete as a literal, a wildcard or a template that fits, never as a pattern', () => {
  const claims = { tenant: 'x' };
  expect(concreteTriples(db(literal('a'), 'read', 'write'), claims)).toEqual([wanted('a'), wanted('a', 'write')]);
  expect(concreteTriples(db(wildcard, 'read'), claims)).toEqual([wanted('*')]);
  expect(concreteTriples(db(template('t_', 'tenant'), 'read'), claims)).toEqual([wanted('t_x')]);
  expect(concreteTriples(db(template('t_', 'missing'), 'read'), claims)).toBeNull();
  expect(concreteTriples(db(pattern('a*'), 'read'), claims)).toBeNull();
});
