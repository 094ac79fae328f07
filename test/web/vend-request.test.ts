// The quick reader of a vend's body gives what the schema gives, or leaves the body to it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readSound, vendRequest } from '../../src/web/vend-request.ts';
import { rounds } from '../rounds.ts';

/** Mostly sound, or hardly any body would be. */
const mostly = <T>(sound: fc.Arbitrary<T>, other: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 9, arbitrary: sound as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: other });
const names = mostly(
  fc.constantFrom('a', 'ci_metrics', '*', '_internal', 'a/b', 'b,a'),
  fc.oneof(fc.constantFrom('a/b/c', '', '-a', '{sub}', 'é', 'x'.repeat(512)), fc.string({ maxLength: 6 })),
);
const actions = mostly(
  fc.constantFrom('read', 'write', 'create,delete', 'read,read'),
  fc.constantFrom(',read', 'x', ''),
);
const permission = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(mostly(fc.constant('db'), fc.constantFrom('system', 'DB', '')), names, actions) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('db'), fc.constant('a,b,c,d,e,f,g,h,i,j,k,l,m'), actions) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.constant('system'), fc.constantFrom('health', 'ping,ready'), fc.constant('read')),
  },
);
const text = fc.oneof(
  { weight: 9, arbitrary: permission.map((parts) => parts.join(':')) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const name = mostly(
  fc.constantFrom('job', 'x'.repeat(64), '__proto__'),
  fc.oneof(fc.constantFrom('', 'x'.repeat(65)), fc.jsonValue()),
);
const ttl = mostly(
  fc.oneof(fc.constantFrom<unknown>('15m', '1', '1d', '9'.repeat(400), 1, 900, 1e300), fc.nat()),
  fc.constantFrom<unknown>(
    '0',
    '0s',
    '-1m',
    ' 1m',
    '1.5h',
    'constructor',
    'm',
    0,
    -1,
    0.5,
    1 / 0,
    Number.NaN,
    null,
    true,
    [],
    {},
  ),
);
const permissions = fc.oneof(
  { weight: 6, arbitrary: fc.array(text, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(text, { minLength: 60, maxLength: 70 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
const body = fc
  .record({
    permissions: sometimes(permissions),
    ttl: sometimes(ttl),
    rule: sometimes(name),
    instance: sometimes(name),
    Ttl: fc.option(ttl, { nil: undefined, freq: 2 }).map((value) => (value === 1 ? 1 : undefined)),
  })
  // As the reader of JSON makes it: a field that is absent is none.
  .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)));

test('a body that the quick reader takes is what the schema makes of it, and one that the schema refuses is left to it', () => {
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 20, arbitrary: body }, { weight: 1, arbitrary: fc.jsonValue() }), (value) => {
      const sound = readSound(value);
      if (sound === null) return;
      taken++;
      expect({ success: true, data: sound }).toEqual(vendRequest().safeParse(value));
    }),
    { numRuns: rounds(400, 20_000) },
  );
  expect(taken).toBeGreaterThan(40);
});

test.each([
  {},
  { permissions: ['db:ci_metrics:write'] },
  { permissions: ['db:b:read', 'db:a:write,read', 'system:health:read'], ttl: '15m' },
  { ttl: 900, rule: 'job', instance: 'main' },
])('the quick reader takes the common bodies: %j', (value) => {
  expect(readSound(value)).toEqual(vendRequest().parse(value));
});

test.each([
  { permissions: Array.from({ length: 6 }, () => 'db:a,b,c,d,e,f,g,h,i,j,k,l:read') },
  { permissions: Array.from({ length: 65 }, (_, at) => `db:d${at}:read`) },
])('the quick reader leaves too many permissions to the schema: %#', (value) => {
  expect(vendRequest().safeParse(value).success).toBe(false);
  expect(readSound(value)).toBeNull();
});

test('a key of an object’s own machinery is left to the schema', () => {
  const hostile = Object.defineProperty({}, '__proto__', { value: {}, enumerable: true });
  expect(readSound(hostile)).toBeNull();
  expect(readSound({ constructor: 1 })).toBeNull();
});
