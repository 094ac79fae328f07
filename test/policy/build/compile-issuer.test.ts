// Issuers and instances of a policy: which addresses a build accepts, and entries that share one `iss`.

import { describe, expect, test } from 'vitest';
import { compilePolicy } from '../../../src/policy/build/compile.ts';
import { compiled, withRules } from '../policy-text.ts';

const text = (issuers: string, url = 'https://influxdb.example.com:8181', more = '') => `
audience: https://sts.example.com
issuers: { ${issuers} }
instances: { main: { url: "${url}", admin_token: INFLUXDB3_ADMIN_TOKEN${more} } }
rules: []
`;

async function errors(policy: string, development = false) {
  const { findings } = await compilePolicy(policy, { development });
  return findings.filter(({ severity }) => severity === 'error').map(({ line, message }) => `${line}: ${message}`);
}

const PUBLIC = ['https://login.example.com', 'https://login.example.com:8443/realms/a'];
const BARE = [
  'https://8.8.8.8/',
  'https://203.0.113.7:8181',
  'https://0x08080808',
  'https://[2001:db8::1]',
  'https://8.8.8.8./',
];
const LOOPBACK = ['http://localhost:8080', 'http://127.0.0.1:8181', 'http://[::1]:8181', 'https://localhost'];
const NEVER = [
  'http://login.example.com',
  'http://10.0.0.1',
  'ftp://login.example.com',
  'file:///etc/passwd',
  'javascript:0',
  'login.example.com',
  '//login.example.com',
  'https://user:secret@login.example.com',
  'https://user@login.example.com',
  'https://login.example.com/?a=b',
  'https://login.example.com/?',
  'https://login.example.com/#a',
  'https://login.example.com/#',
  'https://10.1.2.3',
  'https://172.16.0.1',
  'https://172.31.255.255',
  'https://192.168.0.1',
  'https://169.254.169.254',
  'https://100.64.0.1',
  'https://0.0.0.0',
  'https://[fd00::1]',
  'https://[fe80::1]',
  'https://[::ffff:10.0.0.1]',
  'https://0x0a.0.0.1',
  'https://167772161',
  'https://[::7f00:1]',
  'https://[::127.0.0.1]',
  'https://[64:ff9b::10.0.0.1]',
  'https://sts.internal',
  'https://metadata.google.internal.',
  'https://influxdb.local',
  'https://local',
];

describe('the address of an issuer, a key set or an instance', () => {
  const places = (address: string) => [
    text(`b: { issuer: "${address}" }`),
    text(`b: { issuer: "https://login.example.com", jwks_uri: "${address}" }`),
    text('b: { issuer: "https://login.example.com" }', address),
    text('b: { issuer: "https://login.example.com" }', undefined, `, public_url: "${address}"`),
  ];

  test.each(PUBLIC)('may be %s in every build', async (address) => {
    for (const policy of places(address)) {
      expect(await errors(policy)).toEqual([]);
      expect(await errors(policy, true)).toEqual([]);
    }
  });

  test.each(BARE)('may not be %s where it is fetched, because the platform answers error 1003', async (address) => {
    const [issuer, keys, instance, told] = places(address);
    for (const policy of [issuer, keys, instance] as const) {
      for (const development of [false, true]) {
        const found = await errors(policy!, development);
        expect(found).toEqual([expect.stringContaining('a bare IP address, which the platform does not fetch')]);
      }
    }
    // Callers are told of it, and fetch it themselves.
    expect(await errors(told!)).toEqual([]);
    // What is only compared is fetched by nobody.
    const compared = text(`b: { issuer: "${address}", jwks_uri: "https://login.example.com/keys" }`);
    expect(await errors(compared)).toEqual([]);
  });

  test.each([
    ...LOOPBACK,
    'https://127.1',
    'https://localhost.',
    'https://sts.localhost',
  ])('may be %s in a development build only', async (address) => {
    for (const policy of places(address)) {
      expect(await errors(policy)).toHaveLength(1);
      expect(await errors(policy, true)).toEqual([]);
    }
  });

  test.each(NEVER)('is never %s', async (address) => {
    for (const [place, policy] of places(address).entries()) {
      // The address of a key set, unlike the others, may hold a query.
      if (place === 1 && address.includes('?')) continue;
      expect(await errors(policy)).toHaveLength(1);
      expect(await errors(policy, true)).toHaveLength(1);
    }
  });

  test('of an instance loses its last slash, that of an issuer does not', async () => {
    const policy = await compiled(text('b: { issuer: "https://login.example.com/" }', 'https://influxdb.example.com/'));
    expect(policy.instances.main).toMatchObject({
      url: 'https://influxdb.example.com',
      publicUrl: 'https://influxdb.example.com',
    });
    expect(policy.issuers.b?.iss).toBe('https://login.example.com/');
  });
});

test('the compiled policy says whether it is for development', async () => {
  const policy = text('b: { issuer: "http://localhost:8080" }');
  expect((await compiled(policy, true)).development).toBe(true);
  expect((await compiled(text('b: { issuer: "https://login.example.com" }'))).development).toBe(false);
});

test.each([
  [
    'in the file',
    'algorithms: [EdDSA], jwks: { keys: [{ kty: OKP, crv: Ed25519, x: 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo }] }',
  ],
  ['at an address of their own', 'jwks_uri: https://keys.example.com/cluster'],
])('an issuer that is never asked, with its keys %s, may have a private name or be no address', async (_name, keys) => {
  const issuer = 'issuer: https://kubernetes.default.svc.cluster.local';
  expect(await errors(text(`b: { ${issuer}, ${keys} }`))).toEqual([]);
  expect(await errors(text(`b: { ${issuer} }`))).toEqual([expect.stringMatching(/private address/)]);
  for (const iss of ['http://cluster.local', 'rke', 'a@b.iam.example.com', 'urn:a:b', 'https://a.example/?b=c']) {
    expect(await errors(text(`b: { issuer: "${iss}", ${keys} }`))).toEqual([]);
    expect(await errors(text(`b: { issuer: "${iss}" }`))).toHaveLength(1);
  }
  expect(await errors(text(`b: { issuer: "rke\\u200b", ${keys} }`))).toEqual([expect.stringMatching(/do not show/)]);
});

