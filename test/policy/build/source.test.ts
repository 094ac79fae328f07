// Reading the text of a policy file: what YAML is refused, and where a finding points.

import { describe, expect, test } from 'vitest';
import { MAX_POLICY_BYTES, parsePolicySource } from '../../../src/policy/build/source.ts';

/** The value, or the lines and messages of the findings. */
function read(text: string) {
  const parsed = parsePolicySource(text);
  return parsed.ok ? parsed.source.value : parsed.findings.map(({ line, message }) => `${line}: ${message}`).join('\n');
}

describe('plain YAML', () => {
  test('is read as YAML 1.2 means it', () => {
    const text = [
      'id: "123"',
      'number: 123',
      'off: off',
      'yes: yes',
      'no: NO',
      'true: true',
      'octal: 0o17',
      'date: 2026-11-23',
      'time: 12:30:45',
      'underscored: 1_000',
      'list: [a, b]',
    ].join('\n');
    expect(read(text)).toEqual({
      id: '123',
      number: 123,
      off: 'off',
      yes: 'yes',
      no: 'NO',
      true: true,
      octal: 15,
      date: '2026-11-23',
      time: '12:30:45',
      underscored: '1_000',
      list: ['a', 'b'],
    });
  });

  test('may be JSON, and may have Windows line ends and a byte order mark', () => {
    expect(read('{"a": ["x", 1, true]}')).toEqual({ a: ['x', 1, true] });
    expect(read('\uFEFFa: x\r\nb: y\r\n')).toEqual({ a: 'x', b: 'y' });
  });
});

describe('YAML that hides what it says is refused at its line:', () => {
  test.each([
    ['an alias', 'a: &x 1\nb: *x', /2: an alias/],
    ['an anchor', 'a: 1\nb: &x 2', /2: an anchor/],
    ['an anchor on a list', 'a: &x [1]', /1: an anchor/],
    ['a bomb of aliases', `a: &a [x]\n${'b: &b [*a, *a, *a]\n'}c: [*b, *b, *b]`, /3: an alias/],
    ['a tag', 'a: x\nb: !!str 5', /2: a tag/],
    ['a tag of its own', 'a: !env SECRET', /1: /],
    ['a non-specific tag', 'a: ! 5', /1: a tag/],
    ['a binary', 'a: !!binary aGk=', /1: /],
    ['a merge key with an alias', 'a: &x {b: 1}\nc: { <<: *x }', /2: an alias/],
    ['a duplicate key', 'a: 1\nb: 2\na: 3', /3: .*unique/],
    ['a duplicate key by quotes', 'a: 1\n"a": 2', /2: .*unique/],
    ["a duplicate key by another's escapes", 'a: 1\n"\\u0061": 2', /2: .*unique/],
    ['a duplicate key deep inside', 'a:\n  - { b: 1, c: 2, b: 3 }', /2: .*unique/],
    ['a key that is no text', 'a: 1\n? [b]\n: 2', /2: .*string/],
    ['a key that objects keep to themselves', 'a: 1\nb: { __proto__: 2 }', /2: .*__proto__/],
    ['the same key by escapes', 'b: { "\\u005f_proto__": 2 }', /1: .*__proto__/],
    ['a directive for another YAML', '%YAML 1.1\n---\na: yes', /1: a directive/],
    ['a directive for the same YAML', '%YAML 1.2\n---\na: yes', /1: a directive/],
    ['a directive for tags', '%TAG ! tag:acme.example,2000:\n---\na: 1', /1: a directive/],
    ['an unknown directive', '%FOO bar\n---\na: 1', /1: /],
    ['several documents', 'a: 1\n---\na: 2', /2: .*several/],
    ['an empty second document', 'a: 1\n---\n', /2: .*several/],
    ['broken syntax', 'a: [1\nb: 2', /2: the YAML is not valid/],
    ['a tab as indentation', 'a:\n\tb: 1', /2: the YAML is not valid/],
    ['nesting without end', `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`, /1: the YAML is not valid/],
    ['nothing', '', /1: the file is empty/],
    ['nothing but a comment', '# later\n', /1: the file is empty/],
  ])('%s', (_name, text, finding) => expect(read(text)).toMatch(finding));
});

describe('the size', () => {
  const filler = (bytes: number) => `a: 1 #${'é'.repeat((bytes - 6) / 2)}`;

  test('may be exactly the limit in bytes, not one more', () => {
    expect(read(filler(MAX_POLICY_BYTES))).toEqual({ a: 1 });
    expect(read(`${filler(MAX_POLICY_BYTES)} `)).toMatch(/1: the file is too large/);
  });
});

describe('a place in the file', () => {
  const text = 'audience: x\nrules:\n  - name: one\n    when:\n      ref: main\n  - { name: two, when: { a: b } }\n';
  const parsed = parsePolicySource(text);
  if (!parsed.ok) throw new Error('it was refused');
  const { locate } = parsed.source;

  test.each([
    [[], 1, 1],
    [['audience'], 1, 1],
    [['rules', 0], 3, 5],
    [['rules', 0, 'name'], 3, 5],
    [['rules', 0, 'when', 'ref'], 5, 7],
    [['rules', 1], 6, 5],
    [['rules', 1, 'when', 'a'], 6, 26],
  ])('%j stands at line %i, column %i', (path, line, column) => expect(locate(path)).toEqual({ line, column }));

  test('that does not exist is that of the nearest thing around it', () => {
    expect(locate(['rules', 0, 'allow']).line).toBe(3);
    expect(locate(['rules', 7]).line).toBe(3);
    expect(locate(['rules', 0, 'when', 'ref', 'deeper']).line).toBe(5);
  });
});
