// Base64url (RFC 4648 section 5) without padding, for text that a stranger may have made up. The decoder refuses such text and never
// throws. No I/O.

import { base64url } from 'jose';

export function encodeBase64url(bytes: Uint8Array | string): string {
  return base64url.encode(bytes);
}

/** The bytes of a text that `encodeBase64url` made, or null: each value has one spelling (RFC 4648 section 3.5). */
export function decodeBase64url(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) return null;
  const bytes = base64url.decode(text);
  return base64url.encode(bytes) === text ? bytes : null;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text whose UTF-8 they are, or null. */
export function decodeBase64urlText(text: string): string | null {
  const bytes = decodeBase64url(text);
  if (bytes === null) return null;
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
}
