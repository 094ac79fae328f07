// A keyring that answers at once, so that the seed alone says what comes first. Its codes are as good as the real ones; what it seals anybody
// could open, because nobody attacks it here.

import { createHmac } from 'node:crypto';
import { equalInConstantTime, type Keyring } from '../../src/foundation/keyring.ts';

export function createPlainKeyring(): Keyring {
  const code = (purpose: string, text: string) => new Uint8Array(createHmac('sha256', purpose).update(text).digest());
  return {
    authenticate: async (purpose, text) => code(purpose, text),
    authenticateAll: async (purpose, text) => [code(purpose, text)],
    verify: async (purpose, text, given) =>
      given.length > 0 && equalInConstantTime(code(purpose, text).subarray(0, given.length), given),
    seal: async (text, context, iv) => ({
      iv,
      ciphertext: new Uint8Array(new TextEncoder().encode(JSON.stringify([context, text]))).buffer,
    }),
    open: async ({ ciphertext }, context) => {
      const [sealedFor, text] = JSON.parse(new TextDecoder().decode(ciphertext)) as [string, string];
      return sealedFor === context ? text : null;
    },
    browserKeys: () => Promise.reject(new Error('no browser comes here')),
  };
}
