// The lease: a capability to revoke exactly one token and nothing else, which outlives the subject token that earned it.

import { base64url } from 'jose';
import type { Keyring } from '../keyring.ts';

/** `stsl_` + base64url(name) + `.` + base64url(MAC). */
export async function createLease(name: string, keyring: Keyring): Promise<string> {
  const code = await keyring.authenticate('lease', name);
  return `stsl_${base64url.encode(name)}.${base64url.encode(code)}`;
}
