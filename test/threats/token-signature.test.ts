// Class "Token structure and keys": algorithms and signatures. Which keys may sign is in `token-keys.test.ts`.

import { exportSPKI } from 'jose';
import { describe } from 'vitest';
import { createSigningKey, type SigningAlgorithm, type SigningKey } from '../emulator/issuer.ts';
import type { World } from '../world.ts';
import { type Attack, backendPolicy, type Forge, itAccepts, itRefuses, tenantClaims, tenantToken } from './attack.ts';
import { headed, ownJwk, publish, republished, signedBy } from './forged-key.ts';

type Signature = Buffer<ArrayBuffer>;

/** The same with the signature's bytes changed. */
const resigned =
  (change: (signature: Signature, world: World) => Uint8Array, alg?: SigningAlgorithm): Forge =>
  async (world) => {
    const token = alg === undefined ? await tenantToken(world) : await signedBy(alg)(world);
    const [header, claims, signature] = token.split('.') as [string, string, string];
    const changed = change(Buffer.from(signature, 'base64url'), world);
    return `${header}.${claims}.${Buffer.from(changed).toString('base64url')}`;
  };

/** HMAC confusion: a verifier that hands "the key" to whatever algorithm the header names would accept these. */
const confused =
  (secret: (key: SigningKey) => Promise<string | Uint8Array> | string | Uint8Array, alg = 'HS256'): Forge =>
  async (world) => {
    const own = world.backend.keys[0]!;
    const bytes = new Uint8Array(Buffer.from(await secret(own)));
    const hash = alg.replace('HS', 'SHA-');
    const privateKey = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash }, false, ['sign']);
    return tenantToken(world, {}, { key: { ...own, alg, privateKey } });
  };
const publicKeyOf = (key: SigningKey) =>
  crypto.subtle.importKey('jwk', key.publicJwk as JsonWebKey, { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }, true, [
    'verify',
  ]);

const confusion: readonly Attack[] = [
  [
    'HS256 with the PEM of the public key',
    'algorithm_refused',
    confused(async (key) => exportSPKI(await publicKeyOf(key))),
  ],
  [
    'HS256 with the PEM and no last line break',
    'algorithm_refused',
    confused(async (key) => (await exportSPKI(await publicKeyOf(key))).trim()),
  ],
  [
    'HS384 with the PEM of the public key',
    'algorithm_refused',
    confused(async (key) => exportSPKI(await publicKeyOf(key)), 'HS384'),
  ],
  [
    'HS512 with the PEM of the public key',
    'algorithm_refused',
    confused(async (key) => exportSPKI(await publicKeyOf(key)), 'HS512'),
  ],
  [
    'HS256 with the DER of the public key',
    'algorithm_refused',
    confused(
      async (key) => new Uint8Array((await crypto.subtle.exportKey('spki', await publicKeyOf(key))) as ArrayBuffer),
    ),
  ],
  ['HS256 with the JWK of the public key', 'algorithm_refused', confused((key) => JSON.stringify(key.publicJwk))],
  ['HS256 with the text of the modulus', 'algorithm_refused', confused((key) => key.publicJwk.n!)],
  [
    'HS256 with the bytes of the modulus',
    'algorithm_refused',
    confused((key) => Buffer.from(key.publicJwk.n!, 'base64url')),
  ],
  [
    'HS256 with a symmetric key of the key set',
    'algorithm_refused',
    (world) => {
      const k = Buffer.from('s'.repeat(32)).toString('base64url');
      publish(world, [{ kty: 'oct', k, kid: ownJwk(world).kid, alg: 'HS256', use: 'sig' }, ownJwk(world)]);
      return confused(() => 's'.repeat(32))(world);
    },
  ],
];

