// Unit tests of the key set: which published keys are taken, and which of them a header means.

import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/foundation/json.ts';
import type { Claims } from '../../src/identity/claim.ts';
import { parseKeySet, selectKey, usableKeys } from '../../src/identity/key-set.ts';
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
/** Another key than `keys.RS256`; nobody has its private half. */
const other = { kty: 'RSA', e: 'AQAB', n: modulusOf(2049), kid: 'other' };
/** One algorithm of each family and curve, so that a key without `alg` has one to serve. */
const ALGORITHMS: readonly Algorithm[] = ['RS256', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const parse = (document: unknown) => usableKeys(parseKeySet(document, ALGORITHMS));
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
    ['an EC key with a coordinate cut short', () => ({ ...keys.ES256, x: encode(Buffer.alloc(28, 1)) })],
    ['an EC key with a coordinate that is too long', () => ({ ...keys.ES256, x: encode(Buffer.alloc(33, 1)) })],
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
    ['a key of a SPIFFE bundle', () => ({ ...keys.ES256, use: 'jwt-svid' })],
    [
      'a key whose members say nothing by null',
      () => ({ ...keys.RS256, kid: null, use: null, key_ops: null, alg: null, issuer: null, d: null, k: null }),
    ],
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
    if (selection.found === null) return selection.why;
    return selection.found.length === 1 ? selection.found[0]!.kid : selection.found.map(({ kid: one }) => one);
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
      'is one of two if no kid is said and both fit',
      () => select([keys.RS256, { ...other, kid: 'b' }], undefined, 'RS256'),
      ['RS256', 'b'],
    ],
    [
      'is one of the first four if no kid is said and more fit',
      () =>
        select(
          [9, 11, 13, 15, 17].map((bits) => ({ ...keys.RS256, kid: `k${bits}`, n: modulusOf(2048 + bits) })),
          undefined,
          'RS256',
        ),
      ['k9', 'k11', 'k13', 'k15'],
    ],
    [
      'is ambiguous if two different ones have the kid',
      () => select([keys.RS256, { ...other, kid: 'RS256' }], 'RS256', 'RS256'),
      'ambiguous_key',
    ],
    ['is one if it is published twice', () => select([keys.RS256, keys.RS256], 'RS256', 'RS256'), 'RS256'],
    [
      'is one if it is published twice in two spellings, padded or with a zero in front',
      () =>
        select(
          [
            keys.RS256,
            { ...keys.RS256, n: `${keys.RS256.n}==`, e: 'AAEAAQ' },
            {
              ...keys.RS256,
              n: encode(Buffer.from(`00${Buffer.from(keys.RS256.n as string, 'base64url').toString('hex')}`, 'hex')),
            },
            { ...keys.RS256, n: Buffer.from(keys.RS256.n as string, 'base64url').toString('base64') },
          ],
          'RS256',
          'RS256',
        ),
      'RS256',
    ],
    [
      'is one without kid if it is published twice under two names',
      () => select([keys.RS256, { ...keys.RS256, kid: 'b' }], undefined, 'RS256'),
      'b',
    ],
    [
      'is found by its kid behind hundreds of others',
      () =>
        select(
          [...Array.from({ length: 400 }, (_, at) => ({ ...keys.RS256, kid: `k${at}` })), other],
          'other',
          'RS256',
        ),
      'other',
    ],
    [
      'is unknown under the digits of a kid that is a number',
      () => select([{ ...keys.RS256, kid: 7 }], '7', 'RS256'),
      'unknown_key',
    ],
    [
      'is published and of no use if it is for encryption',
      () => select([{ ...keys.RS256, use: 'enc' }], 'RS256', 'RS256'),
      'unusable_key',
    ],
    [
      'is the usable one if another of its kid is not',
      () => select([{ ...keys.RS256, use: 'enc' }, keys.RS256], 'RS256', 'RS256'),
      'RS256',
    ],
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
      () => select([{ ...keys.RS256, alg: 256 }], 'RS256', 'RS256'),
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
    expect(act()).toEqual(expected);
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
    ['is of no use if its issuer is no text', [7], { iss: MINE }, 'unusable_key'],
  ])('%s', (_name, issuers, claims, expected) => {
    const entries = issuers.map((issuer) => ({ ...keys.RS256, issuer }));
    expect(select(entries, 'RS256', 'RS256', { claims })).toBe(expected);
  });
});

describe('the coordinates of an EC key', () => {
  it('without their leading zeros are those of the same key', async () => {
    for (;;) {
      const { publicKey } = await generateKeyPair('ES256', { extractable: true });
      const jwk = { ...(await exportJWK(publicKey)), kid: 'short' };
      const bytes = Buffer.from(jwk.x!, 'base64url');
      if (bytes[0] !== 0) continue;
      const short = { ...jwk, x: encode(bytes.subarray(1)) };
      const [whole, cut] = parse({ keys: [jwk, short] });
      expect(cut!.material).toBe(whole!.material);
      expect((await cut!.imported()).type).toBe('public');
      return;
    }
  });
});

describe('why a published key is of no use', () => {
  const weak = { kty: 'RSA', e: 'AQAB', n: modulusOf(1024) };
  it.each<readonly [unknown, string]>([
    [null, 'no JSON object'],
    [{ kty: 'oct', k: 'AA' }, 'shared secret'],
    [{ ...other, use: 'enc' }, 'for encryption (use: "enc")'],
    [{ ...other, use: 'sign' }, '(use: "sign")'],
    [{ ...other, key_ops: ['sign'] }, '(key_ops: ["sign"])'],
    [{ ...other, kid: 7 }, 'a "kid" that is not text (7)'],
    [{ ...other, d: 'AA' }, 'its private half'],
    [weak, '1024 bits (2048 to 8192 are taken)'],
    [{ ...other, e: 'AQ' }, 'unsound'],
    [{ kty: 'EC', crv: 'secp256k1', x: 'AA', y: 'AA' }, 'on a curve'],
    [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, 'coordinates that are none of P-256'],
    [{ kty: 'OKP', crv: 'Ed25519', x: 'AA' }, 'Ed25519 point'],
    [{ kty: 'AKP' }, 'a form that this service does not take'],
  ])('is said of %j', (jwk, words) => {
    const [entry] = parseKeySet({ keys: [jwk] }, ALGORITHMS).entries;
    expect(entry!()).toEqual({ flaw: expect.stringContaining(words) });
  });
});