describe('entries of one iss', () => {
  const ISS = 'issuer: "https://login.example.com/"';
  const one = `one: { ${ISS} }`;

  test('are told apart by their audiences', async () => {
    expect(await errors(text(`${one}, two: { ${ISS}, audience: https://two.example.com }`))).toEqual([]);
  });

  test.each([
    ['the default audience twice', `two: { ${ISS} }`],
    ['an audience of another list', `two: { ${ISS}, audience: [https://two.example.com, https://sts.example.com] }`],
  ])('may not take %s', async (_name, two) => {
    expect(await errors(text(`${one}, ${two}`))).toEqual([expect.stringMatching(/^3: .*audience https:\/\/sts/)]);
  });

  test('are compared with every entry before them', async () => {
    const three = [
      one,
      `two: { ${ISS}, audience: https://two.example.com }`,
      `three: { ${ISS}, audience: https://two.example.com }`,
    ];
    expect(await errors(text(three.join(', ')))).toHaveLength(1);
  });

  test.each([
    ['shared or not', 'shared: true, pins: [org_id]', 'pins: [org_id]'],
    ['the pins', 'shared: true, pins: [org_id]', 'shared: true, pins: [org_id, team]'],
  ])('agree on %s', async (_name, first, second) => {
    const two = (more: string) => `two: { ${ISS}, audience: https://two.example.com, ${more} }`;
    expect(await errors(text(`one: { ${ISS}, ${first} }, ${two(second)}`))).toEqual([
      expect.stringMatching(/shares its "iss".* pins/),
    ]);
    expect(await errors(text(`one: { ${ISS}, ${first} }, ${two(first)}`))).toEqual([]);
  });

  const OKP = (x: string) => `algorithms: [EdDSA], jwks: { keys: [{ kty: OKP, crv: Ed25519, x: ${x} }] }`;
  const [FIRST, SECOND] = [
    OKP('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo'),
    OKP('PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw'),
  ];

  test.each([
    ['in the file', FIRST, SECOND],
    ['at two addresses', 'jwks_uri: https://a.example.com/keys', 'jwks_uri: https://b.example.com/keys'],
    ['beside those of the iss', '', SECOND],
    ['and pins of their own', `${FIRST}, shared: true, pins: [org_id]`, SECOND],
    ['that are the same, and a typ of their own', `${FIRST}, typ: at+jwt`, FIRST],
  ])('may have keys of their own %s', async (_name, first, second) => {
    const entries = (audience: string) =>
      text(`one: { ${ISS}${first === '' ? '' : `, ${first}`} }, two: { ${ISS}, audience: ${audience}, ${second} }`);
    expect(await errors(entries('https://two.example.com'))).toEqual([]);
    expect(await errors(entries('https://sts.example.com'))).toEqual([expect.stringMatching(/audience https:\/\/sts/)]);
  });

  test.each([
    'algorithms: [ES256]',
    'algorithms: [RS256, ES256]',
    'typ: at+jwt',
    'jwks_hosts: [keys.example.com]',
    'ignore_header: [jku]',
  ])('without keys of their own share those of the iss, so that %s may not differ', async (more) => {
    expect(await errors(text(`${one}, two: { ${ISS}, audience: https://two.example.com, ${more} }`))).toEqual([
      expect.stringMatching(/shares its "iss"/),
    ]);
    expect(
      await errors(text(`one: { ${ISS}, ${more} }, two: { ${ISS}, audience: https://two.example.com, ${more} }`)),
    ).toEqual([]);
  });

  test('are others where the address differs by a byte', async () => {
    expect(await errors(text(`${one}, two: { issuer: "https://login.example.com" }`))).toEqual([]);
  });
});

describe('the defaults of an issuer', () => {
  test('are those of the language', async () => {
    const policy = await compiled(text('b: { issuer: "https://login.example.com" }'));
    expect(policy.issuers.b).toMatchObject({
      audiences: ['https://sts.example.com'],
      multipleAudiences: false,
      algorithms: ['RS256'],
      subject: [['sub']],
      alwaysPresent: ['sub'],
      clockSkew: 60,
      maxTokenAge: 86_400,
      maxLifetime: 86_400,
      singleUse: false,
      shared: false,
    });
  });

  test('take subject claims for always present, but not those that have alternatives', async () => {
    const policy = await compiled(
      text('b: { issuer: "https://login.example.com", subject: [client_id, [sub, common_name]] }'),
    );
    expect(policy.issuers.b?.alwaysPresent).toEqual(['client_id']);
  });
});

describe('the digest', () => {
  const rule = (more = '') =>
    `{ name: r, issuer: backend, instance: main, when: { a: b, c: d }, allow: ["db:a:read"]${more} }`;

  test('is the same for the same policy, however it is spelt', async () => {
    const { digest } = await withRules(rule());
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect((await withRules(rule(', ttl: 15m'))).digest).toBe(digest);
    expect((await withRules(rule(', ttl: 900'))).digest).toBe(digest);
  });

  test('is another for another policy', async () => {
    const digests = await Promise.all(
      [rule(), rule(', ttl: 14m'), rule().replace('b, c', 'x, c')].map((one) => withRules(one)),
    );
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(3);
  });
});
