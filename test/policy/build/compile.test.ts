// What the policy build refuses of a file whose grammar is sound, and where it says so. In these texts the offending line carries the
// mark `#!`.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { BASE, expectError, ISS, issuers, policyText, rule, SECTIONS } from './marked-policy.ts';

describe('the build refuses, at its line,', () => {
  const backendRule = (...lines: string[]) => rule(...BASE, ...lines);
  test.each<[string, Parameters<typeof policyText>[0], RegExp]>([
    ['a rule for no issuer', rule('issuer: nobody #!', 'when: { a: b }', 'allow: ["db:a:read"]'), /no issuer "nobody"/],
    [
      'a rule for an inherited name',
      rule('issuer: constructor #!', 'when: { a: b }', 'allow: ["db:a:read"]'),
      /no issuer/,
    ],
    [
      'a rule without an effect',
      { rules: 'rules:\n  - { name: rule, issuer: backend, when: { a: b } } #!' },
      /exactly one/,
    ],
    [
      'a rule with two effects',
      {
        rules:
          'rules:\n  - { name: rule, issuer: backend, when: { a: b }, allow: ["db:a:read"], deny: ["db:b:read"] } #!',
      },
      /exactly one/,
    ],
    [
      'two rules of one name',
      {
        rules: `${SECTIONS.rules}\n  - name: rule #!\n    issuer: backend\n    when: { a: b }\n    allow: ["db:a:read"]`,
      },
      /rule/,
    ],
    ['a deny rule with an instance', backendRule('deny: ["db:a:read"]', 'instance: main #!'), /"instance"/],
    ['a deny rule with a ttl', backendRule('deny: ["db:a:read"]', 'ttl: 5m #!'), /"ttl"/],
    [
      'a rule without conditions',
      rule('issuer: backend', 'when: {} #!', 'allow: ["db:a:read"]'),
      /no positive condition/,
    ],
    [
      'a rule of negations',
      rule('issuer: backend', 'when: { a: { not: b }, c: { exists: false } } #!', 'allow: ["db:a:read"]'),
      /no positive condition/,
    ],
    [
      'a deny rule of negations',
      rule('issuer: backend', 'when: { a: { not: b } } #!', 'deny: ["db:a:read"]'),
      /no positive condition/,
    ],
    [
      'a rule on a shared issuer without a pin',
      rule('issuer: github', 'when: { ref: refs/heads/main } #!', 'allow: ["db:a:read"]'),
      /pins no party/,
    ],
    [
      'a pin by pattern',
      rule('issuer: github', 'when: { repository_id: { like: "1*" }, ref: x } #!', 'allow: ["db:a:read"]'),
      /pins no party/,
    ],
    [
      'a pin by presence',
      rule('issuer: github', 'when: { repository_id: { exists: true }, ref: x } #!', 'allow: ["db:a:read"]'),
      /pins no party/,
    ],
    [
      'a pin by a list with a pattern',
      rule('issuer: github', 'when: { repository_id: ["1", { like: "2*" }], ref: x } #!', 'allow: ["db:a:read"]'),
      /pins no party/,
    ],
    [
      'a rule for an unknown instance',
      backendRule('allow: ["db:a:read"]', 'instance: other #!'),
      /no instance "other"/,
    ],
    [
      'a default over the maximum',
      backendRule('allow: ["db:a:read"]', 'ttl: { default: 2h, max: 1h } #!'),
      /default is over/,
    ],
    [
      'a ttl over max_ttl',
      { ...backendRule('allow: ["db:a:read"]', 'ttl: 2h #!'), more: 'max_ttl: 1h' },
      /over max_ttl \(1h\)/,
    ],
    ['a ttl over the default of max_ttl', backendRule('allow: ["db:a:read"]', 'ttl: 25h #!'), /over max_ttl \(1d\)/],
    ['db:* beside a named database', backendRule('allow: ["db:*:read", "db:a:write"] #!'), /shadow/],
    ['db:* beside a pattern', backendRule('allow: ["db:*,a*:read"] #!'), /shadow/],
    ['db:* beside a template', backendRule('allow: ["db:*:read", "db:{client_id}:read"] #!'), /shadow/],
    [
      'two templates that can meet',
      backendRule('allow: ["db:{tenant}:read", "db:{tenant}_archive:read"] #!'),
      /same name/,
    ],
    ['an issuer without an address', { issuers: 'issuers:\n  backend: { clock_skew: 5s } #!' }, /no address/],
    ['an issuer without an audience', { audience: '', issuers: `issuers:\n  backend: { ${ISS} } #!` }, /no audience/],
    ['a shared issuer without pins', { issuers: `issuers:\n  backend: { ${ISS}, shared: true } #!` }, /no pins/],
    [
      'keys given twice',
      issuers(ISS, 'jwks_uri: https://login.example.com/keys', 'jwks: { keys: [{ kty: RSA }] } #!'),
      /twice/,
    ],
    [
      'a key that its preset settles',
      {
        issuers:
          'issuers:\n  backend: { issuer: https://login.example.com/ }\n  github:\n    preset: github-actions\n    algorithms: [ES256] #!',
      },
      /settles "algorithms"/,
    ],
  ])('%s', (_name, sections, words) => expectError(sections, words));

  test.each([
    ['no permission', 'metrics'],
    ['an unknown type', 'table:a:read'],
    ['an unknown action', 'db:a:drop'],
    ['every action', 'db:a:*'],
    ['an unknown system name', 'system:admin:read'],
    ['every system name', 'system:*:read'],
    ['a write on the system', 'system:health:write'],
    ['the internal database', 'db:_internal:read'],
    ['a name that begins with an underscore', 'db:_a:read'],
    ['a pattern that begins with an underscore', 'db:_*:read'],
    ['a name with two slashes', 'db:a/b/c:read'],
    ['a path', 'db:../a:read'],
    ['a double star', 'db:a**:read'],
    ['a dot', 'db:a.b:read'],
    ['two templates', 'db:{a}_{b}:read'],
    ['a template and a star', 'db:{a}_*:read'],
    ['an empty template', 'db:t_{}:read'],
    ['an open template', 'db:t_{a:read'],
    ['a nested template', 'db:t_{{a}}:read'],
    ['a template behind an underscore', 'db:_{a}:read'],
  ])('%s in an allow or deny list', async (_name, permission) => {
    for (const effect of ['allow', 'deny']) {
      await expectError(
        backendRule(`${effect}:`, `  - db:fine:read`, `  - "${permission}" #!`),
        /permission|database name/,
      );
    }
  });

  test('a rule that leaves the instance open where there are several, or where there is none', async () => {
    const several = {
      instances: `${SECTIONS.instances}\n  other: { url: "https://other.example.com", admin_token: INFLUXDB3_OTHER }`,
      rules: 'rules:\n  - { name: rule, issuer: backend, when: { a: b }, allow: ["db:a:read"] } #!',
    };
    await expectError(several, /several instances.*main, other/);
    await expectError({ ...several, instances: 'instances: {}' }, /no instance/);
    await expectError(
      { ...several, rules: several.rules.replace('allow: ', 'instance: other, ttl: 2d, allow: ') },
      /over max_ttl/,
    );
  });

  test('every fault at once, each with its rule', async () => {
    const text = policyText({
      rules:
        'rules:\n  - { name: one, issuer: x, when: { a: b }, allow: ["db:a:read"] }\n  - { name: two, issuer: backend, when: {}, allow: ["db:a:read"] }',
    });
    const { findings } = await compilePolicy(text, { development: false });
    expect(findings.filter(({ severity }) => severity === 'error').map((finding) => finding.rule)).toEqual([
      'one',
      'two',
    ]);
  });
});
