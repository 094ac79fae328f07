// Unit tests of the strict JSON reader: what JSON.parse would let pass and this one must not, and that it agrees with it on all else.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isJsonObject, MAX_DEPTH, parseJson } from '../../src/foundation/json.ts';
import { rounds } from '../rounds.ts';

const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);
const problemOf = (text: string) => {
  const json = parseJson(text);
  return json.ok ? null : json.problem;
};
const read = (text: string) => {
  const json = parseJson(text);
  if (!json.ok) throw new Error(json.problem);
  return json.value;
};

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** The value with what `lax` holds in the places of numbers that were not taken for exact. */
function withoutRounding(value: unknown, lax: unknown): unknown {
  if (Number.isNaN(value)) return typeof lax === 'number' ? lax : value;
  if (Array.isArray(value)) return value.map((one, at) => withoutRounding(one, (lax as unknown[] | undefined)?.[at]));
  if (!isJsonObject(value)) return value;
  const others = lax as Record<string, unknown> | undefined;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutRounding(one, others?.[key])]));
}

describe('strict JSON refuses', () => {
  it.each([
    ['nothing', ''],
    ['blanks', ' \n'],
    ['two values', '1 2'],
    ['trailing garbage', '{}x'],
    ['a trailing comma', '[1,]'],
    ['a comment', '{}/**/'],
    ['single quotes', "{'a':1}"],
    ['a bare key', '{a:1}'],
    ['NaN', 'NaN'],
    ['Infinity', '[Infinity]'],
    ['a hexadecimal number', '0x10'],
    ['a leading zero', '01'],
    ['a leading plus', '+1'],
    ['a byte order mark', '\u{feff}{}'],
    ['a no-break space', '\u00a0{}'],
    ['a bare line break in a string', '"a\nb"'],
    ['an unknown escape', '"\\x41"'],
  ])('%s', (_name, text) => {
    expect(problemOf(text)).toBe('it is not valid JSON');
  });

  it.each([
    ['one key twice', '{"a":1,"a":2}'],
    ['one key twice with equal values', '{"a":1,"a":1}'],
    ['the empty key twice', '{"":1,"":2}'],
    ['a key and its escape', '{"a":1,"\\u0061":2}'],
    ['an escape and its key', '{"\\u0061":1,"a":2}'],
    ['two cases of one escape', '{"\\u00e9":1,"\\u00E9":2}'],
    ['a short and a long escape', '{"\\n":1,"\\u000a":2}'],
    ['an escaped slash', '{"a/b":1,"a\\/b":2}'],
    ['an escaped backslash', '{"\\\\":1,"\\u005c":2}'],
    ['an escaped quote', '{"\\"":1,"\\u0022":2}'],
    ['a surrogate pair', '{"\u{1f511}":1,"\\ud83d\\udd11":2}'],
    ['a lone surrogate', '{"\\ud83d":1,"\\uD83D":2}'],
    ['__proto__', '{"__proto__":1,"__proto__":2}'],
    ['constructor', '{"constructor":1,"constructor":2}'],
    ['a key behind an object', '{"a":{"b":1},"a":2}'],
    ['a key behind a list', '{"a":[{},[]],"a":2}'],
    ['a key behind a string of brackets', '{"a":"}]{[,:\\"","a":2}'],
    ['a key behind a number, true and null', '{"a":-1.5e3,"b":true,"c":null,"a":2}'],
    ['a key in an object in a list', '[1,{"a":1,"a":2}]'],
    ['a key across blanks', '{ "a" : 1 , \n "a" : 2 }'],
  ])('duplicates: %s', (_name, text) => {
    expect(() => JSON.parse(text)).not.toThrow();
    expect(problemOf(text)).toBe('a key appears twice in one object');
  });

  it.each([
    ['a key with an escape', '{"\\u0061":1}'],
    ['a key with a short escape', '{"a\\/b":1}'],
    ['a key of a surrogate pair by escapes', '{"\\ud83d\\udd11":1}'],
    ['a key deep inside', '[{"a":[{"b":{"\\u0063":1}}]}]'],
  ])('where plain keys are asked for: %s', (_name, text) => {
    expect(parseJson(text, { plainKeys: true })).toEqual({ ok: false, problem: 'a key is spelled with escapes' });
    expect(parseJson(text)).toMatchObject({ ok: true });
  });

  it.each([
    ['lists', nested(MAX_DEPTH + 1)],
    ['objects', `${'{"a":'.repeat(MAX_DEPTH)}{}${'}'.repeat(MAX_DEPTH)}`],
    ['a hundred thousand lists', nested(100_000)],
  ])('nesting beyond the bound: %s', (_name, text) => {
    expect(problemOf(text)).toBe('it is nested deeper than 32 levels');
  });
});

