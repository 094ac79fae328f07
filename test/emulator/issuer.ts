// An emulated OpenID Connect issuer: a discovery document, a key set, and signed tokens - well formed or forged.
// Tests and local runs put it where a provider would be; time and answers are theirs to choose.
// It never opens a socket, never checks what it signs, and its keys live only in this process.

import { base64url, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';

const defaultLifeSeconds = 300;

interface Scheme {
  kty: 'RSA' | 'EC' | 'OKP' | 'oct';
  signing: { name: string; hash?: string; saltLength?: number };
}

const schemes = {
  RS256: { kty: 'RSA', signing: { name: 'RSASSA-PKCS1-v1_5' } },
  RS384: { kty: 'RSA', signing: { name: 'RSASSA-PKCS1-v1_5' } },
  RS512: { kty: 'RSA', signing: { name: 'RSASSA-PKCS1-v1_5' } },
  PS256: { kty: 'RSA', signing: { name: 'RSA-PSS', saltLength: 32 } },
  PS384: { kty: 'RSA', signing: { name: 'RSA-PSS', saltLength: 48 } },
  PS512: { kty: 'RSA', signing: { name: 'RSA-PSS', saltLength: 64 } },
  ES256: { kty: 'EC', signing: { name: 'ECDSA', hash: 'SHA-256' } },
  ES384: { kty: 'EC', signing: { name: 'ECDSA', hash: 'SHA-384' } },
  ES512: { kty: 'EC', signing: { name: 'ECDSA', hash: 'SHA-512' } },
  EdDSA: { kty: 'OKP', signing: { name: 'Ed25519' } },
  Ed25519: { kty: 'OKP', signing: { name: 'Ed25519' } },
} as const satisfies Record<string, Scheme>;

// Kept out of the algorithms an issuer may have: an issuer publishes its keys. A test that passes a published key off
// as a shared secret builds such a SigningKey itself.
const sharedSecret: Scheme = { kty: 'oct', signing: { name: 'HMAC' } };
const sharedSecretAlgorithms = ['HS256', 'HS384', 'HS512'];

/** A signature algorithm an emulated issuer can publish keys for. */
export type SigningAlgorithm = keyof typeof schemes;

/** A key an issuer signs with, and the public half as it stands in the key set. */
export interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

/** What an emulated issuer is made of. */
export interface IssuerOptions {
  /** The issuer's identifier, byte for byte as it goes into `iss` and the discovery document. */
  iss: string;
  /** The clock, in epoch milliseconds. */
  now?: () => number;
  /** RS256 unless given. */
  algorithm?: SigningAlgorithm;
  /** The first key; a new one unless given. */
  key?: SigningKey;
  /** Where the key set is, under the issuer's path; `/.well-known/jwks` unless given. */
  jwksPath?: string;
}

/** How one token departs from the usual. */
export interface SignOptions {
  /** Laid over `alg`, `kid` and `typ`; a member given as undefined is left out. */
  header?: Record<string, unknown>;
  /** Signs in place of the issuer's current key. */
  key?: SigningKey;
  /** Claims to leave out, filled ones included. */
  omit?: string[];
}

/** Answers used in place of the real ones. They may throw, as a network does, or never settle. */
export interface IssuerAnswers {
  discovery?: (() => Response | Promise<Response>) | undefined;
  jwks?: (() => Response | Promise<Response>) | undefined;
}

/** An emulated issuer. */
export interface Issuer {
  iss: string;
  /** Answers for any host: only the path, taken under the issuer's own, decides. */
  fetch(request: Request): Promise<Response>;
  /** Every request seen, those answered 404 included. */
  requests: { path: string; at: number }[];
  /** Signs claims; iss, sub, iat, exp and jti are filled where not given, aud never is. */
  sign(claims: Record<string, unknown>, options?: SignOptions): Promise<string>;
  /** Signs a header and payload whose exact bytes the caller chooses: a string is taken as the JSON text itself, a
   *  Uint8Array as its bytes. The signature is valid, by the header's `alg` where the key can, else by the key's. */
  signRaw(header: unknown, payload: unknown, key?: SigningKey): Promise<string>;
  /** The published keys; the first signs. */
  keys: SigningKey[];
  /** Puts a new key first. The earlier ones leave the key set unless `keepOld`. */
  rotate(options?: { keepOld?: boolean; algorithm?: SigningAlgorithm }): Promise<SigningKey>;
  /** The key set as it would be served now. */
  jwks(): { keys: JWK[] };
  answer: IssuerAnswers;
}

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

// RSA keys take long to make, so the next one is made in the background while a test uses the last. None is handed
// out twice: two issuers that shared a key would accept each other's tokens and hide a fault.
const ahead = new Map<SigningAlgorithm, Promise<KeyPair>>();

function makeKeyPair(alg: SigningAlgorithm): Promise<KeyPair> {
  return generateKeyPair(alg, { extractable: true });
}

function takeKeyPair(alg: SigningAlgorithm): Promise<KeyPair> {
  if (schemes[alg].kty !== 'RSA') return makeKeyPair(alg);
  const pair = ahead.get(alg) ?? makeKeyPair(alg);
  ahead.set(
    alg,
    pair.then(() => makeKeyPair(alg)),
  );
  return pair;
}

/** Makes a key no issuer has; its id is the thumbprint unless given. */
export async function createSigningKey(alg: SigningAlgorithm, kid?: string): Promise<SigningKey> {
  const { privateKey, publicKey } = await takeKeyPair(alg);
  const jwk = await exportJWK(publicKey);
  const id = kid ?? (await calculateJwkThumbprint(jwk));
  return { kid: id, alg, privateKey, publicJwk: { ...jwk, kid: id, alg, use: 'sig' } };
}

function schemeOf(alg: unknown): Scheme | undefined {
  if (typeof alg !== 'string') return undefined;
  if (sharedSecretAlgorithms.includes(alg)) return sharedSecret;
  return Object.hasOwn(schemes, alg) ? schemes[alg as SigningAlgorithm] : undefined;
}

function bytesOf(part: unknown): Uint8Array<ArrayBuffer> {
  if (part instanceof Uint8Array) return new Uint8Array(part);
  return new Uint8Array(new TextEncoder().encode(typeof part === 'string' ? part : JSON.stringify(part)));
}

function algorithmNamed(header: Uint8Array): unknown {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(header));
    return typeof parsed === 'object' && parsed !== null && 'alg' in parsed ? parsed.alg : undefined;
  } catch {
    return undefined;
  }
}

