// A JSON Web Key Set (RFC 7517) as we accept it: public, asymmetric, strong signature keys only. An unusable key is left out with its
// reason, so that one strange key does not disable its neighbours. A key is looked at when a token means it. No I/O.

import { importJWK } from 'jose';
import { isJsonObject, type JsonObject } from '../foundation/json.ts';
import { type Claims, showClaim } from './claim.ts';
import { type Material, publicMaterial } from './key-material.ts';
import type { Algorithm } from './trusted-issuer.ts';

/** What a token without a key id may cost: so many keys are looked at, and so many signatures are checked. */
const MAX_SEARCHED = 100;
const MAX_TRIED = 4;

export interface VerificationKey {
  readonly kid: string | undefined;
  /**
   * The one algorithm that it serves (RFC 8725bis section 3.1): `none` of those that the issuer's entry takes, or `unsettled` where
   * several of them fit and the key does not say which.
   */
  readonly algorithm: Algorithm | 'none' | 'unsettled';
  /** Equal for two keys with the same numbers, however they are spelled. */
  readonly material: string;
  /** Whether it may sign for the issuer of a token with these claims. */
  readonly signsFor: (claims: Claims) => boolean;
  /** The key for its algorithm, imported once. Rejects when the key material is broken. */
  readonly imported: () => Promise<CryptoKey>;
}

/** A key that is published and never used; `flaw` says why, after "but". */
export interface UnusableKey {
  readonly flaw: string;
}

export interface KeySet {
  /** In the order of publication; each is judged when it is asked for, once. */
  readonly entries: readonly (() => VerificationKey | UnusableKey)[];
  /** Positions by key id. */
  readonly byKid: ReadonlyMap<string, readonly number[]>;
  /** The first with a key id that is not text: it can be what a token means whose key id nobody has. */
  readonly strangelyNamed: number | null;
}

/**
 * Empty where the document is no key set.
 *
 * @param algorithms those of the issuer's entry: a key serves its own `alg`, else the only one of these that fits it
 */
export function parseKeySet(document: unknown, algorithms: readonly Algorithm[]): KeySet {
  const published: readonly unknown[] = isJsonObject(document) && Array.isArray(document.keys) ? document.keys : [];
  const byKid = new Map<string, number[]>();
  let strangelyNamed: number | null = null;
  for (const [at, entry] of published.entries()) {
    const kid = isJsonObject(entry) ? (entry.kid ?? null) : null;
    if (typeof kid !== 'string') {
      if (kid !== null) strangelyNamed ??= at;
      continue;
    }
    const same = byKid.get(kid);
    if (same === undefined) byKid.set(kid, [at]);
    else same.push(at);
  }
  const entries = published.map((entry) => {
    let judged: VerificationKey | UnusableKey | null = null;
    return () => {
      judged ??= isJsonObject(entry) ? judge(entry, algorithms) : { flaw: 'as something that is no JSON object' };
      return judged;
    };
  });
  return { entries, byKid, strangelyNamed };
}

export function usableKeys({ entries }: KeySet): readonly VerificationKey[] {
  return entries.map((entry) => entry()).filter(isUsable);
}

/** Why no token can be verified by the set, in words that follow its name; null when one can. */
export function setProblem(set: KeySet, algorithms: readonly Algorithm[]): string | null {
  const serves = (key: VerificationKey | UnusableKey) =>
    isUsable(key) && key.algorithm !== 'none' && key.algorithm !== 'unsettled';
  if (set.entries.some((entry) => serves(entry()))) return null;
  const flaw = flawOfAll(set);
  if (flaw !== null) return `holds no usable key: ${flaw}`;
  const listed = algorithms.join(' or ');
  if (usableKeys(set).every(({ algorithm }) => algorithm === 'none')) return `holds no key for ${listed}`;
  return `holds keys without "alg" that fit several of ${listed} each; keep one of them in "algorithms:"`;
}

/** The first flaw where no key can be used, in words; null when one can. */
export function flawOfAll({ entries }: KeySet): string | null {
  if (entries.some((entry) => isUsable(entry()))) return null;
  const first = entries[0]?.();
  return first === undefined || isUsable(first) ? 'its list is empty' : `its first key is published ${first.flaw}`;
}

