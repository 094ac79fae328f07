// Rules that must not build because they ask nothing of the caller, say something that InfluxDB would read otherwise, hand one tenant the
// name of another's database, or do not hang together.

import { describe } from 'vitest';
import { allow, type Footgun, HEAD, itDoesNotBuild, roles, rule, when } from './footgun-table.ts';

const PIN = 'repository_id: "123456"';

const conditions: readonly Footgun[] = [
  ['no conditions', when('backend', ''), 'no positive condition', 'r'],
  ['an exclusion alone', when('backend', 'client_id: { not: guest }'), 'no positive condition', 'r'],
  ['an absence alone', when('backend', 'act: { exists: false }'), 'no positive condition', 'r'],
  ['a pattern for everything', when('backend', 'client_id: { like: "**" }'), 'no positive condition', 'r'],
  ['a pattern for everything but slashes', when('backend', 'client_id: { like: "*" }'), 'no positive condition', 'r'],
  ['a pattern for every address', when('backend', 'email: { like: "*@*" }'), 'no positive condition', 'r'],
  [
    'a pattern for everything among values',
    when('backend', 'client_id: [app, { like: "**" }]'),
    'no positive condition',
    'r',
  ],
  [
    'a list that contains anything',
    when('backend', 'groups: { contains: { like: "*" } }'),
    'no positive condition',
    'r',
  ],
  [
    'a denial without conditions',
    rule('issuer: backend, when: {}, deny: ["db:*:write"]'),
    'no positive condition',
    'r',
  ],
  ['operators by an exclusion', roles('backend', 'email: { not: guest@acme.example }'), 'no positive condition', 'r'],
  ['a GitHub id as a number', when('github', 'repository_id: 123456'), 'always text', 'r'],
  ['a GitHub flag as a boolean', when('github', `${PIN}, ref_protected: true`), 'always text', 'r'],
  ...['project_id: 2022', 'project_id: "2022", ref_protected: true', 'project_id: "2022", /job_id: [9001]'].map(
    (conditions): Footgun => [`GitLab by ${conditions}`, when('gitlab', conditions), 'always text', 'r'],
  ),
  ...[
    when('github', 'repository_id: acme/app'),
    when('github', 'repository_id: ""'),
    when('github', 'repository_owner_id: ["77", "acme"]'),
    when('github', 'enterprise_id: " 9"'),
    when('github', `${PIN}, repository_owner_id: { not: acme }, ref: refs/heads/main`),
    when('gitlab', 'project_id: acme/app'),
    when('gitlab', 'namespace_id: acme'),
    when('google', 'sub: ops@acme.example'),
    rule('issuer: github, when: { repository_id: acme/app }, deny: ["db:*:write"]'),
  ].map((text): Footgun => [`an id that is no number: ${text.split('\n').at(-2)}`, text, 'holds digits only', 'r']),
  ['a pattern with a line break', when('backend', 'a: { like: "b*\\n" }'), 'nothing that is matched holds', 'r'],
  [
    'a pattern with a hidden sign',
    when('backend', 'a: { not: { like: "b*\\u200b" } }'),
    'nothing that is matched holds',
    'r',
  ],
  ['a pointer with a strange escape', when('backend', '/a~2b: c'), 'no JSON pointer', 'r'],
  ['a pointer that ends in its escape', when('backend', '/a~: c'), 'no JSON pointer', 'r'],
  ['an empty list', when('backend', 'client_id: []'), 'the list is empty', 'r'],
  ['a null', when('backend', 'client_id: null'), 'a condition is', 'r'],
  ['a number that JSON cannot hold', when('backend', 'n: 12345678901234567890'), 'JSON holds exactly', 'r'],
  ['a pattern of three stars', when('backend', 'a: { like: "a***" }'), '* and ** only', 'r'],
];

const permissions: readonly Footgun[] = [
  ['db:* beside a name', allow('"db:*:read", "db:a:write"'), 'shadow', 'r'],
  ['db:* beside a name in one permission', allow('"db:*,a:read"'), 'shadow', 'r'],
  ['db:* beside a pattern', allow('"db:*:read", "db:tenant_*:write"'), 'shadow', 'r'],
  ['db:* beside a template', allow('"db:*:read", "db:{tenant}:write"'), 'shadow', 'r'],
  ['two templates in one name', allow('"db:{org}_{team}:read"'), 'one {claim}', 'r'],
  ['a template beside a star', allow('"db:{org}_*:read"'), 'not both', 'r'],
  ['a star before a template', allow('"db:*{org}:read"'), 'not both', 'r'],
  ['a template in a template', allow('"db:{a{b}}:read"'), 'one {claim}', 'r'],
  ['an empty template', allow('"db:x{}:read"'), 'one {claim}', 'r'],
  ['templates that can meet', allow('"db:{t}:read", "db:{t}_archive:read"'), 'same name for two callers', 'r'],
  ['templates that can meet in front', allow('"db:{t}:read", "db:old_{t}:write"'), 'same name for two callers', 'r'],
  [
    'templates that can meet within one permission',
    allow('"db:{t},{t}_archive:read"'),
    'same name for two callers',
    'r',
  ],
  [
    'templates of two claims under one name',
    allow('"db:t_{org}:read", "db:t_{team}:read"'),
    'same name for two callers',
    'r',
  ],
  ['templates that can meet at a slash', allow('"db:x/{t}:read", "db:{t}/y:read"'), 'same name for two callers', 'r'],
  ['a template over a pointer with a strange escape', allow('"db:{/a~2b}:read"'), 'no JSON pointer', 'r'],
  ['templates that can meet on both sides', allow('"db:a{t}:read", "db:{t}z:read"'), 'same name for two callers', 'r'],
  ["InfluxDB's own database", allow('"db:_internal:read"'), 'never granted', 'r'],
  ['a double star', allow('"db:**:read"'), 'knows * only', 'r'],
  ['a name with a path in it', allow('"db:../x:read"'), 'no database name', 'r'],
  ['an action nobody knows', allow('"db:a:wirte"'), 'an action is not', 'r'],
  ['all actions', allow('"db:a:*"'), 'an action is not', 'r'],
  ['a type nobody knows', allow('"database:a:read"'), 'its type', 'r'],
  ['a permission without actions', allow('"db:a"'), 'type:names:actions', 'r'],
  ['all of system', allow('"system:*:read"'), 'a name is not one of', 'r'],
  ['an empty list', allow(''), 'the list is empty', 'r'],
];

