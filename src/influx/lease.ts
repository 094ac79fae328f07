// The lease: a capability to revoke exactly one token and nothing else, which outlives the subject token that earned it.

import { base64url } from 'jose';
import type { Keyring } from '../keyring.ts';

const PREFIX = 'stsl_';
/** Far above the longest name; a bound on what is decoded. */
const MAX_LENGTH = 512;

/** `stsl_` + base64url(name) + `.` + base64url(MAC). */
export async function createLease(name: string, keyring: Keyring): Promise<string> {
  const code = await keyring.authenticate('lease', name);
  return `${PREFIX}${base64url.encode(name)}.${base64url.encode(code)}`;
}

export function looksLikeLease(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** The name of the token that the lease is for, or null when we did not make it. */
export async function readLease(text: string, keyring: Keyring): Promise<string | null> {
  const match = /^stsl_([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/.exec(text);
  if (match === null || text.length > MAX_LENGTH) return null;
  const name = new TextDecoder().decode(base64url.decode(match[1]!));
  const code = base64url.decode(match[2]!);
  // One spelling for each lease: the trailing bits of base64url must be those that we write.
  const canonical = `${PREFIX}${base64url.encode(name)}.${base64url.encode(code)}` === text;
  return canonical && (await keyring.verify('lease', name, code)) ? name : null;
}
