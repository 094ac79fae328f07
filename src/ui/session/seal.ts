// What the browser keeps for us, as encrypted JWTs (RFC 7516): nobody else can read one, change one, or use one in the place of another,
// and each ends by itself. The previous key still opens what it has sealed.

import { EncryptJWT, jwtDecrypt } from 'jose';
import type { BrowserPurpose, Keyring } from '../../foundation/keyring.ts';
import type { Runtime } from '../../foundation/runtime.ts';

export interface Seal {
  /** @param endsAt milliseconds since the epoch */
  readonly seal: (purpose: BrowserPurpose, content: Sealable, endsAt: number) => Promise<string>;
  /** Null for what is not ours, not for this purpose, or over. */
  readonly open: (purpose: BrowserPurpose, text: string | null) => Promise<Opened | null>;
}

export type Sealable = Readonly<Record<string, string | number>>;

export interface Opened {
  readonly content: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
}

export function createSeal(keyring: Pick<Keyring, 'browserKeys'>, runtime: Pick<Runtime, 'now'>): Seal {
  return {
    seal: async (purpose, content, endsAt) => {
      const [current] = await keyring.browserKeys(purpose);
      return new EncryptJWT(content)
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setExpirationTime(Math.floor(endsAt / 1000))
        .encrypt(current);
    },
    open: async (purpose, text) => {
      if (text === null) return null;
      for (const key of await keyring.browserKeys(purpose)) {
        const options = {
          currentDate: new Date(runtime.now()),
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          requiredClaims: ['exp'],
        };
        const opened = await jwtDecrypt(text, key, options).catch(() => null);
        if (opened !== null) return { content: opened.payload, endsAt: opened.payload.exp! * 1000 };
      }
      return null;
    },
  };
}