async function signBytes(
  input: Uint8Array<ArrayBuffer>,
  key: SigningKey,
  named: unknown,
): Promise<Uint8Array<ArrayBuffer>> {
  const own = schemeOf(key.alg);
  if (own === undefined) throw new Error(`cannot sign with the algorithm ${key.alg}`);
  const asked = schemeOf(named);
  // Only RSA keys serve several algorithms, and a CryptoKey is bound to one: the same key is imported again for it.
  if (asked?.kty === 'RSA' && own.kty === 'RSA' && named !== key.alg) {
    const rebound = await importJWK({ ...(await exportJWK(key.privateKey)), alg: String(named) });
    if (rebound instanceof Uint8Array) throw new Error('an RSA key was imported as a shared secret');
    return new Uint8Array(await crypto.subtle.sign(asked.signing, rebound, input));
  }
  return new Uint8Array(await crypto.subtle.sign(own.signing, key.privateKey, input));
}

/** Starts an issuer with one key. */
export async function createIssuer(options: IssuerOptions): Promise<Issuer> {
  const { iss, now = Date.now, algorithm = 'RS256', key: given, jwksPath = '/.well-known/jwks' } = options;
  // Some providers' identifiers end in a slash; their documents are under the path without it.
  const base = iss.replace(/\/$/, '');
  const basePath = new URL(iss).pathname.replace(/\/$/, '');
  const first = given ?? (await createSigningKey(algorithm));

  function currentKey(): SigningKey {
    const key = issuer.keys[0];
    if (key === undefined) throw new Error(`${iss} has no key to sign with`);
    return key;
  }

  function discovery(): Response {
    return Response.json({
      issuer: iss,
      jwks_uri: `${base}${jwksPath}`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(issuer.keys.map((key) => key.alg))],
      scopes_supported: ['openid'],
      claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat', 'jti'],
    });
  }

  const issuer: Issuer = {
    iss,
    requests: [],
    keys: [first],
    answer: {},

    async fetch(request) {
      const path = new URL(request.url).pathname;
      issuer.requests.push({ path, at: now() });
      if (request.method === 'GET') {
        if (path === `${basePath}/.well-known/openid-configuration`) return (issuer.answer.discovery ?? discovery)();
        if (path === `${basePath}${jwksPath}`) return issuer.answer.jwks?.() ?? Response.json(issuer.jwks());
      }
      return Response.json({ error: 'not_found' }, { status: 404 });
    },

    async sign(claims, { header = {}, key = currentKey(), omit = [] } = {}) {
      const iat = Math.floor(now() / 1000);
      const filled: Record<string, unknown> = {
        iss,
        sub: 'subject',
        iat,
        exp: iat + defaultLifeSeconds,
        jti: crypto.randomUUID(),
        ...claims,
      };
      const kept = Object.fromEntries(Object.entries(filled).filter(([name]) => !omit.includes(name)));
      return issuer.signRaw({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header }, kept, key);
    },

    async signRaw(header, payload, key = currentKey()) {
      const headerBytes = bytesOf(header);
      const input = `${base64url.encode(headerBytes)}.${base64url.encode(bytesOf(payload))}`;
      const signature = await signBytes(bytesOf(input), key, algorithmNamed(headerBytes));
      return `${input}.${base64url.encode(signature)}`;
    },

    async rotate({ keepOld = false, algorithm: next = algorithm } = {}) {
      const key = await createSigningKey(next);
      issuer.keys = keepOld ? [key, ...issuer.keys] : [key];
      return key;
    },

    jwks() {
      return { keys: issuer.keys.map((key) => key.publicJwk) };
    },
  };
  return issuer;
}
