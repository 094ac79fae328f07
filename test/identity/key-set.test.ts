// Unit tests of the key set: which published keys are taken, and which of them a header means.

import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/foundation/json.ts';
import type { Claims } from '../../src/identity/claim.ts';
import { parseKeySet, selectKey } from '../../src/identity/key-set.ts';
import type { Algorithm } from '../../src/identity/trusted-issuer.ts';

const keys: Record<'RS256' | 'ES256' | 'EdDSA', JsonObject> = { RS256: {}, ES256: {}, EdDSA: {} };
const privateHalves: typeof keys = { ...keys };

beforeAll(async () => {
  for (const alg of ['RS256', 'ES256', 'EdDSA'] as const) {
    const pair = await generateKeyPair(alg, { extractable: true });
    keys[alg] = { ...(await exportJWK(pair.publicKey)), kid: alg };
    privateHalves[alg] = { ...(await exportJWK(pair.privateKey)), kid: alg };
  }
});

const encode = (bytes: Uint8Array | number[]) => Buffer.from(bytes).toString('base64url');
/** An odd number of exactly so many bits. */
function modulusOf(bits: number): string {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  bytes[0] = 0xff >> (bytes.length * 8 - bits);
  return encode(bytes);
}
/** The encodings of the eight points of small order, also the non-canonical ones; the last bit is the sign of x. */
const SMALL_ORDER_POINTS = [
  `00${'00'.repeat(31)}`,
  `00${'00'.repeat(30)}80`,
  `01${'00'.repeat(31)}`,
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(30)}7f`,
  `ec${'ff'.repeat(31)}`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];
const without = (jwk: JsonObject, member: string) =>
  Object.fromEntries(Object.entries(jwk).filter(([name]) => name !== member));
/** One algorithm of each family and curve, so that a key without `alg` has one to serve. */
const ALGORITHMS: readonly Algorithm[] = ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const parse = (document: unknown) => parseKeySet(document, ALGORITHMS);
const taken = (jwk: unknown) => parse({ keys: [jwk] }).length;

describe('a key set leaves out', () => {
  it.each<readonly [string, () => unknown]>([
    ['null', () => null],
    ['text', () => 'key'],
    ['a list', () => [keys.RS256]],
    ['a key without kty', () => without(keys.RS256, 'kty')],
    ['a symmetric key', () => ({ kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' })],
    ['a symmetric key that calls itself RS256', () => ({ kty: 'oct', k: 'c2VjcmV0', alg: 'RS256', use: 'sig' })],
    ['a key type of another case', () => ({ ...keys.RS256, kty: 'rsa' })],
    ['a key for encryption', () => ({ ...keys.RS256, use: 'enc' })],
    ['a key whose use is no text', () => ({ ...keys.RS256, use: ['sig'] })],
    ['a key of another operation', () => ({ ...keys.RS256, key_ops: ['encrypt'] })],
    ['a key of no operation', () => ({ ...keys.RS256, key_ops: [] })],
    ['a key whose operations are no list', () => ({ ...keys.RS256, key_ops: 'verify' })],
    ['a key whose use and operations disagree', () => ({ ...keys.RS256, use: 'sig', key_ops: ['deriveBits'] })],
    ['a key whose kid is a number', () => ({ ...keys.RS256, kid: 1 })],
    ['a key whose kid is null', () => ({ ...keys.RS256, kid: null })],
    ['an RSA key without a modulus', () => without(keys.RS256, 'n')],
    ['an RSA key without an exponent', () => without(keys.RS256, 'e')],
    ['an RSA key whose modulus is no text', () => ({ ...keys.RS256, n: 65537 })],
    ['an RSA key whose modulus is no base64url', () => ({ ...keys.RS256, n: '!!!!' })],
    ['an RSA key with an empty modulus', () => ({ ...keys.RS256, n: '' })],
    ['an RSA key with a modulus of zeros', () => ({ ...keys.RS256, n: encode(Buffer.alloc(256)) })],
    ['an RSA key with an even modulus', () => ({ ...keys.RS256, n: encode(Buffer.alloc(256, 0xfe)) })],
    ['an RSA key of 1,024 bits', () => ({ ...keys.RS256, n: modulusOf(1024) })],
    ['an RSA key of 2,047 bits', () => ({ ...keys.RS256, n: modulusOf(2047) })],
    [
      'an RSA key of 1,024 bits behind leading zeros',
      () => ({
        ...keys.RS256,
        n: encode(Buffer.concat([Buffer.alloc(128), Buffer.alloc(128, 0xff)])),
      }),
    ],
    ['an RSA key of 8,193 bits', () => ({ ...keys.RS256, n: modulusOf(8193) })],
    ['an RSA key of 64 KiB', () => ({ ...keys.RS256, n: modulusOf(524_288) })],
    ['an RSA key with an empty exponent', () => ({ ...keys.RS256, e: '' })],
    ['an RSA key with the exponent 0', () => ({ ...keys.RS256, e: encode([0]) })],
    ['an RSA key with the exponent 1', () => ({ ...keys.RS256, e: encode([1]) })],
    ['an RSA key with the exponent 1 behind leading zeros', () => ({ ...keys.RS256, e: encode([0, 0, 1]) })],
    ['an RSA key with an even exponent', () => ({ ...keys.RS256, e: encode([1, 0, 0]) })],
    ['an RSA key with an exponent of five bytes', () => ({ ...keys.RS256, e: encode([1, 0, 0, 0, 1]) })],
    ['an RSA key with its private half', () => privateHalves.RS256],
    ['an RSA key with one of its primes', () => ({ ...keys.RS256, p: privateHalves.RS256.p })],
    ['an EC key with its private half', () => privateHalves.ES256],
    ['an Ed25519 key with its private half', () => privateHalves.EdDSA],
    ['an EC key without y', () => without(keys.ES256, 'y')],
    ['an EC key without a curve', () => without(keys.ES256, 'crv')],
    ['an EC key on a curve that no algorithm of ours uses', () => ({ ...keys.ES256, crv: 'secp256k1' })],
    ['an EC key on the curve "toString"', () => ({ ...keys.ES256, crv: 'toString' })],
    ['an EC key with a coordinate cut short', () => ({ ...keys.ES256, x: encode(Buffer.alloc(31, 1)) })],
    ['an EC key with the coordinates of another curve', () => ({ ...keys.ES256, crv: 'P-384' })],
    ['an EC key with an empty coordinate', () => ({ ...keys.ES256, y: '' })],
    ['an X25519 key', () => ({ ...keys.EdDSA, crv: 'X25519' })],
    ['an Ed448 key', () => ({ kty: 'OKP', crv: 'Ed448', x: encode(Buffer.alloc(57, 1)) })],
    ['an Ed25519 key of 31 bytes', () => ({ ...keys.EdDSA, x: encode(Buffer.alloc(31, 1)) })],
    ...SMALL_ORDER_POINTS.map(
      (point) =>
        [
          `the small-order Ed25519 key ${point.slice(0, 8)}...${point.slice(-2)}`,
          () => ({ ...keys.EdDSA, x: encode(Buffer.from(point, 'hex')) }),
        ] as const,
    ),
  ])('%s', (_name, jwk) => {
    expect(taken(jwk())).toBe(0);
  });

  it('all that is unusable, and keeps its neighbours', () => {
    const set = parse({ keys: [null, { kty: 'oct' }, keys.RS256, { kty: 'EC' }, keys.ES256] });
    expect(set.map(({ kid }) => kid)).toEqual(['RS256', 'ES256']);
  });

  it('keys beyond a hundred', () => {
    const many = Array.from({ length: 101 }, (_, at) => ({ ...keys.ES256, kid: `k${at}` }));
    const set = parse({ keys: many });
    expect([set.length, set.at(-1)?.kid]).toEqual([100, 'k99']);
  });

  it.each([
    null,
    'keys',
    7,
    [],
    {},
    { keys: null },
    { keys: {} },
    { keys: 'x' },
    { keys: [] },
  ])('everything where there is no list: %j', (document) => {
    expect(parse(document)).toEqual([]);
  });
});

describe('a key set takes', () => {
  it.each<readonly [string, () => unknown]>([
    ['an RSA key', () => keys.RS256],
    ['an EC key', () => keys.ES256],
    ['an Ed25519 key', () => keys.EdDSA],
    ['a key without kid', () => without(keys.RS256, 'kid')],
    ['a key for signatures', () => ({ ...keys.RS256, use: 'sig', key_ops: ['verify'] })],
    [
      'an RSA key of 2,048 bits behind a leading zero',
      () => ({
        ...keys.RS256,
        n: encode(Buffer.concat([Buffer.alloc(1), Buffer.from(keys.RS256.n as string, 'base64url')])),
      }),
    ],
    ['an RSA key of 8,192 bits', () => ({ ...keys.RS256, n: modulusOf(8192) })],
    ['an RSA key with the exponent 3', () => ({ ...keys.RS256, e: encode([3]) })],
    ['a key with certificates, which nobody reads', () => ({ ...keys.RS256, x5c: ['!'], x5u: 'https://evil.example' })],
  ])('%s', (_name, jwk) => {
    expect(taken(jwk())).toBe(1);
  });

  it('the public members alone', async () => {
    const [key] = parse({ keys: [{ ...keys.RS256, alg: 'RS256', ext: false, key_ops: ['verify'] }] });
    const imported = await key!.imported();
    expect([imported.type, imported.usages]).toEqual(['public', ['verify']]);
    expect(await key!.imported()).toBe(imported);
  });
});

describe('the key that a header means', () => {
  const select = (
    entries: readonly JsonObject[],
    kid: string | undefined,
    alg: Algorithm,
    { algorithms = ALGORITHMS, claims = {} }: { algorithms?: readonly Algorithm[]; claims?: Claims } = {},
  ) => {
    const selection = selectKey(parseKeySet({ keys: entries }, algorithms), { kid, alg, claims });
    return selection.found === null ? selection.why : selection.found.kid;
  };

  it.each<readonly [string, () => unknown, unknown]>([
    ['is the one of its kid', () => select([keys.RS256, { ...keys.RS256, kid: 'b' }], 'b', 'RS256'), 'b'],
    ['is unknown under a kid of another case', () => select([keys.RS256], 'rs256', 'RS256'), 'unknown_key'],
    ['is unknown in an empty set', () => select([], undefined, 'RS256'), 'unknown_key'],
    [
      'is unknown if only a key without kid is there',
      () => select([without(keys.RS256, 'kid')], 'a', 'RS256'),
      'unknown_key',
    ],
    ['is the only one if no kid is said', () => select([keys.RS256], undefined, 'RS256'), 'RS256'],
    [
      'is the only one of its algorithm if no kid is said',
      () => select([keys.RS256, keys.ES256], undefined, 'ES256'),
      'ES256',
    ],
    [
      'is ambiguous if no kid is said and two fit',
      () => select([keys.RS256, { ...keys.RS256, kid: 'b' }], undefined, 'RS256'),
      'ambiguous_key',
    ],
    ['is ambiguous if two have the kid', () => select([keys.RS256, keys.RS256], 'RS256', 'RS256'), 'ambiguous_key'],
    [
      'is the one that fits if two have the kid',
      () => select([keys.RS256, { ...keys.ES256, kid: 'RS256' }], 'RS256', 'RS256'),
      'RS256',
    ],
    [
      'has its own algorithm',
      () => select([{ ...keys.RS256, alg: 'RS256' }], 'RS256', 'RS512'),
      'not_the_keys_algorithm',
    ],
    ['has its own family', () => select([keys.RS256], 'RS256', 'ES256'), 'not_the_keys_algorithm'],
    ['has its own curve', () => select([keys.ES256], 'ES256', 'ES384'), 'not_the_keys_algorithm'],
    [
      'has no algorithm of the wrong type',
      () => select([{ ...keys.RS256, alg: null }], 'RS256', 'RS256'),
      'not_the_keys_algorithm',
    ],
    [
      'serves the only algorithm of the entry that fits it',
      () => select([keys.RS256], 'RS256', 'PS256', { algorithms: ['PS256', 'ES256'] }),
      'RS256',
    ],
    [
      'serves no algorithm where two of the entry fit and it names neither',
      () => select([keys.RS256], 'RS256', 'PS256', { algorithms: ['RS256', 'PS256'] }),
      'algorithm_not_settled',
    ],
    [
      'serves the algorithm that it names where two of the entry fit',
      () => select([{ ...keys.RS256, alg: 'PS256' }], 'RS256', 'PS256', { algorithms: ['RS256', 'PS256'] }),
      'RS256',
    ],
    [
      'does not serve the other algorithm where two of the entry fit',
      () => select([{ ...keys.RS256, alg: 'PS256' }], 'RS256', 'RS256', { algorithms: ['RS256', 'PS256'] }),
      'not_the_keys_algorithm',
    ],
    [
      'serves one of a curve each where the entry takes both curves',
      () => select([keys.ES256], 'ES256', 'ES256', { algorithms: ['ES256', 'ES384'] }),
      'ES256',
    ],
    [
      'is the one that names the algorithm if another does not',
      () => select([keys.RS256, { ...keys.RS256, alg: 'RS256' }], 'RS256', 'RS256', { algorithms: ['RS256', 'PS256'] }),
      'RS256',
    ],
  ])('%s', (_name, act, expected) => {
    expect(act()).toBe(expected);
  });

  const MINE = 'https://login.example.com/mine/v2.0';
  it.each<readonly [string, readonly unknown[], Claims, unknown]>([
    ['signs for every issuer if it names none', [undefined], { iss: MINE }, 'RS256'],
    ['signs for every issuer if it names null', [null], { iss: MINE }, 'RS256'],
    ['signs for the issuer that it names', [MINE], { iss: MINE }, 'RS256'],
    ['signs for no other issuer', ['https://login.example.com/other/v2.0'], { iss: MINE }, 'another_issuers_key'],
    ['compares issuers byte by byte', [`${MINE}/`], { iss: MINE }, 'another_issuers_key'],
    [
      'signs for the tenant of the token where it names a tenant at large',
      ['https://login.example.com/{tenantid}/v2.0'],
      { iss: MINE, tid: 'mine' },
      'RS256',
    ],
    [
      'signs for no tenant that is not the one of the issuer',
      ['https://login.example.com/{tenantid}/v2.0'],
      { iss: MINE, tid: 'other' },
      'another_issuers_key',
    ],
    [
      'signs for no token without tenant where it names a tenant at large',
      ['https://login.example.com/{tenantid}/v2.0'],
      { iss: MINE },
      'another_issuers_key',
    ],
    [
      'puts the tenant in as text and not as a replacement pattern',
      ['https://login.example.com/{tenantid}/v2.0'],
      { iss: "https://login.example.com/$'/v2.0", tid: "$'" },
      'RS256',
    ],
    [
      'is the one for the issuer if another issuer has a key of the same kid',
      ['https://login.example.com/other/v2.0', MINE],
      { iss: MINE },
      'RS256',
    ],
    ['is left out if its issuer is no text', [7], { iss: MINE }, 'unknown_key'],
  ])('%s', (_name, issuers, claims, expected) => {
    const entries = issuers.map((issuer) => ({ ...keys.RS256, issuer }));
    expect(select(entries, 'RS256', 'RS256', { claims })).toBe(expected);
  });
});
