// Mistakes that people make in their first policy.yaml: from the finding alone they know what to write. A further mistake is a further
// row: what stands in the file, and what the finding must hold.

import { expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { ISS, instances, issuers, policyText, rule, TOKEN, URL_LINE } from './marked-policy.ts';

type Sections = Parameters<typeof policyText>[0];
type Row = readonly [mistake: string, sections: Sections, write: string];

const ISSUER = 'issuer: backend';
const WHEN = 'when: { client_id: one }';
const ALLOW = 'allow: ["db:a:read"]';
const allow = (line: string): Sections => rule(ISSUER, WHEN, line);
const when = (condition: string): Sections => rule(ISSUER, `when: { ${condition} }`, ALLOW);
const tests = (parts: string): Sections => ({ more: `tests:\n  - { name: t, issuer: backend, ${parts} }` });
const CLAIMS = 'claims: { client_id: one }';

const ROWS: readonly Row[] = [
  ['permissions as text', allow('allow: db:a:read'), 'allow: ["db:a:read"]'],
  ['several permissions in one text', allow('allow: "db:a:read, db:b:read"'), 'allow: ["db:a:read", "db:b:read"]'],
  ['a permission without its action', allow('allow: ["db:a"]'), 'write "db:a:read"'],
  ['a permission without its type', allow('allow: ["a:write"]'), 'write "db:a:write"'],
  ['a permission in another order', allow('allow: ["read:db:a"]'), 'write "db:a:read"'],
  ['a permission by a short action', allow('allow: ["db:a:rw"]'), 'write "db:a:read,write"'],
  ['a permission for all actions', allow('allow: ["db:a:*"]'), 'write "db:a:read,write"'],
  ['a permission on a bucket', allow('allow: ["bucket:a:read"]'), 'write "db:a:read"'],
  ['a misspelt action', allow('allow: ["db:a:wirte"]'), 'write "db:a:write"'],
  ['a permission for everything', allow('allow: ["*"]'), 'db:NAME:read'],
  ['two permissions joined in the list', allow('allow: ["db:a:read,db:b:read"]'), 'write "db:a:read", "db:b:read"'],
  ['a system permission that writes', allow('allow: ["system:metrics:write"]'), 'write "system:metrics:read"'],
  ['a database with a space', allow('allow: ["db:my data:read"]'), 'such as "my_data"'],
  ['a database with two stars', allow('allow: ["db:a_**:read"]'), 'write "a_*"'],
  ['a template of two claims', allow('allow: ["db:{a}_{b}:read"]'), 'one {claim} or *'],
  ['a preset by half its name', issuers('preset: github'), 'did you mean "github-actions"?'],
  ['a preset by a short name', issuers('preset: k8s', ISS), 'did you mean "kubernetes"?'],
  ['a preset by its vendor', issuers('preset: azure'), '"entra"'],
  ['a preset by its product', issuers('preset: cloudflare'), 'did you mean "cloudflare-access"?'],
  ['a preset nobody knows', issuers('preset: jenkins'), 'write one of generic'],
  ['the iss under its claim', issuers('iss: https://login.example.com/'), 'did you mean "issuer"?'],
  [
    'a list of issuers',
    { issuers: 'issuers: [{ preset: github-actions }]' },
    'issuers: { github: { preset: github-actions } }',
  ],
  [
    'a name of an issuer in capitals',
    { issuers: 'issuers: { backend: { issuer: https://login.example.com/ }, My CI: { preset: github-actions } }' },
    'write my-ci',
  ],
  ['an issuer without a scheme', issuers('issuer: login.example.com'), 'write https://login.example.com'],
  ['an issuer on http', issuers('issuer: http://login.example.com/'), 'write https://login.example.com/'],
  ['an issuer on this machine', issuers('issuer: http://localhost:8080'), '--development'],
  ['an algorithm with a shared secret', issuers(ISS, 'algorithms: [HS256]'), '"RS256"'],
  ['algorithms as text', issuers(ISS, 'algorithms: RS256'), 'algorithms: ["RS256"]'],
  ['a token in place of a secret', instances(URL_LINE, 'admin_token: apiv3_abcdef'), 'INFLUXDB3_ADMIN_TOKEN'],
  ['a secret in small letters', instances(URL_LINE, 'admin_token: influx_token'), 'admin_token: INFLUXDB3_TOKEN'],
  ['a secret as a variable', instances(URL_LINE, 'admin_token: $INFLUX_ADMIN'), 'admin_token: INFLUXDB3_ADMIN'],
  ['an instance on this machine', instances('url: http://localhost:8181', TOKEN), '--development'],
  ['a host in place of a url', instances('host: influxdb.example.com', TOKEN), 'did you mean "url"?'],
  [
    'instances under another name',
    { instances: 'servers:\n  main: { url: "https://i.example.com", admin_token: INFLUXDB3_A }' },
    'did you mean "instances"?',
  ],
  ['no instances', { instances: '' }, 'add instances: { main:'],
  ['rules as a map', { rules: 'rules:\n  one: { issuer: backend }' }, 'one "- name: NAME" for each rule'],
  ['an empty section of rules', { rules: 'rules:' }, 'rules: []'],
  [
    'a name in capitals',
    { rules: `rules:\n  - { name: CI Metrics, ${ISSUER}, ${WHEN}, ${ALLOW} }` },
    'write ci-metrics',
  ],
  ['conditions under another name', rule(ISSUER, 'if: { client_id: one }', ALLOW), 'did you mean "when"?'],
  ['permissions under another name', allow('permissions: ["db:a:read"]'), 'did you mean "allow"?'],
  ['a ttl in words', rule(ISSUER, WHEN, ALLOW, 'ttl: 15 minutes'), 'ttl: 15m'],
  ['a ttl of two units', rule(ISSUER, WHEN, ALLOW, 'ttl: 1h30m'), 'ttl: 90m'],
  ['a life under another name', rule(ISSUER, WHEN, ALLOW, 'expires: 15m'), 'did you mean "ttl"?'],
  ['a preset inside a rule', rule('preset: github-actions', ISSUER, WHEN, ALLOW), 'move it to an entry of "issuers:"'],
  ['yes for a boolean', rule(ISSUER, WHEN, ALLOW, 'share: yes'), 'share: true'],
  ['a role that there is not', rule(ISSUER, WHEN, 'roles: [admin]'), 'operator'],
  ['a role as text', rule(ISSUER, WHEN, 'roles: operator'), 'roles: ["operator"]'],
  ['conditions as a list', rule(ISSUER, 'when: [client_id]', ALLOW), 'when: { repository_id: "123456"'],
  ['a regular expression as a form', when('client_id: { matches: "^app-.*$" }'), 'client_id: { like: "app-*" }'],
  ['a beginning as a form', when('client_id: { prefix: app- }'), 'client_id: { like: "app-**" }'],
  ['a choice as a form', when('client_id: { in: [app, web] }'), 'client_id: [app, web]'],
  ['an equality as a form', when('client_id: { equals: app }'), 'client_id: app'],
  ['an exclusion as a form', when('client_id: one, a: { ne: app }'), 'a: { not: app }'],
  ['a presence as a form', when('client_id: { present: true }'), 'client_id: { exists: true }'],
  ['an object of claims', when('realm: { name: acme }'), '/realm/name: acme'],
  ['a condition that is empty', when('client_id: '), 'client_id: { exists: true }'],
  ['a condition of a fraction', when('version: 1.5'), 'version: "1.5"'],
  ['a test without claims', tests('expect: rule'), 'add claims: {'],
  ['a test with a permission of no form', tests(`${CLAIMS}, request: ["a:read"], expect: rule`), 'write "db:a:read"'],
  ['a request as text', tests(`${CLAIMS}, request: db:a:read, expect: rule`), 'request: ["db:a:read"]'],
  ['a test under another word', tests(`${CLAIMS}, expected: rule`), 'did you mean "expect"?'],
  ['an address that everybody shares', issuers('issuer: https://oidc.codefresh.io'), 'pins: [account_id, pipeline_id]'],
  ['an address that a preset knows', issuers('issuer: https://app.terraform.io'), 'preset: hcp-terraform'],
];

test('there are fifty and more of them', () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(50);
});

test.each(ROWS)('%s is answered with what to write', async (_mistake, sections, write) => {
  const { policy, findings } = await compilePolicy(policyText(sections), { development: false });
  expect(policy).toBeNull();
  const errors = findings.filter(({ severity }) => severity === 'error');
  expect(errors.map(({ fix }) => fix)).toContainEqual(expect.stringContaining(write));
  for (const { fix } of errors) expect(fix).not.toMatch(/correct it|write it correctly/);
});
