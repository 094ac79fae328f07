// The keys of the service, one per purpose, all derived from STS_KEY by HKDF (RFC 5869). The secret itself stays in a closure; what
// leaves it are authentication codes. Nothing here is ever logged.

/** One key per purpose: a code made for one can never pass for another. */
export type Purpose = 'owner' | 'name' | 'lease';

export interface Keyring {
  /** HMAC-SHA-256 of UTF-8 text under the purpose's key: 32 bytes. */
  readonly authenticate: (purpose: Purpose, text: string) => Promise<Uint8Array>;
}

/** @param secret 32 random bytes. */
export function createKeyring(secret: Uint8Array<ArrayBuffer>): Keyring {
  const derived = new Map<Purpose, CryptoKey>();
  const encoder = new TextEncoder();

  // Requests that meet here while a key is still missing derive it each for themselves: a pending promise of one request must not
  // be awaited by another.
  async function keyFor(purpose: Purpose): Promise<CryptoKey> {
    const known = derived.get(purpose);
    if (known !== undefined) return known;
    const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
    const parameters = {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(0),
      info: encoder.encode(`influx-sts ${purpose}`),
    };
    const key = await crypto.subtle.deriveKey(parameters, root, { name: 'HMAC', hash: 'SHA-256', length: 256 }, false, [
      'sign',
    ]);
    derived.set(purpose, key);
    return key;
  }

  return {
    authenticate: async (purpose, text) =>
      new Uint8Array(await crypto.subtle.sign('HMAC', await keyFor(purpose), encoder.encode(text))),
  };
}
