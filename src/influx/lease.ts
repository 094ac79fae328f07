// The lease: a capability to revoke exactly one token, which outlives the subject token that earned it.
// It never opens anything else.

import { decodeBase64url, decodeBase64urlText, encodeBase64url } from '../foundation/base64url.ts';
import type { Keyring } from '../foundation/keyring.ts';

const PREFIX = 'stsl_';
/** Far longer than any lease; limits what is decoded. */
const MAX_LENGTH = 512;

/** `stsl_` + base64url(name) + `.` + base64url(MAC). */
export async function createLease(name: string, keyring: Keyring): Promise<string> {
  const code = await keyring.authenticate('lease', name);
  return `${PREFIX}${encodeBase64url(name)}.${encodeBase64url(code)}`;
}

export function looksLikeLease(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The name of the token that the lease is for, or null when we did not make it. */
export async function readLease(text: string, keyring: Keyring): Promise<string | null> {
  if (text.length > MAX_LENGTH) return null;
  const match = /^stsl_([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(text);
  if (match === null) return null;
  const name = decodeBase64urlText(match[1]!);
  const code = decodeBase64url(match[2]!);
  return name !== null && code !== null && (await keyring.verify('lease', name, code)) ? name : null;
}