const SECOND = `${HEAD}  second: { url: "https://second.example.com", admin_token: INFLUXDB3_SECOND }\n`;
const shape: readonly Footgun[] = [
  ['a ttl over max_ttl', allow('"db:a:read"', ', ttl: 25h'), 'over max_ttl (1d)', 'r'],
  ['a maximum over max_ttl', allow('"db:a:read"', ', ttl: { default: 15m, max: 2d }'), 'over max_ttl (1d)', 'r'],
  ['a ttl over a lowered max_ttl', `max_ttl: 10m\n${allow('"db:a:read"', ', ttl: 15m')}`, 'over max_ttl (10m)', 'r'],
  ['a default over its maximum', allow('"db:a:read"', ', ttl: { default: 2h, max: 1h }'), 'over the maximum', 'r'],
  ['a max_ttl beyond a year', `max_ttl: 366d # <-\n${allow('"db:a:read"').replace(' # <-', '')}`, 'at most 365d'],
  ['a range without a maximum', allow('"db:a:read"', ', ttl: { default: 2h }'), 'a ttl is', 'r'],
  ['a ttl of nothing', allow('"db:a:read"', ', ttl: 0'), 'at least 1s', 'r'],
  ['a negative ttl', allow('"db:a:read"', ', ttl: -5'), 'a ttl is', 'r'],
  ['a ttl without an end', allow('"db:a:read"', ', ttl: .inf'), 'a ttl is', 'r'],
  ['a broken ttl', allow('"db:a:read"', ', ttl: 1.5h'), 'a ttl is', 'r'],
  ['a ttl in an unknown unit', allow('"db:a:read"', ', ttl: 1w'), 'a ttl is', 'r'],
  [
    'a shared token with a range',
    allow('"db:a:read"', ', share: true, ttl: { default: 15m, max: 1h }'),
    'one fixed life',
    'r',
  ],
  [
    'a shared token that ends with the subject token',
    allow('"db:a:read"', ', share: true, within_subject_token: true'),
    'outlives each subject token',
    'r',
  ],
  ['neither allow nor deny nor roles', rule('issuer: backend, when: { a: b }'), 'exactly one of', 'r'],
  ['allow and deny', allow('"db:a:read"', ', deny: ["db:b:read"]'), 'exactly one of', 'r'],
  ['allow and roles', allow('"db:a:read"', ', roles: [operator]'), 'exactly one of', 'r'],
  ['a role nobody knows', rule('issuer: backend, when: { a: b }, roles: [admin]'), '"admin"', 'r'],
  [
    'a denial on one instance',
    rule('issuer: backend, when: { a: b }, deny: ["db:a:read"], instance: main'),
    'has no "instance"',
    'r',
  ],
  ['roles with a ttl', rule('issuer: backend, when: { a: b }, roles: [operator], ttl: 5m'), 'has no "ttl"', 'r'],
  ['an issuer that is not there', when('bakend', 'a: b'), 'no issuer "bakend"', 'r'],
  ["an issuer by a name of the language's own", when('constructor', 'a: b'), 'no issuer "constructor"', 'r'],
  ['an instance that is not there', allow('"db:a:read"', ', instance: mian'), 'no instance "mian"', 'r'],
  ['no instance where there are two', allow('"db:a:read"').replace(HEAD, SECOND), 'several instances', 'r'],
  [
    'a name twice',
    `${allow('"db:a:read"').replace(' # <-', '')}  - { name: r, issuer: backend, when: { a: b }, allow: ["db:b:read"] } # <-\n`,
    'another rule is named "r"',
    'r',
  ],
  [
    'the name "denied"',
    `${HEAD}rules:\n  - { name: denied, issuer: backend, when: { a: b }, allow: ["db:b:read"] } # <-\n`,
    'no name for a rule',
    'denied',
  ],
];

describe('conditions', () => itDoesNotBuild(conditions));
describe('permissions', () => itDoesNotBuild(permissions));
describe('the shape of a rule', () => itDoesNotBuild(shape));
