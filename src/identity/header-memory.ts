// Headers that an issuer has signed, by their text: its tokens differ in their claims and hardly ever in their headers, and reading one takes
// 5 us. Only a verified token leaves its header here, so that no stranger fills it. It says nothing of who may use such a header.

import { decodeBase64url, encodeBase64url } from '../foundation/base64url.ts';
import type { UnverifiedToken } from './token.ts';

/** An issuer has a few keys, and each makes one header. */
const MAX_REMEMBERED = 64;
/** With a chain of certificates a header is longer, and read anew each time. */
const MAX_LENGTH = 512;

export interface HeaderMemory {
  readonly known: ReadonlyMap<string, UnverifiedToken['header']>;
  /** @param token whose signature is verified */
  readonly remember: (token: UnverifiedToken) => void;
}

export function createHeaderMemory(): HeaderMemory {
  /** Owned here; lives as long as the verifier. The oldest makes room. */
  const known = new Map<string, UnverifiedToken['header']>();
  return {
    known,
    remember: ({ compact, header }) => {
      const part = compact.slice(0, compact.indexOf('.'));
      if (part.length > MAX_LENGTH || known.has(part)) return;
      if (known.size >= MAX_REMEMBERED) known.delete(known.keys().next().value!);
      // Spelled anew, because the engine keeps the whole token for a part of it.
      known.set(encodeBase64url(decodeBase64url(part)!), header);
    },
  };
}
