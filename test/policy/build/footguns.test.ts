// Policies that must not build because the file, an issuer or an instance is at fault: YAML that hides what it means, keys nobody knows,
// addresses and secrets that are none. Rules have a table of their own.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { MAX_POLICY_BYTES } from '../../../src/policy/build/source.ts';
import { allow, type Footgun, HEAD, head, itDoesNotBuild, rule, when } from './footgun-table.ts';

const GITHUB = '  github: { preset: github-actions }';
const BACKEND = '  backend: { issuer: "https://login.example.com/" }';
const MAIN = '  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }';
const instance = (parts: string) => head(MAIN, `  main: { ${parts} }`);
const backend = (parts: string) => head(BACKEND, `  backend: { ${parts} }`);
const rules = (line: string) => `${HEAD}rules: []\n${line} # <-\n`;

const yaml: readonly Footgun[] = [
  ['an empty file', '', 'the file is empty'],
  ['comments alone', '# nothing\n', 'the file is empty'],
  ['a list', '- a\n', 'the file'],
  ['plain text', 'hello\n', 'the file'],
  [
    'an alias',
    `${HEAD}rules:\n  - { name: r, issuer: backend, when: &w { a: b }, allow: ["db:a:read"] }\n  - { name: s, issuer: backend, when: *w, allow: ["db:b:read"] } # <-\n`,
    'alias',
  ],
  ['an anchor', allow('&one "db:a:read"'), 'anchor'],
  ['an anchor on a key', rule('issuer: backend, &k when: { a: b }, allow: ["db:a:read"]'), 'anchor'],
  ['a tag that turns a number into text', when('backend', 'a: !!str 1'), 'tag'],
  ['a tag of bytes', when('backend', 'a: !!binary aGk='), 'tag'],
  ['a tag of its own', when('backend', 'a: !secret x'), 'tag'],
  ['a tag that does nothing', when('backend', 'a: ! x'), 'tag'],
  ['a merge key', rule('<<: { ttl: 5m }, issuer: backend, when: { a: b }, allow: ["db:a:read"]'), '"<<"', 'r'],
  ['a key twice', `${HEAD}rules: []\nrules: [] # <-\n`, 'unique'],
  ['a key twice, quoted once', `${HEAD}rules: []\n"rules": [] # <-\n`, 'unique'],
  ['a key twice, escaped once', `${HEAD}rules: []\n"\\x72ules": [] # <-\n`, 'unique'],
  ['a condition twice', when('backend', 'a: b, "a": c'), 'unique'],
  ['a deny twice', rule('issuer: backend, when: { a: b }, deny: ["db:a:read"], \'deny\': ["db:b:read"]'), 'unique'],
  ['two documents', `${HEAD}rules: []\n--- # <-\nrules: []\n`, 'several YAML documents'],
  ['a directive of YAML 1.1', `%YAML 1.1\n---\n${HEAD}rules: []\n`, 'directive'],
  ['a directive of tags', `%TAG ! tag:example.com,2026:\n---\n${HEAD}rules: []\n`, 'directive'],
  ['a list as a key', rules('? [a, b]'), 'keys must be strings'],
  ['a condition named __proto__', when('backend', 'a: b, __proto__: c'), '__proto__'],
  ['an issuer named __proto__', head(BACKEND, '  __proto__: { issuer: "https://login.example.com/" }'), '__proto__'],
  ['a bracket left open', `${HEAD}rules: [ # <-`, 'not valid'],
  ['a tab for indentation', `${HEAD}rules:\n\t- name: r # <-\n`, 'not valid'],
  ['more than 1 MiB', `${HEAD}rules: []\n#${' '.repeat(MAX_POLICY_BYTES)}\n`, 'too large'],
];

