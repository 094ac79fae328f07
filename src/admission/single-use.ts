// Which subject tokens are for single use, and what stands for them in a gate: a digest, never the token.

import type { Identity } from '../identity/verifier.ts';

/** What a gate keeps so that the token is not used again. */
export interface Claim {
  /** 64 hexadecimal digits; the first picks the gate, so that a token always meets the same one. */
  readonly key: string;
  /** When the token has expired everywhere, seconds since the epoch. */
  readonly until: number;
  /** The earliest time at which it may have been issued, however wrong the issuer's clock is: seconds since the epoch. */
  readonly issuedAt: number;
}

/** Null where the issuer's tokens may be used more than once. The key is unkeyed, so that a rotation of the service's key permits no replay. */
export async function claimOf({ issuer, signer, claims, issuedAt, expiresAt }: Identity): Promise<Claim | null> {
  if (!issuer.singleUse) return null;
  const key = await digestOf(JSON.stringify([...signer, claims.jti]));
  return { key, until: expiresAt + issuer.clockSkew, issuedAt: issuedAt - issuer.clockSkew - 1 };
}

/** SHA-256, 64 hexadecimal digits. */
export async function digestOf(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)));
  let digits = '';
  for (const byte of digest) digits += HEX[byte];
  return digits;
}

const encoder = new TextEncoder();
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
