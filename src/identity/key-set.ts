// A JSON Web Key Set (RFC 7517) as we accept it: public, asymmetric, strong signature keys only. Unusable keys are left out, so
// that one strange key does not disable its neighbours. No I/O.

import { base64url, importJWK, type JWK } from 'jose';
import { isJsonObject, type JsonObject } from '../foundation/json.ts';
import type { Claims } from './claim.ts';
import type { Algorithm } from './trusted-issuer.ts';

/** More keys than any issuer rotates through; a bound on the work per set. */
const MAX_KEYS = 100;
/** NIST SP 800-131A; above the maximum a verification takes long enough to be an attack. */
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 8192;

export interface VerificationKey {
  readonly kid: string | undefined;
  /**
   * The one algorithm that it serves (RFC 8725bis section 3.1): `none` of those that the issuer's entry takes, or `unsettled` where
   * several of them fit and the key does not say which.
   */
  readonly algorithm: Algorithm | 'none' | 'unsettled';
  /** Whether it may sign for the issuer of a token with these claims. */
  readonly signsFor: (claims: Claims) => boolean;
  /** The key for its algorithm, imported once. Rejects when the key material is broken. */
  readonly imported: () => Promise<CryptoKey>;
}

/**
 * The usable keys of a set; empty when there is none, whatever the reason.
 *
 * @param algorithms those of the issuer's entry: a key serves its own `alg`, else the only one of these that fits it
 */
export function parseKeySet(document: unknown, algorithms: readonly Algorithm[]): readonly VerificationKey[] {
  if (!isJsonObject(document) || !Array.isArray(document.keys)) return [];
  return document.keys.slice(0, MAX_KEYS).flatMap((entry: unknown) => {
    const key = isJsonObject(entry) ? usableKey(entry, algorithms) : null;
    return key === null ? [] : [key];
  });
}

/** What a token says of the key that signed it. */
export interface KeyQuery {
  readonly kid: string | undefined;
  readonly alg: Algorithm;
  /** Unverified; only the issuer they name is looked at. */
  readonly claims: Claims;
}

export type Selection =
  | { readonly found: VerificationKey }
  | {
      readonly found: null;
      readonly why:
        | 'unknown_key'
        | 'another_issuers_key'
        | 'ambiguous_key'
        | 'not_the_keys_algorithm'
        | 'algorithm_not_settled';
    };

/** Finds the one key that a token means. Without a `kid` there must be only one candidate. */
export function selectKey(keys: readonly VerificationKey[], { kid, alg, claims }: KeyQuery): Selection {
  const named = kid === undefined ? keys : keys.filter((key) => key.kid === kid);
  if (named.length === 0) return { found: null, why: 'unknown_key' };
  const ours = named.filter((key) => key.signsFor(claims));
  if (ours.length === 0) return { found: null, why: 'another_issuers_key' };
  const [key, ...others] = ours.filter(({ algorithm }) => algorithm === alg);
  if (key !== undefined) return others.length === 0 ? { found: key } : { found: null, why: 'ambiguous_key' };
  const unsettled = ours.some(({ algorithm }) => algorithm === 'unsettled');
  return { found: null, why: unsettled ? 'algorithm_not_settled' : 'not_the_keys_algorithm' };
}

function usableKey(jwk: JsonObject, algorithms: readonly Algorithm[]): VerificationKey | null {
  if (jwk.use !== undefined && jwk.use !== 'sig') return null;
  if (jwk.key_ops !== undefined && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes('verify'))) return null;
  if (jwk.kid !== undefined && typeof jwk.kid !== 'string') return null;
  const { issuer = null } = jwk;
  if (issuer !== null && typeof issuer !== 'string') return null;
  const material = publicMaterial(jwk);
  if (material === null) return null;

  const algorithm = algorithmOf(jwk, material, algorithms);
  let known: CryptoKey | null = null;
  return {
    kid: jwk.kid,
    algorithm,
    signsFor: (claims) => issuer === null || issuerOfKey(issuer, claims) === claims.iss,
    imported: async () => {
      known ??= (await importJWK(material, algorithm)) as CryptoKey;
      return known;
    },
  };
}

