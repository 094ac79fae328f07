// Names of the tokens that we mint: `sts.<instance>.<rule>.<owner>.<ulid>.<tag>`. InfluxDB's own catalogue is thus the ledger of what
// lives and whose it is, without personal data; the tag tells our names from names that only resemble them.

import type { Keyring } from '../keyring.ts';
import type { Runtime } from '../runtime.ts';
import { createUlid } from '../ulid.ts';

export interface NameParts {
  readonly instance: string;
  readonly rule: string;
  readonly owner: string;
}

/** `o` and 128 bits of the HMAC over the issuer and the claims that identify the caller. */
export async function ownerDigest(keyring: Keyring, owner: readonly unknown[]): Promise<string> {
  const code = await keyring.authenticate('owner', JSON.stringify(owner));
  return `o${base32(code.subarray(0, OWNER_BYTES))}`;
}

/** A fresh name; two are never equal, so an attempt never meets another's token. */
export async function createName(
  parts: NameParts,
  keyring: Keyring,
  runtime: Pick<Runtime, 'now' | 'random'>,
): Promise<string> {
  const body = `sts.${parts.instance}.${parts.rule}.${parts.owner}.${createUlid(runtime)}`;
  const code = await keyring.authenticate('name', body);
  return `${body}.${base32(code.subarray(0, TAG_BYTES))}`;
}

const OWNER_BYTES = 16;
const TAG_BYTES = 10;

/** RFC 4648 section 6, lower case, without padding. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

function base32(bytes: Uint8Array): string {
  let text = '';
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = ((buffer << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(buffer >> bits) & 31];
    }
  }
  return bits === 0 ? text : text + BASE32[(buffer << (5 - bits)) & 31];
}