/** What a token says of the key that signed it. */
export interface KeyQuery {
  readonly kid: string | undefined;
  readonly alg: Algorithm;
  /** Unverified; only the issuer they name is looked at, and how long ago they say they were made. */
  readonly claims: Claims;
}

export type Selection =
  /** One key, or a few that a token without key id could mean. */
  | { readonly found: readonly VerificationKey[] }
  | { readonly found: null; readonly why: 'unusable_key'; readonly kid: string | undefined; readonly flaw: string }
  /** `flaw` is that of a key that may be the one, for all its id tells. */
  | {
      readonly found: null;
      readonly why: 'unknown_key';
      readonly kid: string | undefined;
      readonly flaw: string | null;
    }
  | {
      readonly found: null;
      readonly why: 'another_issuers_key' | 'ambiguous_key' | 'not_the_keys_algorithm' | 'algorithm_not_settled';
    };

/** Finds the key that a token means. Without a `kid` the first few that fit are meant. */
export function selectKey({ entries, byKid, strangelyNamed }: KeySet, { kid, alg, claims }: KeyQuery): Selection {
  const named = kid === undefined ? entries.slice(0, MAX_SEARCHED) : (byKid.get(kid) ?? []).map((at) => entries[at]!);
  if (named.length === 0) {
    const strange = strangelyNamed === null ? null : entries[strangelyNamed]!();
    return { found: null, why: 'unknown_key', kid, flaw: strange === null || isUsable(strange) ? null : strange.flaw };
  }
  const judged = named.map((entry) => entry());
  const usable = judged.filter(isUsable);
  if (usable.length === 0) return { found: null, why: 'unusable_key', kid, flaw: (judged[0] as UnusableKey).flaw };
  const ours = usable.filter((key) => key.signsFor(claims));
  if (ours.length === 0) return { found: null, why: 'another_issuers_key' };
  const fitting = ours.filter(({ algorithm }) => algorithm === alg);
  // What is published twice is one key.
  const distinct = fitting.length < 2 ? fitting : [...new Map(fitting.map((key) => [key.material, key])).values()];
  if (kid !== undefined && distinct.length > 1) return { found: null, why: 'ambiguous_key' };
  if (distinct.length > 0) return { found: distinct.slice(0, MAX_TRIED) };
  const unsettled = ours.some(({ algorithm }) => algorithm === 'unsettled');
  return { found: null, why: unsettled ? 'algorithm_not_settled' : 'not_the_keys_algorithm' };
}

function isUsable(key: VerificationKey | UnusableKey): key is VerificationKey {
  return 'imported' in key;
}

/** A member that is `null` says as little as one that is absent. */
function judge(entry: JsonObject, algorithms: readonly Algorithm[]): VerificationKey | UnusableKey {
  const jwk: JsonObject = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== null));
  const { use, key_ops: operations, kid, issuer } = jwk;
  if (use === 'enc') return { flaw: 'for encryption (use: "enc")' };
  // The JWT-SVID specification, section 4.
  if (use !== undefined && use !== 'sig' && use !== 'jwt-svid') {
    return { flaw: `for another use than signatures of tokens (use: ${showClaim(use)})` };
  }
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return { flaw: `for other operations than "verify" (key_ops: ${showClaim(operations)})` };
  }
  if (kid !== undefined && typeof kid !== 'string')
    return { flaw: `with a "kid" that is not text (${showClaim(kid)})` };
  if (issuer !== undefined && typeof issuer !== 'string') return { flaw: 'with an "issuer" that is not text' };
  const material = publicMaterial(jwk);
  if (typeof material === 'string') return { flaw: material };

  const algorithm = algorithmOf(jwk, material, algorithms);
  let known: CryptoKey | null = null;
  return {
    kid,
    algorithm,
    material: JSON.stringify(material),
    signsFor: (claims) => issuer === undefined || issuerOfKey(issuer, claims) === claims.iss,
    imported: async () => {
      known ??= (await importJWK({ ...material }, algorithm)) as CryptoKey;
      return known;
    },
  };
}

function algorithmOf(
  { alg }: JsonObject,
  material: Material,
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

const EC_CURVES: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };

function familyOf(alg: Algorithm, material: Material): boolean {
  if (alg.startsWith('RS') || alg.startsWith('PS')) return material.kty === 'RSA';
  if (alg === 'EdDSA') return material.kty === 'OKP';
  return material.kty === 'EC' && material.crv === EC_CURVES[alg];
}
