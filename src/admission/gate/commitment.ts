// The commitment to who asked: it stands in an entry for the subject and the claims, and outlives them. No I/O, no state.

import { encodeBase64url } from '../../foundation/base64url.ts';

/** SHA-256 of the salt and the personal part, base64url. @param salt of the entry, which never leaves its gate. */
export async function commitmentTo(salt: string, personal: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(salt + personal));
  return encodeBase64url(new Uint8Array(digest));
}