const keys: readonly Footgun[] = [
  ['an unknown section', rules('rule: []'), 'unknown key "rule"'],
  ['an unknown section with a capital', rules('Tests: []'), 'unknown key "Tests"'],
  ['an unknown key of a rule', allow('"db:a:read"', ', tll: 5m'), 'unknown key "tll"', 'r'],
  ['an unknown key of an issuer', backend('isuer: "https://login.example.com/"'), 'unknown key "isuer"'],
  [
    'an unknown key of an instance',
    instance('url: "https://i.example.com", admin_tokn: INFLUXDB3_A'),
    'unknown key "admin_tokn"',
  ],
  [
    'an unknown key of a test',
    rules('tests: [{ name: t, issuer: backend, claim: {}, claims: {}, expect: denied }]'),
    'unknown key "claim"',
  ],
  ['an unknown form of condition', when('backend', 'a: { likes: b }'), 'a condition is', 'r'],
  ['a regular expression', when('backend', 'a: { matches: "^b$" }'), 'a condition is', 'r'],
  ['two forms of condition at once', when('backend', 'a: { like: "b*", not: bc }'), 'a condition is', 'r'],
  [
    'a name with capitals',
    `${HEAD}rules:\n  - { name: R1, issuer: backend, when: { a: b }, allow: ["db:a:read"] } # <-\n`,
    'a name is',
    'R1',
  ],
  ['an issuer without a preset or address', backend('audience: x'), 'has no address'],
  ['a preset nobody knows', head(GITHUB, '  github: { preset: github-action }'), '"github-action"'],
  ['a section left out', 'audience: https://sts.example.com\nissuers: {}\nrules: []\n', '"instances" is missing'],
];

