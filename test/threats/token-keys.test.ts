// Class "Token structure and keys": which of the published keys may have signed. What a key set may hold is listed key by key in
// `test/identity/key-set.test.ts`.

import { createHash } from 'node:crypto';
import { exportJWK } from 'jose';
import { describe } from 'vitest';
import { createSigningKey } from '../emulator/issuer.ts';
import type { World } from '../world.ts';
import { type Attack, type Forge, itAccepts, itRefuses, tenantClaims, tenantToken } from './attack.ts';
import { headed, ownJwk, publish, republished, signedBy } from './forged-key.ts';

/** With a public exponent of 1 the padded digest is its own signature (RFC 8017 section 9.2). */
const signedByNobody: Forge = (world) => {
  publish(world, [ownJwk(world), { ...ownJwk(world), kid: 'one', e: 'AQ' }]);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part({ alg: 'RS256', kid: 'one' })}.${part(tenantClaims(world))}`;
  const digest = Buffer.concat([
    Buffer.from('3031300d060960864801650304020105000420', 'hex'),
    createHash('sha256').update(input).digest(),
  ]);
  const padding = Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(256 - 3 - digest.length, 0xff), Buffer.from([0])]);
  return `${input}.${Buffer.concat([padding, digest]).toString('base64url')}`;
};

async function signedByWeakRsa(world: World): Promise<string> {
  const rsa = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]) };
  const pair = (await crypto.subtle.generateKey({ ...rsa, modulusLength: 1024 }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const publicJwk = { ...(await exportJWK(pair.publicKey)), kid: 'weak', alg: 'RS256' };
  publish(world, [ownJwk(world), publicJwk]);
  return tenantToken(world, {}, { key: { kid: 'weak', alg: 'RS256', privateKey: pair.privateKey, publicJwk } });
}

const kids: readonly Attack[] = [
  ...[
    '../../../../etc/passwd',
    '/dev/null',
    'https://evil.example/key',
    "' OR 1=1 --",
    '$(id)',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '0',
    '*',
    '\u0000',
    '\u{1f511}',
    'k'.repeat(256),
  ].map((kid): Attack => [`the kid ${JSON.stringify(kid.slice(0, 24))}`, 'signature_invalid', headed({ kid })]),
  ['the kid in upper case', 'signature_invalid', (world) => headed({ kid: ownJwk(world).kid!.toUpperCase() })(world)],
  ['the kid with a trailing blank', 'signature_invalid', (world) => headed({ kid: `${ownJwk(world).kid} ` })(world)],
  ['the beginning of the kid', 'signature_invalid', (world) => headed({ kid: ownJwk(world).kid!.slice(0, -1) })(world)],
  [
    'no kid, signed by the fifth of five keys that could be meant',
    'signature_invalid',
    async (world) => {
      const more = await Promise.all(Array.from({ length: 4 }, () => createSigningKey('RS256')));
      publish(world, [ownJwk(world), ...more.map(({ publicJwk }) => publicJwk)]);
      return tenantToken(world, {}, { key: more[3]!, header: { kid: undefined } });
    },
  ],
  [
    'no kid, signed by none of two keys that could be meant',
    'signature_invalid',
    async (world) => {
      publish(world, [ownJwk(world), (await createSigningKey('RS256')).publicJwk]);
      return tenantToken(world, {}, { key: await createSigningKey('RS256'), header: { kid: undefined } });
    },
  ],
  [
    'a kid that two keys have',
    'signature_invalid',
    async (world) => {
      const twin = await createSigningKey('RS256', ownJwk(world).kid);
      publish(world, [ownJwk(world), twin.publicJwk]);
      return tenantToken(world);
    },
  ],
];

const unusableKeys: readonly Attack[] = [
  ['a key for encryption', 'signature_invalid', signedBy('RS256', { use: 'enc' })],
  [
    'a key whose operations do not include verify',
    'signature_invalid',
    signedBy('RS256', { key_ops: ['encrypt', 'wrapKey'] }),
  ],
  [
    'a key whose use and operations disagree',
    'signature_invalid',
    signedBy('RS256', { use: 'sig', key_ops: ['encrypt'] }),
  ],
  ['a key whose kid is a number', 'signature_invalid', signedBy('RS256', { kid: 7 }, { kid: '7' })],
  ['an RSA key of 1,024 bits', 'signature_invalid', signedByWeakRsa],
  ['an RSA key with the exponent 1, by which anybody signs', 'signature_invalid', signedByNobody],
  [
    'a key whose private half is published',
    'signature_invalid',
    async (world) => {
      const key = await createSigningKey('RS256');
      publish(world, [ownJwk(world), { ...key.publicJwk, ...(await exportJWK(key.privateKey)) }]);
      return tenantToken(world, {}, { key });
    },
  ],
  [
    'a key set of symmetric keys alone',
    'keys_unavailable',
    republished(() => [{ kty: 'oct', k: 'c2VjcmV0', kid: 'k', alg: 'HS256' }]),
  ],
];

describe('the key id', () => itRefuses(kids));
describe('a published key that nobody should use', () => itRefuses(unusableKeys));
describe('one step away from a refused key or signature', () =>
  itAccepts([
    ['the token that these depart from', (world) => tenantToken(world)],
    ['no kid where there is one key', headed({ kid: undefined })],
    ['no kid where two keys could be meant', signedBy('RS256', {}, { kid: undefined })],
    ['a key without alg, use and kid', republished(({ kty, n, e }) => [{ kty, n, e }], { kid: undefined })],
    ['a key whose operations include verify', republished((jwk) => [{ ...jwk, key_ops: ['verify'] }])],
    ['a second published key', signedBy('RS256')],
    [
      'a kid that a key of another family shares',
      async (world) => {
        const twin = await createSigningKey('ES256', ownJwk(world).kid);
        publish(world, [twin.publicJwk, ownJwk(world)]);
        return tenantToken(world);
      },
    ],
    ...['../../../../etc/passwd', '__proto__', 'toString'].map(
      (kid) => [`the kid "${kid}" if the issuer publishes it`, signedBy('RS256', { kid }, { kid })] as const,
    ),
    [
      'a good key beside unusable ones',
      republished((jwk) => [null, 'key', {}, { kty: 'oct', k: 'AA' }, { kty: 'EC' }, jwk]),
    ],
  ]));