describe('strict JSON takes', () => {
  it('escapes in values where plain keys are asked for', () => {
    expect(parseJson('{"a":"\\u0061\\/","\u{1f511}":["\\n"]}', { plainKeys: true })).toEqual({
      ok: true,
      value: { a: 'a/', '\u{1f511}': ['\n'] },
    });
  });

  it('more levels where they are asked for', () => {
    expect(parseJson(nested(MAX_DEPTH + 1), { maxDepth: MAX_DEPTH + 1 })).toMatchObject({ ok: true });
    expect(parseJson(nested(MAX_DEPTH + 2), { maxDepth: MAX_DEPTH + 1 })).toMatchObject({ ok: false });
  });

  it.each([
    ['nesting up to the bound', nested(MAX_DEPTH)],
    ['many lists side by side', `[${Array.from({ length: 100 }, () => '[[]]').join()}]`],
    ['one key in two objects', '[{"a":1},{"a":{"a":2}}]'],
    ['keys of different case', '{"a":1,"A":2}'],
    ['keys that only look alike', '{"a":1,"а":2,"a ":3,"a\\u0000":4}'],
    ['keys of different normal forms', '{"\\u00e9":1,"e\\u0301":2}'],
    ['a string that repeats a key', '{"a":"a","b":["a","a"]}'],
    ['a string that looks like an object', '"{\\"a\\":1,\\"a\\":2}"'],
    ['a string that ends in backslashes', '{"a":"\\\\","b":"\\\\\\\\"}'],
    ['a scalar', '7'],
  ])('%s', (_name, text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it('whatever JSON.parse takes of what JSON.stringify made', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, noUnicodeString: false }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(read(text)).toEqual(JSON.parse(text));
      }),
      { seed: 20_261_123, numRuns: 500 },
    );
  });

  it('nothing that JSON.parse refuses, and never throws, whatever the text', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '\\',
      '\\u0061',
      '1',
      '-0',
      '1e9',
      'null',
      ' ',
      '\u{1f511}',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const text = parts.join('');
        const strict = parseJson(text);
        const lax = (() => {
          try {
            return JSON.parse(text) as unknown;
          } catch {
            return undefined;
          }
        })();
        if (strict.ok) expect(withoutRounding(strict.value, lax)).toEqual(lax);
        else expect(lax === undefined || strict.problem === 'a key appears twice in one object').toBe(true);
      }),
      { seed: 20_261_123, numRuns: rounds(5_000, 500_000) },
    );
  });

  it('every way to spell a key or a string', () => {
    const spell = (unit: string, way: number) =>
      way === 0 && unit >= ' ' && unit !== '"' && unit !== '\\'
        ? unit
        : (SHORT_ESCAPES[way === 1 ? unit : ''] ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    const spelled = fc
      .array(fc.tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }), fc.nat(2)), { maxLength: 8 })
      .map((parts) => {
        const units = parts.flatMap(([text, way]) => text.split('').map((unit) => [unit, way] as const));
        return { meant: units.map(([unit]) => unit).join(''), text: `"${units.map((one) => spell(...one)).join('')}"` };
      });
    fc.assert(
      fc.property(spelled, spelled, (key, value) => {
        expect(read(`{${key.text}:${value.text}}`)).toEqual(Object.fromEntries([[key.meant, value.meant]]));
      }),
      { seed: 20_261_128, numRuns: 1_000 },
    );
  });

  it('__proto__ as a plain member', () => {
    const value = read('{"__proto__":{"admin":true},"n":1.0}') as { admin?: boolean };
    expect(Object.keys(value)).toEqual(['__proto__', 'n']);
    expect(value.admin).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe('numbers', () => {
  it.each([
    '1.0',
    '1e3',
    '1E3',
    '10e-1',
    '-0',
    '-0.0',
    '0e5',
    '1.00000000000000000001',
    '0.99999999999999999999',
    '1e-400',
    '9007199254740990.9',
  ])('%s, which only rounds to an integer, equals nothing', (text) => {
    expect(read(text)).toBeNaN();
    expect(read(`{"a":[${text}]}`)).toEqual({ a: [Number.NaN] });
  });

  it.each([
    ['0', 0],
    ['-1', -1],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['0.5', 0.5],
    ['1.5e3', Number.NaN],
    ['1e400', Number.POSITIVE_INFINITY],
    ['9007199254740993', 9007199254740992],
  ])('%s is read as %d', (text, value) => {
    expect(read(`[${text}]`)).toEqual([value]);
  });

  it('inside strings and keys are left alone', () => {
    expect(read('{"1e3":"1.0","n":1e3}')).toEqual({ '1e3': '1.0', n: Number.NaN });
  });
});

describe('a JSON object', () => {
  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [[], false],
    [null, false],
    ['{}', false],
    [undefined, false],
  ])('%j: %s', (value, expected) => {
    expect(isJsonObject(value)).toBe(expected);
  });
});
