// The check of a signature by the platform: every algorithm that an issuer may use, and nothing but the token that was signed.

import { importJWK } from 'jose';
import { expect, test } from 'vitest';
import { isSignedBy } from '../../src/identity/signature.ts';
import { ALGORITHMS } from '../../src/identity/trusted-issuer.ts';
import { createIssuer } from '../emulator/issuer.ts';

test.each(
  ALGORITHMS,
)('%s: takes what the key has signed, and neither other text nor another signature', async (alg) => {
  const issuer = await createIssuer({ iss: 'https://issuer.example.com', algorithm: alg });
  const key = (await importJWK(issuer.jwks().keys[0]!, alg)) as CryptoKey;
  const [one, other] = [await issuer.sign({ sub: 'one' }), await issuer.sign({ sub: 'other' })];
  const signed = one.slice(0, one.lastIndexOf('.'));
  expect(await isSignedBy({ compact: one }, key, alg)).toBe(true);
  expect(await isSignedBy({ compact: signed + other.slice(other.lastIndexOf('.')) }, key, alg)).toBe(false);
  expect(await isSignedBy({ compact: `${signed}.AAAA` }, key, alg)).toBe(false);
});

test('a key of another algorithm verifies nothing, and is no fault', async () => {
  const issuer = await createIssuer({ iss: 'https://issuer.example.com' });
  const key = (await importJWK(issuer.jwks().keys[0]!, 'RS256')) as CryptoKey;
  expect(await isSignedBy({ compact: await issuer.sign({}) }, key, 'ES256')).toBe(false);
});
