// The keys of the service, one per purpose, all derived from STS_KEY by HKDF (RFC 5869). The secrets themselves stay in closures; what
// leaves them are authentication codes and ciphertexts. The previous key still verifies and opens, so that a rotation loses nothing.

/** One key per purpose: a code made for one can never pass for another. */
export type Purpose = 'owner' | 'name' | 'lease' | 'form' | 'fingerprint';

/** What a person's browser keeps for us, sealed: their session, a sign-in that is under way, and what is needed to renew a session. */
export type BrowserPurpose = 'session' | 'sign-in' | 'renewal';

export interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly ciphertext: ArrayBuffer;
}

export interface Keyring {
  /** HMAC-SHA-256 of UTF-8 text under the purpose's current key: 32 bytes, which nobody may change. */
  readonly authenticate: (purpose: Purpose, text: string) => Promise<Uint8Array>;
  /** The code under the current key, and under the previous one where there is one. */
  readonly authenticateAll: (purpose: Purpose, text: string) => Promise<readonly Uint8Array[]>;
  /** Whether `code`, which may be a shortened one, was made for the text; in constant time. */
  readonly verify: (purpose: Purpose, text: string, code: Uint8Array) => Promise<boolean>;
  /** AES-256-GCM; `context` must be the same to open it. */
  readonly seal: (text: string, context: string, iv: Uint8Array<ArrayBuffer>) => Promise<Sealed>;
  /** Null when neither key opens it. */
  readonly open: (sealed: Sealed, context: string) => Promise<string | null>;
  /** AES-256-GCM keys that cannot be exported: the current one, which seals, and the previous one, which only opens. */
  readonly browserKeys: (purpose: BrowserPurpose) => Promise<readonly [CryptoKey, ...CryptoKey[]]>;
}

/** Each secret is 32 random bytes. */
export function createKeyring(
  secret: Uint8Array<ArrayBuffer>,
  previous: Uint8Array<ArrayBuffer> | null = null,
): Keyring {
  const current = createGeneration(secret);
  const older = previous === null ? [] : [createGeneration(previous)];
  const generations = [current, ...older];
  const authenticateAll: Keyring['authenticateAll'] = (purpose, text) =>
    Promise.all(generations.map((generation) => generation.authenticate(purpose, text)));
  return {
    authenticate: current.authenticate,
    authenticateAll,
    verify: async (purpose, text, code) => {
      const expected = await authenticateAll(purpose, text);
      return code.length > 0 && expected.some((one) => equalInConstantTime(one.subarray(0, code.length), code));
    },
    seal: async (text, context, iv) => {
      const parameters = { name: 'AES-GCM', iv, additionalData: encode(context) };
      return { iv, ciphertext: await crypto.subtle.encrypt(parameters, await current.sealingKey(), encode(text)) };
    },
    open: async ({ iv, ciphertext }, context) => {
      const parameters = { name: 'AES-GCM', iv, additionalData: encode(context) };
      for (const generation of generations) {
        const key = await generation.sealingKey();
        const opened = await crypto.subtle.decrypt(parameters, key, ciphertext).catch(() => null);
        if (opened !== null) return new TextDecoder().decode(opened);
      }
      return null;
    },
    browserKeys: async (purpose) => [
      await current.browserKey(purpose),
      ...(await Promise.all(older.map((generation) => generation.browserKey(purpose)))),
    ],
  };
}

/** Compares every byte whatever the first difference; the lengths are no secret. */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= a[at]! ^ b[at]!;
  return difference === 0;
}

const encoder = new TextEncoder();

function encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/**
 * Codes of owners, who come again and again, are remembered, because a code takes 5 us. So many of them, and no longer texts: about half a
 * megabyte. The oldest makes room, so that a flood of owners costs others the 5 us and nothing else.
 */
const MAX_REMEMBERED = 1_024;
const MAX_REMEMBERED_LENGTH = 512;

const HMAC_KEY = { name: 'HMAC', hash: 'SHA-256', length: 256 };
const SEALING_KEY = { name: 'AES-GCM', length: 256 };

function createGeneration(secret: Uint8Array<ArrayBuffer>) {
  const derived = new Map<string, CryptoKey>();
  const owners = new Map<string, Uint8Array>();

  // Simultaneous requests each derive a missing key for themselves, because one request must not await a pending promise of another.
  async function derive(
    purpose: Purpose | BrowserPurpose | 'shared',
    algorithm: { readonly name: string; readonly hash?: string; readonly length: number },
    usages: ('sign' | 'encrypt' | 'decrypt')[],
  ): Promise<CryptoKey> {
    const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
    const parameters = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(0),
      info: encode(`influx-sts ${purpose}`),
    };
    const key = await crypto.subtle.deriveKey(parameters, root, algorithm, false, usages);
    derived.set(purpose, key);
    return key;
  }

  async function authenticate(purpose: Purpose, text: string): Promise<Uint8Array> {
    const known = purpose === 'owner' ? owners.get(text) : undefined;
    if (known !== undefined) return known;
    const key = derived.get(purpose) ?? (await derive(purpose, HMAC_KEY, ['sign']));
    const code = new Uint8Array(await crypto.subtle.sign('HMAC', key, encode(text)));
    if (purpose === 'owner' && text.length <= MAX_REMEMBERED_LENGTH) {
      if (owners.size >= MAX_REMEMBERED) owners.delete(owners.keys().next().value!);
      owners.set(text, code);
    }
    return code;
  }

  return {
    authenticate,
    sealingKey: async () => derived.get('shared') ?? derive('shared', SEALING_KEY, ['encrypt', 'decrypt']),
    browserKey: async (purpose: BrowserPurpose) =>
      derived.get(purpose) ?? derive(purpose, SEALING_KEY, ['encrypt', 'decrypt']),
  };
}