const issuers: readonly Footgun[] = [
  ['an issuer on http', backend('issuer: "http://login.example.com/"'), 'not https'],
  ['an issuer on loopback http', backend('issuer: "http://127.0.0.1:9000"'), 'development'],
  ['an issuer at a private address', backend('issuer: "https://10.0.0.7"'), 'private'],
  ['an issuer that is no address', backend('issuer: login.example.com'), 'not an address'],
  ['an issuer with a query', backend('issuer: "https://login.example.com/?tenant=a"'), 'query'],
  ['an issuer with a password', backend('issuer: "https://me:pw@login.example.com/"'), 'user name or password'],
  [
    'keys on http',
    backend('issuer: "https://login.example.com/", jwks_uri: "http://login.example.com/jwks"'),
    'not https',
  ],
  ['a symmetric algorithm', backend('issuer: "https://login.example.com/", algorithms: [RS256, HS256]'), '"HS256"'],
  ['the algorithm none', backend('issuer: "https://login.example.com/", algorithms: [none]'), '"none"'],
  ['a clock skew above 5 minutes', backend('issuer: "https://login.example.com/", clock_skew: 6m'), '300s'],
  [
    'a GitHub with its shared flag off',
    head(GITHUB, '  github: { preset: github-actions, shared: false }'),
    'settles "shared"',
  ],
  [
    'a GitHub with pins of its own',
    head(GITHUB, '  github: { preset: github-actions, pins: [repository] }'),
    'settles "pins"',
  ],
  [
    'a GitHub with subject claims of its own',
    head(GITHUB, '  github: { preset: github-actions, subject: [actor] }'),
    'settles "subject"',
  ],
  [
    'a GitHub issuer with a slash at its end',
    head(GITHUB, '  github: { preset: github-actions, issuer: "https://token.actions.githubusercontent.com/" }'),
    'looks like',
  ],
  [
    'a GitHub issuer on another host',
    head(GITHUB, '  github: { preset: github-actions, issuer: "https://token.actions.example.com" }'),
    'looks like',
  ],
  [
    'GitHub without its preset',
    head(GITHUB, '  github: { issuer: "https://token.actions.githubusercontent.com" }'),
    'signs for strangers',
  ],
  [
    'Google under the generic preset',
    head(GITHUB, '  google2: { preset: generic, issuer: "https://accounts.google.com", audience: x }'),
    'signs for strangers',
  ],
  [
    'an Auth0 issuer without its slash',
    head(
      '  auth0: { preset: auth0, issuer: "https://acme.auth0.com/" }',
      '  auth0: { preset: auth0, issuer: "https://acme.auth0.com" }',
    ),
    'looks like',
  ],
  [
    'an Okta issuer with a slash',
    head(
      '  okta: { preset: okta, issuer: "https://acme.okta.com/oauth2/default" }',
      '  okta: { preset: okta, issuer: "https://acme.okta.com/oauth2/default/" }',
    ),
    'looks like',
  ],
  [
    'an Entra issuer of all tenants',
    backend('preset: entra, issuer: "https://login.microsoftonline.com/common/v2.0"'),
    'looks like',
  ],
  [
    'personal Microsoft accounts, said to be nobody else',
    backend(
      'preset: entra, shared: false, issuer: "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"',
    ),
    'signs for strangers',
  ],
  ...['preset: okta, ', 'preset: gitlab, ', 'preset: kubernetes, shared: true, pins: [sub], '].map(
    (parts): Footgun => [
      `GitHub's address under ${parts}`,
      head(GITHUB, `  github: { ${parts}issuer: "https://token.actions.githubusercontent.com" }`),
      'is the address of github-actions',
    ],
  ),
  [
    "a GitHub enterprise's address without its preset",
    backend('issuer: "https://token.actions.githubusercontent.com/acme"'),
    'signs for strangers',
  ],
  [
    'personal Microsoft accounts under another preset',
    backend('preset: auth0, issuer: "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"'),
    'is the address of entra',
  ],
  ...[
    ['repository', 'token.actions.githubusercontent.com'],
    ['actor', 'token.actions.githubusercontent.com'],
    ['/actor', 'token.actions.githubusercontent.com'],
    ['job_workflow_ref', 'token.actions.githubusercontent.com'],
    ['runner_environment', 'token.actions.githubusercontent.com'],
    ['email', 'accounts.google.com'],
    ['email_verified', 'accounts.google.com'],
    ['aud', 'login.example.com'],
  ].map(
    ([pin, host]): Footgun => [
      `${pin} as a pin of ${host}`,
      head(GITHUB, `  g: { audience: y, issuer: "https://${host}", shared: true, pins: [sub, ${pin}] }`),
      `"${pin}" pins nobody`,
    ],
  ),
  ...['email', 'upn', 'tid'].map(
    (pin): Footgun => [
      `${pin} as a pin of Entra`,
      backend(
        `preset: entra, issuer: "https://login.microsoftonline.com/1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5e/v2.0", pins: [${pin}]`,
      ),
      `"${pin}" pins nobody`,
    ],
  ),
  [
    'a nickname as a pin of Auth0',
    backend('preset: auth0, issuer: "https://b.auth0.com/", pins: [nickname]'),
    '"nickname" pins nobody',
  ],
  ...[
    'keys.example.com/',
    'https://keys.example.com',
    'keys.example.com:443',
    'KEYS.example.com',
    'a@b.example',
    'a b',
  ].map(
    (host): Footgun => [
      `${host} as a host of keys`,
      backend(`issuer: "https://login.example.com/", jwks_hosts: ["${host}"]`),
      'is no host',
    ],
  ),
  ...['10.0.0.7', 'localhost', 'keys.internal', 'keys.local', '[::7f00:1]', '[64:ff9b::a00:1]'].map(
    (host): Footgun => [
      `${host} as a host of keys`,
      backend(`issuer: "https://login.example.com/", jwks_hosts: ["${host}"]`),
      'private',
    ],
  ),
  [
    'keys for none of the algorithms',
    backend(
      'issuer: "https://login.example.com/", algorithms: [RS256, ES256], jwks: { keys: [{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo }] }',
    ),
    'no key of the set can be used',
  ],
  [
    'a subject by a broken pointer',
    backend('issuer: "https://login.example.com/", subject: [/a~b]'),
    'no JSON pointer',
  ],
  ['an Access issuer without a team', backend('preset: cloudflare-access'), 'name of the team'],
  ['a shared issuer without pins', backend('issuer: "https://login.example.com/", shared: true'), 'no pins'],
  [
    'two entries of one iss with one audience',
    head(GITHUB, '  again: { issuer: "https://login.example.com/" }')
      .replace(' # <-', '')
      .replace(`${BACKEND}`, `${BACKEND} # <-`),
    'takes the audience',
  ],
  [
    'no audience anywhere',
    head('audience: https://sts.example.com', '').replace(GITHUB, `${GITHUB} # <-`).replace(' # <-', ''),
    'no audience',
  ],
];

