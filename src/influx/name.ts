// Names of the tokens that we mint: `sts.<instance>.<rule>.<owner>.<ulid>.<tag>`. They make InfluxDB's own catalogue the ledger of live
// tokens and their owners. A name never holds personal data; its tag tells our names from names that only look alike.

import { decodeBase32, encodeBase32 } from '../foundation/base32.ts';
import type { Keyring } from '../foundation/keyring.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { createUlid, ulidTime } from '../foundation/ulid.ts';

export interface NameParts {
  readonly instance: string;
  readonly rule: string;
  /** `o` and a digest of the caller, or `s` and a digest of the share key. */
  readonly owner: string;
}

/** A name of ours, taken apart. */
export interface TokenName extends NameParts {
  readonly text: string;
  /** When the name was made, milliseconds since the epoch. */
  readonly madeAt: number;
  readonly shared: boolean;
}

const OWNER_BYTES = 16;
const TAG_BYTES = 10;

/** `o` and 128 bits of the HMAC over the issuer and the claims that identify the caller. */
export async function ownerDigest(keyring: Keyring, owner: readonly unknown[]): Promise<string> {
  return ownerText(await keyring.authenticate('owner', JSON.stringify(owner)));
}

/** The digests of this owner's tokens: one by the current key and one by the previous key. */
export async function ownerDigests(keyring: Keyring, owner: readonly unknown[]): Promise<readonly string[]> {
  return (await keyring.authenticateAll('owner', JSON.stringify(owner))).map(ownerText);
}

function ownerText(code: Uint8Array): string {
  return `o${encodeBase32(code.subarray(0, OWNER_BYTES))}`;
}

/** `s` and 128 bits of the share key's digest. It is unkeyed: a rotation of the key does not move a shared token. */
export async function sharedOwner(shareKey: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(shareKey)));
  return `s${encodeBase32(digest.subarray(0, OWNER_BYTES))}`;
}

/** A fresh name. Two are never equal, so an attempt never affects another's token. */
export async function createName(
  parts: NameParts,
  keyring: Keyring,
  runtime: Pick<Runtime, 'now' | 'random'>,
): Promise<string> {
  const body = `sts.${parts.instance}.${parts.rule}.${parts.owner}.${createUlid(runtime)}`;
  const code = await keyring.authenticate('name', body);
  return `${body}.${encodeBase32(code.subarray(0, TAG_BYTES))}`;
}

const GRAMMAR =
  /^(sts\.([a-z0-9-]{1,40})\.([a-z0-9-]{1,40})\.([os][a-z2-7]{26})\.([0-7][0-9A-HJKMNP-TV-Z]{25}))\.([a-z2-7]{16})$/;

/** Whether a text has the form of our names for tokens of an instance; only `readName` tells whether we made it. */
export function looksLikeName(text: string, instance: string): boolean {
  return GRAMMAR.exec(text)?.[2] === instance;
}

/** The parts of a name that we made, or null for every other text. */
export async function readName(text: string, keyring: Keyring): Promise<TokenName | null> {
  const match = GRAMMAR.exec(text);
  if (match === null) return null;
  const [, body, instance, rule, owner, ulid, tag] = match as unknown as readonly string[] & { readonly length: 7 };
  const code = decodeBase32(tag!);
  if (code === null || !(await keyring.verify('name', body!, code))) return null;
  return {
    text,
    instance: instance!,
    rule: rule!,
    owner: owner!,
    madeAt: ulidTime(ulid!),
    shared: owner!.startsWith('s'),
  };
}