const algorithms: readonly Attack[] = [
  ['RS512 by the right key where only RS256 is listed', 'algorithm_refused', headed({ alg: 'RS512' })],
  ['PS256 by the right key where only RS256 is listed', 'algorithm_refused', headed({ alg: 'PS256' })],
  ['ES256 by a published key where only RS256 is listed', 'algorithm_refused', signedBy('ES256')],
  ['EdDSA by a published key where only RS256 is listed', 'algorithm_refused', signedBy('EdDSA')],
  ['an algorithm in lower case', 'algorithm_refused', headed({ alg: 'rs256' })],
  ['an algorithm with a trailing blank', 'algorithm_refused', headed({ alg: 'RS256 ' })],
  ['"none" with a trailing blank', 'algorithm_refused', headed({ alg: 'none ' })],
  ['an unknown algorithm', 'algorithm_refused', headed({ alg: 'XX999' })],
  ['an algorithm for encryption', 'algorithm_refused', headed({ alg: 'RSA-OAEP' })],
  ...['__proto__', 'constructor', 'toString', 'length'].map(
    (alg): Attack => [`the algorithm "${alg}"`, 'algorithm_refused', headed({ alg })],
  ),
  ['a key published for RS512', 'algorithm_refused', republished((jwk) => [{ ...jwk, alg: 'RS512' }])],
  ['a key published for RSA-OAEP', 'algorithm_refused', republished((jwk) => [{ ...jwk, alg: 'RSA-OAEP' }])],
  ['a key published for HS256', 'algorithm_refused', republished((jwk) => [{ ...jwk, alg: 'HS256' }])],
  ['a key whose alg is no text', 'algorithm_refused', republished((jwk) => [{ ...jwk, alg: ['RS256'] }])],
];

const severalAlgorithms: readonly Attack[] = [
  ['RS512 by a key published for RS256', 'algorithm_refused', headed({ alg: 'RS512' })],
  ['RS256 in the header with the kid of an EC key', 'algorithm_refused', signedBy('ES256', {}, { alg: 'RS256' })],
  [
    'ES384 in the header with the kid of a P-256 key',
    'algorithm_refused',
    signedBy('ES256', { alg: undefined }, { alg: 'ES384' }),
  ],
  [
    'ES256 in the header with the kid of an Ed25519 key',
    'algorithm_refused',
    signedBy('EdDSA', { alg: undefined }, { alg: 'ES256' }),
  ],
  ['EdDSA in the header with the kid of an RSA key', 'algorithm_refused', headed({ alg: 'EdDSA' })],
  ['an EC signature in DER', 'signature_invalid', resigned(derOf, 'ES256')],
  [
    'an EC signature with r and s swapped',
    'signature_invalid',
    resigned((bytes) => Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]), 'ES256'),
  ],
  ['an EC signature of zeros', 'signature_invalid', resigned(() => new Uint8Array(64), 'ES256')],
  [
    'an EC signature of r = s = the order',
    'signature_invalid',
    resigned(() => Buffer.concat([P256_ORDER, P256_ORDER]), 'ES256'),
  ],
  [
    'an EC signature with a byte more',
    'signature_invalid',
    resigned((bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), 'ES256'),
  ],
  ['an EC signature with a byte less', 'signature_invalid', resigned((bytes) => bytes.subarray(0, 63), 'ES256')],
  [
    'an Ed25519 signature plus the group order',
    'signature_invalid',
    resigned((bytes) => plusLittleEndian(bytes, 32, ED25519_ORDER), 'EdDSA'),
  ],
  ['an Ed25519 signature of zeros', 'signature_invalid', resigned(() => new Uint8Array(64), 'EdDSA')],
];

const P256_ORDER = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
const ED25519_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

