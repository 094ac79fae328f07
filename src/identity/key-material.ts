// The numbers of a published key: read from whatever spelling the Workers runtime would import, judged, and spelled anew in the one
// canonical way, so that equal keys look equal and no spelling slips past a check. No I/O.

import { base64url } from 'jose';
import type { JsonObject } from '../foundation/json.ts';

/** NIST SP 800-131A; above the maximum a verification takes long enough to be an attack. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

/** The public members alone, canonical: whatever else a published key holds never reaches the import. */
export type Material =
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string }
  | { readonly kty: 'EC'; readonly crv: string; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };

/** Members of a private key (RFC 7518 section 6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** The key's numbers, or why they are of no use, in words that follow "but". */
export function publicMaterial(jwk: JsonObject): Material | string {
  const { kty, n, e, crv, x, y } = jwk;
  if (kty === 'oct') return 'as a shared secret (kty: "oct")';
  // Whose private half is published, anybody can sign for.
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) {
    return 'together with its private half, so that anybody can sign by it';
  }
  if (kty === 'RSA' && typeof n === 'string' && typeof e === 'string') return rsaMaterial(n, e);
  if (kty === 'EC' && typeof crv === 'string' && typeof x === 'string' && typeof y === 'string') {
    return curveMaterial(crv, x, y);
  }
  if (kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string') {
    const point = decode(x);
    return point !== null && isSoundEd25519(point)
      ? { kty, crv, x: base64url.encode(point) }
      : 'with an Ed25519 point that is none, or of small order';
  }
  return 'in a form that this service does not take: RSA, EC on P-256, P-384 or P-521, or Ed25519, with all their members';
}

function rsaMaterial(n: string, e: string): Material | string {
  const modulus = withoutZeros(decode(n));
  const exponent = withoutZeros(decode(e));
  if (modulus === null || exponent === null) return 'with an RSA modulus or exponent that is no number';
  const bits = modulus.length * 8 - (Math.clz32(modulus[0]!) - 24);
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
    return `with an RSA modulus of ${bits} bits (${MIN_RSA_BITS} to ${MAX_RSA_BITS} are taken)`;
  }
  const value = exponent.length > 4 ? 0 : exponent.reduce((sum, byte) => sum * 256 + byte, 0);
  // With an exponent of 1 everybody can sign.
  if (modulus.at(-1)! % 2 === 0 || value < 3 || value % 2 === 0) return 'with an unsound RSA modulus or exponent';
  return { kty: 'RSA', n: base64url.encode(modulus), e: base64url.encode(exponent) };
}

/** RFC 7518 section 6.2.1.2: a coordinate has the full length of its curve. Some issuers leave its leading zeros out, or add one. */
const COORDINATE_BYTES: ReadonlyMap<string, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
]);

/** More zeros than these are left out by chance once in 2^24 keys; less is no coordinate but something cut off. */
const MAX_MISSING = 3;

function curveMaterial(crv: string, x: string, y: string): Material | string {
  const length = COORDINATE_BYTES.get(crv);
  if (length === undefined) return 'on a curve that this service does not take (P-256, P-384 and P-521 are)';
  const [canonicalX, canonicalY] = [x, y].map((text) => coordinate(text, length));
  if (canonicalX == null || canonicalY == null) return `with coordinates that are none of ${crv}`;
  return { kty: 'EC', crv, x: canonicalX, y: canonicalY };
}

function coordinate(text: string, length: number): string | null {
  const number = withoutZeros(decode(text));
  if (number === null || number.length > length || number.length < length - MAX_MISSING) return null;
  const padded = new Uint8Array(length);
  padded.set(number, length - number.length);
  return base64url.encode(padded);
}

/** The y coordinates of the points of order 1, 2, 4 and 8, little-endian, with the spellings above the field's prime. */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** RFC 8032 section 5.1.7 does not ask for it, but under a key of small order everybody can sign. */
function isSoundEd25519(point: Uint8Array): boolean {
  if (point.length !== 32) return false;
  const y = Uint8Array.from(point);
  // The last bit is the sign of x and no part of y.
  y[31]! &= 0x7f;
  return !SMALL_ORDER_Y.has([...y].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
}

/** Null for a number that is zero or no number at all. */
function withoutZeros(bytes: Uint8Array | null): Uint8Array | null {
  const first = bytes?.findIndex((byte) => byte !== 0) ?? -1;
  return bytes === null || first < 0 ? null : bytes.subarray(first);
}

function decode(text: string): Uint8Array | null {
  try {
    return base64url.decode(text);
  } catch {
    return null;
  }
}
