// Whether a token is signed by a key (RFC 7515 section 5.2), asked of the platform itself: the token's structure has been checked, and the
// key was imported for one algorithm. A library in between would read header and payload once more, which costs 20 us for each token.

import { base64url } from 'jose';
import type { UnverifiedToken } from './token.ts';
import type { Algorithm } from './trusted-issuer.ts';

interface Scheme {
  readonly name: string;
  readonly hash?: string;
  readonly saltLength?: number;
}

/** RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1. The salt of RSA-PSS is as long as its hash. */
const SCHEMES: Readonly<Record<Algorithm, Scheme>> = {
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
  RS384: { name: 'RSASSA-PKCS1-v1_5' },
  RS512: { name: 'RSASSA-PKCS1-v1_5' },
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  PS384: { name: 'RSA-PSS', saltLength: 48 },
  PS512: { name: 'RSA-PSS', saltLength: 64 },
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  ES384: { name: 'ECDSA', hash: 'SHA-384' },
  ES512: { name: 'ECDSA', hash: 'SHA-512' },
  EdDSA: { name: 'Ed25519' },
};

const encoder = new TextEncoder();

/** @param key imported for this algorithm: an RSA key holds its hash, an EC key its curve. */
export function isSignedBy(
  { compact }: Pick<UnverifiedToken, 'compact'>,
  key: CryptoKey,
  alg: Algorithm,
): Promise<boolean> {
  const end = compact.lastIndexOf('.');
  const signature = base64url.decode(compact.slice(end + 1)) as Uint8Array<ArrayBuffer>;
  // Some platforms reject where a signature cannot be one, such as by its length.
  return crypto.subtle.verify(SCHEMES[alg], key, signature, encoder.encode(compact.slice(0, end))).catch(() => false);
}
