// What a preset knows of the claim at an address: that it is sent and what it holds, that nothing is known of it, or that no token has it
// and which claim was most likely meant. It decides nothing. No I/O.

import { type ClaimPath, parseClaimPath } from '../../../identity/claim.ts';
import type { KnownClaim, Preset } from '../../../identity/preset.ts';
import { nearestKey } from '../../language/nearest-key.ts';
import { CLAIMS_ALIKE } from './foreign-words.ts';
import { REGISTERED } from './pins.ts';

export type ClaimFact =
  | { readonly kind: 'sent'; readonly known: KnownClaim }
  | { readonly kind: 'unknown' }
  /** `meant` is the claim that was most likely meant. */
  | { readonly kind: 'never'; readonly meant: string | null };

const UNKNOWN: ClaimFact = { kind: 'unknown' };

interface Known {
  readonly address: string;
  readonly path: ClaimPath;
  readonly claim: KnownClaim;
}

/** The addresses of each preset, taken apart once; the linter asks about every condition of every rule. */
const parsed = new WeakMap<NonNullable<Preset['claims']>, readonly Known[]>();

function knownClaims(claims: NonNullable<Preset['claims']>): readonly Known[] {
  const before = parsed.get(claims);
  if (before !== undefined) return before;
  const known = Object.entries(claims).map(([address, claim]) => ({ address, path: parseClaimPath(address), claim }));
  parsed.set(claims, known);
  return known;
}

export function claimFact(address: string, preset: Preset): ClaimFact {
  if (preset.claims === undefined) return UNKNOWN;
  const path = parseClaimPath(address);
  const known = knownClaims(preset.claims);
  const exact = known.find((one) => samePath(one.path, path));
  if (exact !== undefined) return { kind: 'sent', known: exact.claim };
  const plain = path.length === 1 ? path[0]! : address;
  if (REGISTERED.includes(path[0]!) || plain === 'sub') return UNKNOWN;
  if (preset.furtherClaims?.test(address) === true || preset.furtherClaims?.test(plain) === true) return UNKNOWN;
  // An object on the way to claims that are listed.
  if (known.some((one) => isBelow(one.path, path))) return { kind: 'sent', known: { type: 'object' } };
  const around = known.find((one) => isBelow(path, one.path));
  const isOpen = around?.claim.type === 'list' || (around?.claim.type === 'object' && !hasListed(known, around.path));
  return isOpen ? UNKNOWN : { kind: 'never', meant: nearestClaim(address, preset.claims) };
}

/** The listed addresses inside an object, for the advice to name one of them. */
export function claimsInside(address: string, preset: Preset): readonly string[] {
  const path = parseClaimPath(address);
  return knownClaims(preset.claims ?? {}).flatMap((one) => (isBelow(one.path, path) ? [one.address] : []));
}

function samePath(a: ClaimPath, b: ClaimPath): boolean {
  return a.length === b.length && a.every((key, at) => key === b[at]);
}

function isBelow(path: ClaimPath, above: ClaimPath): boolean {
  return path.length > above.length && above.every((key, at) => key === path[at]);
}

function hasListed(known: readonly Known[], above: ClaimPath): boolean {
  return known.some((one) => isBelow(one.path, above));
}

/** The claim that a name of other letters, of another provider, or with a typing error most likely means; null when none is near. */
function nearestClaim(address: string, claims: NonNullable<Preset['claims']>): string | null {
  const known = Object.keys(claims);
  const wanted = letters(address);
  const ending = (one: string) => letters(one.slice(one.lastIndexOf('/') + 1));
  const alike = CLAIMS_ALIKE.filter((group) => group.some((one) => letters(one) === wanted));
  const foreign = alike.flat().find((one) => Object.hasOwn(claims, one));
  const depth = (one: string) => (one.startsWith('/') ? one.split('/').length : 1);
  const alongside = known.filter((one) => depth(one) === depth(address));
  return (
    known.find((one) => letters(one) === wanted) ??
    foreign ??
    (address.startsWith('/') ? nearestKey(address, alongside) : null) ??
    known.find((one) => ending(one) === wanted) ??
    known.find((one) => ending(one) === ending(address) && ending(one) !== '') ??
    nearestKey(address, known)
  );
}

/** Without case, and without what joins the words of a name. */
function letters(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