function algorithmOf(
  { alg }: JsonObject,
  material: JWK,
  algorithms: readonly Algorithm[],
): VerificationKey['algorithm'] {
  const fitting = algorithms.filter((one) => familyOf(one, material) && (alg === undefined || namesSame(alg, one)));
  return fitting.length > 1 ? 'unsettled' : (fitting[0] ?? 'none');
}

/**
 * Microsoft's key sets hold the keys of several issuers and say of each whose it is; `{tenantid}` stands for the tenant of the token.
 * https://learn.microsoft.com/entra/identity-platform/claims-validation#validate-the-signing-key-issuer
 */
function issuerOfKey(issuer: string, claims: Claims): string | null {
  if (!issuer.includes('{tenantid}')) return issuer;
  return typeof claims.tid === 'string' ? issuer.replaceAll('{tenantid}', () => claims.tid as string) : null;
}

/** RFC 9864 lets a key say `Ed25519` where the header says `EdDSA`. */
function namesSame(keyAlgorithm: unknown, alg: Algorithm): boolean {
  return keyAlgorithm === alg || (alg === 'EdDSA' && keyAlgorithm === 'Ed25519');
}

/** Members of a private key (RFC 7518 section 6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** The public members alone: whatever else the entry holds never reaches the import. */
function publicMaterial(jwk: JsonObject): JWK | null {
  // Whose private half is published, anybody can sign for.
  if (PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member))) return null;
  const { kty, n, e, crv, x, y } = jwk;
  if (kty === 'RSA' && typeof n === 'string' && typeof e === 'string') {
    return isSoundRsa(n, e) ? { kty, n, e } : null;
  }
  if (kty === 'EC' && typeof crv === 'string' && typeof x === 'string' && typeof y === 'string') {
    const length = COORDINATE_BYTES.get(crv);
    return length !== undefined && decode(x)?.length === length && decode(y)?.length === length
      ? { kty, crv, x, y }
      : null;
  }
  if (kty === 'OKP' && crv === 'Ed25519' && typeof x === 'string') return isSoundEd25519(x) ? { kty, crv, x } : null;
  return null;
}

function isSoundRsa(n: string, e: string): boolean {
  const modulus = decode(n);
  const exponent = decode(e);
  if (modulus === null || exponent === null || exponent.length === 0 || exponent.length > 4) return false;
  const firstByte = modulus.findIndex((byte) => byte !== 0);
  if (firstByte < 0 || modulus.at(-1)! % 2 === 0) return false;
  const bits = (modulus.length - firstByte) * 8 - (Math.clz32(modulus[firstByte]!) - 24);
  const exponentValue = exponent.reduce((value, byte) => value * 256 + byte, 0);
  // With an exponent of 1 everybody can sign.
  return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS && exponentValue >= 3 && exponentValue % 2 === 1;
}

/** RFC 7518 section 6.2.1.2: a coordinate has the full length of its curve. */
const COORDINATE_BYTES: ReadonlyMap<string, number> = new Map([
  ['P-256', 32],
  ['P-384', 48],
  ['P-521', 66],
]);

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
function isSoundEd25519(x: string): boolean {
  const point = decode(x);
  if (point?.length !== 32) return false;
  // The last bit is the sign of x and no part of y.
  point[31]! &= 0x7f;
  return !SMALL_ORDER_Y.has([...point].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
}

function decode(text: string): Uint8Array | null {
  try {
    return base64url.decode(text);
  } catch {
    return null;
  }
}

const EC_CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

function familyOf(alg: Algorithm, material: JWK): boolean {
  if (alg.startsWith('RS') || alg.startsWith('PS')) return material.kty === 'RSA';
  if (alg === 'EdDSA') return material.kty === 'OKP';
  return material.kty === 'EC' && material.crv === EC_CURVES[alg];
}