function derOf(bytes: Signature): Uint8Array {
  const integer = (half: Signature) => Buffer.concat([Buffer.from([2, 33, 0]), half]);
  const body = Buffer.concat([integer(bytes.subarray(0, 32)), integer(bytes.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}
function plusLittleEndian(bytes: Signature, from: number, addend: bigint): Uint8Array {
  const sum = BigInt(`0x${Buffer.from(bytes.subarray(from)).reverse().toString('hex')}`) + addend;
  const tail = Buffer.from(sum.toString(16).padStart((bytes.length - from) * 2, '0'), 'hex').reverse();
  return Buffer.concat([bytes.subarray(0, from), tail]);
}
/** RFC 8017 section 5.2.2: a signature at or above the modulus is out of range, or each would have a twin. */
function plusModulus(bytes: Signature, world: World): Uint8Array {
  const modulus = BigInt(`0x${Buffer.from(ownJwk(world).n!, 'base64url').toString('hex')}`);
  const sum = (BigInt(`0x${bytes.toString('hex')}`) + modulus).toString(16);
  return Buffer.from(sum.padStart(sum.length + (sum.length % 2), '0'), 'hex');
}

const signatures: readonly Attack[] = [
  [
    'the signature of another token',
    'signature_invalid',
    async (world) => {
      const [header, claims] = (await tenantToken(world)).split('.');
      return `${header}.${claims}.${(await tenantToken(world, { tenant: 'b' })).split('.')[2]}`;
    },
  ],
  [
    'a payload changed after signing',
    'signature_invalid',
    async (world) => {
      const [header, , signature] = (await tenantToken(world)).split('.');
      return `${header}.${Buffer.from(JSON.stringify(tenantClaims(world, { tenant: 'b' }))).toString('base64url')}.${signature}`;
    },
  ],
  [
    'a header changed after signing',
    'signature_invalid',
    async (world) => {
      const [, claims, signature] = (await tenantToken(world)).split('.');
      const header = JSON.stringify({ alg: 'RS256', kid: ownJwk(world).kid });
      return `${Buffer.from(header).toString('base64url')}.${claims}.${signature}`;
    },
  ],
  ['a signature of zeros', 'signature_invalid', resigned(() => new Uint8Array(256))],
  ['a signature of one byte', 'signature_invalid', resigned(() => new Uint8Array(1))],
  [
    'a signature with a leading zero byte',
    'signature_invalid',
    resigned((bytes) => Buffer.concat([Buffer.alloc(1), bytes])),
  ],
  [
    'a signature with a trailing byte',
    'signature_invalid',
    resigned((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])),
  ],
  ['a signature cut by a byte', 'signature_invalid', resigned((bytes) => bytes.subarray(0, -1))],
  ['a signature plus the modulus', 'signature_invalid', resigned(plusModulus)],
  [
    "a stranger's key under the kid of the issuer's",
    'signature_invalid',
    async (world) => tenantToken(world, {}, { key: await createSigningKey('RS256', ownJwk(world).kid) }),
  ],
  [
    "a stranger's key under its own kid",
    'signature_invalid',
    async (world) => tenantToken(world, {}, { key: await createSigningKey('RS256') }),
  ],
];

describe('HMAC confusion', () => itRefuses(confusion));
describe('the algorithm', () => itRefuses(algorithms));
describe('the signature', () => itRefuses(signatures));
describe('several algorithms', () => {
  const policy = backendPolicy('algorithms: [RS256, RS512, PS256, ES256, ES384, EdDSA]');
  itRefuses(severalAlgorithms, { policy });
  itAccepts(
    [
      ...(['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const).map(
        (alg) => [`${alg} where it is listed`, signedBy(alg)] as const,
      ),
      ['no kid where one key alone has the algorithm', signedBy('ES256', {}, { kid: undefined })],
      ['an EdDSA key that calls itself Ed25519 (RFC 9864)', signedBy('EdDSA', { alg: 'Ed25519' })],
      // Anybody can turn s into n - s; claims and jti stay the same, so no single-use claim is evaded by it.
      [
        'the other half of an EC signature',
        resigned((bytes) => {
          const s = BigInt(`0x${P256_ORDER.toString('hex')}`) - BigInt(`0x${bytes.subarray(32).toString('hex')}`);
          return Buffer.concat([bytes.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex')]);
        }, 'ES256'),
      ],
    ],
    { policy },
  );
});
