// What the grammar of the policy file refuses, and where it says so. In these texts the offending line carries the mark `#!`.

import { describe, expect, test } from 'vitest';
import {
  BASE,
  errorsOf,
  expectError,
  ISS,
  instances,
  issuers,
  policyText,
  rule,
  TOKEN,
  URL_LINE,
} from './marked-policy.ts';

test('a sound policy has no errors', async () => {
  expect(await errorsOf(policyText())).toEqual([]);
});

describe('the grammar refuses, at its line,', () => {
  test.each<[string, Parameters<typeof policyText>[0], RegExp]>([
    ['an unknown section', { more: 'isuers: {} #!' }, /unknown key "isuers"; did you mean "issuers"\?/],
    ['an unknown key of an issuer', issuers(ISS, 'algoritms: [RS256] #!'), /did you mean "algorithms"\?/],
    [
      'an unknown key of an instance',
      instances(URL_LINE, TOKEN, 'publicurl: https://x.example #!'),
      /did you mean "public_url"\?/,
    ],
    ['an unknown key of a rule', rule(...BASE, 'alow: ["db:a:read"] #!'), /did you mean "allow"\?/],
    ['a key in capitals', rule(...BASE, 'Allow: ["db:a:read"] #!'), /did you mean "allow"\?/],
    ['a key like no other', rule(...BASE, 'zzzzzz: 1 #!'), /unknown key "zzzzzz"; known here: name, issuer/],
    ['a rule without a name', { rules: 'rules:\n  - issuer: backend #!\n    when: { a: b }' }, /"name"/],
    ['a name in capitals', { rules: 'rules:\n  - name: Rule #!\n    issuer: backend\n    when: { a: b }' }, /a-z/],
    [
      'a name that is too long',
      { rules: `rules:\n  - name: ${'a'.repeat(41)} #!\n    issuer: backend\n    when: { a: b }` },
      /40/,
    ],
    [
      'a condition that is null',
      rule('issuer: backend', 'when:', '  client_id: #!', 'allow: ["db:a:read"]'),
      /condition/,
    ],
    [
      'a condition that is a fraction',
      rule('issuer: backend', 'when:', '  level: 1.5 #!', 'allow: ["db:a:read"]'),
      /./,
    ],
    [
      'an integer that JSON cannot hold',
      rule('issuer: backend', 'when:', '  id: 12345678901234567890 #!', 'allow: ["db:a:read"]'),
      /./,
    ],
    [
      'a condition of two forms',
      rule('issuer: backend', 'when:', '  a: { like: "b*", not: c } #!', 'allow: ["db:a:read"]'),
      /condition/,
    ],
    ['a misspelt form', rule('issuer: backend', 'when:', '  a: { lik: "b*" } #!', 'allow: ["db:a:read"]'), /condition/],
    [
      'a regular expression',
      rule('issuer: backend', 'when:', '  a: { matches: "b.*" } #!', 'allow: ["db:a:read"]'),
      /condition/,
    ],
    [
      'a double negation',
      rule('issuer: backend', 'when:', '  a: { not: { not: b } } #!', 'allow: ["db:a:read"]'),
      /condition/,
    ],
    ['an empty list of values', rule('issuer: backend', 'when:', '  a: [] #!', 'allow: ["db:a:read"]'), /./],
    ['three stars', rule('issuer: backend', 'when:', '  a: { like: "b***" } #!', 'allow: ["db:a:read"]'), /\*\*/],
    ['an empty pattern', rule('issuer: backend', 'when:', '  a: { like: "" } #!', 'allow: ["db:a:read"]'), /./],
    ['a ttl of zero', rule(...BASE, 'allow: ["db:a:read"]', 'ttl: 0 #!'), /at least 1s/],
    ['a negative ttl', rule(...BASE, 'allow: ["db:a:read"]', 'ttl: -5m #!'), /./],
    ['a fractional ttl', rule(...BASE, 'allow: ["db:a:read"]', 'ttl: 1.5 #!'), /./],
    ['a ttl without a maximum', rule(...BASE, 'allow: ["db:a:read"]', 'ttl: { default: 5m } #!'), /./],
    ['a ttl with an unknown key', rule(...BASE, 'allow: ["db:a:read"]', 'ttl: { default: 5m, maximum: 6m } #!'), /./],
    ['an allow list without entries', rule(...BASE, 'allow: [] #!'), /./],
    ['an unknown preset', issuers('preset: github #!'), /./],
    ['an algorithm with a shared secret', issuers(ISS, 'algorithms: [HS256] #!'), /./],
    ['no algorithm', issuers(ISS, 'algorithms: [] #!'), /./],
    ['a clock skew over 300s', issuers(ISS, 'clock_skew: 301s #!'), /300s/],
    ['an audience that is empty', issuers(ISS, 'audience: "" #!'), /./],
    [
      'a secret by value',
      instances(URL_LINE, 'admin_token: apiv3_abc #!'),
      /put it into a secret, name that here, and replace the token/,
    ],
    ['a secret by another name', instances(URL_LINE, 'admin_token: TOKEN #!'), /begins with INFLUXDB3_/],
    ['a secret by another name', instances(URL_LINE, 'admin_token: STS_KEY #!'), /INFLUXDB3_/],
    ['an unknown audit', { more: 'audit: loud #!' }, /./],
    ['a max_ttl of zero', { more: 'max_ttl: 0s #!' }, /at least 1s/],
  ])('%s', (_name, sections, words) => expectError(sections, words));

  test('a file that is no mapping, or lacks a section', async () => {
    expect((await errorsOf('[]'))[0]?.line).toBe(1);
    for (const section of ['issuers', 'instances', 'rules'] as const) {
      expect(JSON.stringify(await errorsOf(policyText({ [section]: '' })))).toContain(section);
    }
  });
});