const instances: readonly Footgun[] = [
  ['an instance on http', instance('url: "http://influxdb.example.com:8181", admin_token: INFLUXDB3_A'), 'not https'],
  ['an instance on loopback http', instance('url: "http://localhost:8181", admin_token: INFLUXDB3_A'), 'development'],
  [
    'an instance at a private address',
    instance('url: "https://192.168.1.5:8181", admin_token: INFLUXDB3_A'),
    'private',
  ],
  [
    'a private address spelled as a number',
    instance('url: "https://0xa000001:8181", admin_token: INFLUXDB3_A'),
    'private',
  ],
  [
    'a public url on http',
    instance('url: "https://i.example.com", public_url: "http://i.example.com", admin_token: INFLUXDB3_A'),
    'not https',
  ],
  [
    'the admin token itself',
    instance('url: "https://i.example.com", admin_token: apiv3_c2VjcmV0'),
    'this looks like a token itself',
  ],
  [
    'a secret of another name',
    instance('url: "https://i.example.com", admin_token: STS_KEY'),
    'begins with INFLUXDB3_',
  ],
  [
    'a secret in lower case',
    instance('url: "https://i.example.com", admin_token: influxdb3_admin'),
    'begins with INFLUXDB3_',
  ],
  [
    'a second secret of another name',
    instance('url: "https://i.example.com", admin_token: INFLUXDB3_A, admin_token_next: NEXT'),
    'begins with INFLUXDB3_',
  ],
];

const tests: readonly Footgun[] = [
  [
    'a test that fails',
    `${allow('"db:a:read"').replace(' # <-', '')}tests:\n  - { name: t, issuer: backend, claims: { client_id: other }, expect: r } # <-\n`,
    'expected r and got no_rule',
  ],
  [
    'a test that expects another reason',
    `${allow('"db:a:read"').replace(' # <-', '')}tests:\n  - { name: t, issuer: backend, claims: { client_id: other }, expect: { denied: not_granted } } # <-\n`,
    'got no_rule',
  ],
  [
    'a test of a rule that is not there',
    rules('tests: [{ name: t, issuer: backend, claims: {}, expect: q }]'),
    'no allow rule "q"',
  ],
  [
    'a test of an issuer that is not there',
    rules('tests: [{ name: t, issuer: bakend, claims: {}, expect: denied }]'),
    'no issuer "bakend"',
  ],
  [
    'a test that asks for a pattern',
    rules('tests: [{ name: t, issuer: backend, claims: {}, request: ["db:a*:read"], expect: denied }]'),
    'cannot be asked for',
  ],
];

describe('YAML', () => itDoesNotBuild(yaml));
describe('keys', () => itDoesNotBuild(keys));
describe('issuers', () => itDoesNotBuild(issuers));
describe('instances', () => itDoesNotBuild(instances));
describe('tests', () => itDoesNotBuild(tests));

test.each([
  ['rule', 'rules'],
  ['instnaces', 'instances'],
  ['max_tll', 'max_ttl'],
])('an unknown key %s is answered with the nearest, %s', async (key, nearest) => {
  const { findings } = await compilePolicy(`${HEAD}rules: []\n${key}: []\n`, { development: false });
  expect(findings.map(({ fix }) => fix)).toContain(`did you mean "${nearest}"?`);
});

test('a secret written in place of its name is not repeated', async () => {
  const { findings } = await compilePolicy(instance('url: "https://i.example.com", admin_token: apiv3_c2VjcmV0'), {
    development: false,
  });
  expect(JSON.stringify(findings)).not.toContain('apiv3_');
});
