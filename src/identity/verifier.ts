// The first verb: subject token -> Identity. The only place that makes an `Identity`, and the only one that decides whether a token
// is genuine, in time and meant for us. It knows nothing of rules.

import { type Failure, failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { type Claims, parseClaimPath, readClaim, showClaim } from './claim.ts';
import { slightDifference } from './difference.ts';
import { createKeySource, type KeySource } from './key-source.ts';
import { isSignedBy } from './signature.ts';
import { groupBySigner } from './signer.ts';
import { checkTimes } from './times.ts';
import { claimedIssuer, createHeaderMemory, parseToken, type UnverifiedToken } from './token.ts';
import { checkKind, checkType } from './token-kind.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';
import { untrustedIssuer } from './untrusted-issuer.ts';

declare const verified: unique symbol;

/** Who is asking, proven. */
export interface Identity {
  readonly [verified]: true;
  /** The entry of `issuers:` that the token came in by. */
  readonly issuer: TrustedIssuer;
  /** Who vouches: the `iss`, and which of its signers where several have keys of their own. Ids are unique below it, and only there. */
  readonly signer: readonly [iss: string, entry?: string];
  readonly claims: Claims;
  /** The claims that identify the caller, with their values. */
  readonly subject: readonly (readonly [claim: string, value: string])[];
  /** Seconds since the epoch, by the issuer's clock. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Who is asking; or why that is not proven, and the `iss` that was claimed where it can be read. */
export type Verification =
  | { readonly ok: true; readonly value: Identity }
  | { readonly ok: false; readonly failure: Failure; readonly claimedIssuer: string | null };

/** Verifies a subject token in the compact form of RFC 7515. */
export type Verify = (subjectToken: string) => Promise<Verification>;

export interface Verifier {
  readonly verify: Verify;
  /** For each issuer entry why its tokens cannot be verified now, in words for an operator; null where they can. */
  readonly keysReady: () => Promise<ReadonlyMap<string, string | null>>;
}

export interface VerifierOptions {
  readonly issuers: readonly TrustedIssuer[];
  readonly development: boolean;
}

/** Entries that believe the same keys. They agree on algorithms, `typ` and `ignoreHeader`, which the policy build makes sure of. */
interface Signer {
  readonly entries: readonly [TrustedIssuer, ...TrustedIssuer[]];
  readonly keys: KeySource;
}

export function createVerifier(options: VerifierOptions, runtime: Runtime): Verifier {
  const signers = groupBySigner(options.issuers).map(
    (entries): Signer => ({ entries, keys: createKeySource(entries[0], runtime, options) }),
  );
  const trusted = Map.groupBy(signers, ({ entries }) => entries[0].iss);

  const soundHeaders = createHeaderMemory();

  const verify: Verify = async (subjectToken) => {
    const parsed = parseToken(subjectToken, soundHeaders.known);
    const unproven = ({ failure }: { readonly failure: Failure }) =>
      ({ ok: false, failure, claimedIssuer: claimedIssuer(parsed) }) as const;
    if (!parsed.ok) return unproven(parsed);
    const token = parsed.value;

    const iss = token.claims.iss;
    const candidates = typeof iss === 'string' ? trusted.get(iss) : undefined;
    if (candidates === undefined) return unproven(untrustedIssuer(iss, trusted.keys()));

    const chosen = chooseSigner(token.claims, candidates);
    if (!chosen.ok) return unproven(chosen);
    const signer = chosen.value;
    const signature = await verifySignature(token, signer);
    if (!signature.ok) return unproven(signature);
    soundHeaders.remember(token);

    const entry = entryByAudience(token.claims, signer.entries);
    if (!entry.ok) return unproven(entry);
    const identity = identify(token, entry.value, {
      now: Math.floor(runtime.now() / 1000),
      signer: candidates.length === 1 ? [entry.value.iss] : [entry.value.iss, signer.entries[0].name],
    });
    return identity.ok ? identity : unproven(identity);
  };

  const keysReady = async () => {
    const checks = signers.map(async ({ entries, keys }) => {
      const reason = await keys.whyNotReady();
      return entries.map(({ name }) => [name, reason] as const);
    });
    return new Map((await Promise.all(checks)).flat());
  };
  return { verify, keysReady };
}

/**
 * Where several signers have one `iss`, the audience of the unverified token says whose keys are tried, and only those.
 * INVARIANT: the identity is of an entry of the signer whose keys verified it; the audience is looked at again after the signature.
 */
function chooseSigner(claims: Claims, candidates: readonly Signer[]): Result<Signer> {
  const [only] = candidates;
  if (candidates.length === 1) return success(only!);
  const fitting = candidates.filter(({ entries }) =>
    entries.some((entry) => takesAudience(entry, audiencesOf(claims))),
  );
  if (fitting.length === 1) return success(fitting[0]!);
  // Nobody has been verified, so no audience of the policy is named.
  return failure(
    'claim_invalid',
    `Several issuers known to this service say the "iss" of the subject token, and are told apart by its audience. ${
      fitting.length === 0
        ? `None of them is meant by ${claims.aud === undefined ? 'a token without "aud"' : `the audience ${showClaim(claims.aud)}`}. Ask your issuer for the audience that the people who keep this service have given it.`
        : `${showClaim(claims.aud)} means more than one of them. Ask your issuer for one audience.`
    }`,
    { members: { audience_received: claims.aud ?? null } },
  );
}

async function verifySignature(token: UnverifiedToken, { entries: [issuer], keys }: Signer): Promise<Result<null>> {
  const type = checkType(token.header.typ, issuer);
  if (!type.ok) return type;
  const refused = token.header.ignorable?.find((parameter) => !issuer.ignoreHeader.includes(parameter));
  if (refused !== undefined) {
    return failure(
      'token_malformed',
      `The subject token is malformed: its header parameter "${refused}" is not accepted. Where an issuer always sends it, its entry in the policy can say "ignore_header: [${refused}]"; it is then never looked at.`,
    );
  }
  const alg = issuer.algorithms.find((algorithm) => algorithm === token.header.alg);
  if (alg === undefined) {
    return failure(
      'algorithm_refused',
      `The subject token is signed with ${showClaim(token.header.alg)}, which this service does not take from its issuer.`,
    );
  }
  const found = await keys.find({ kid: token.header.kid, alg, claims: token.claims });
  if (!found.ok) return found;
  for (const key of found.value) {
    // A key that is published and broken verifies nothing, and the next one may be meant.
    const imported = await key.imported().catch(() => null);
    if (imported !== null && (await isSignedBy(token, imported, alg))) return success(null);
  }
  return failure(
    'signature_invalid',
    found.value.length === 1
      ? "The subject token's signature does not match its issuer's key. Send the token as your issuer gave it, or ask for a fresh one; if every token of this issuer is refused, its keys are not the ones that it signs with."
      : `The subject token does not say which key signed it ("kid"), and its signature matches none of the ${found.value.length} of its issuer that fit. Ask for a fresh token; an issuer with more keys must name the one that it signs with.`,
  );
}

function audiencesOf(claims: Claims): readonly string[] {
  return claims.aud === undefined ? [] : ([claims.aud].flat() as string[]);
}

function takesAudience(entry: TrustedIssuer, carried: readonly string[]): boolean {
  return entry.multipleAudiences
    ? carried.some((audience) => entry.audiences.includes(audience))
    : carried.length === 1 && entry.audiences.includes(carried[0]!);
}

/** The one entry of an `iss` that takes the audience of these claims. */
export function entryByAudience(claims: Claims, entries: readonly TrustedIssuer[]): Result<TrustedIssuer> {
  const carried = audiencesOf(claims);
  const fitting = entries.filter((entry) => takesAudience(entry, carried));
  if (fitting.length === 1) return success(fitting[0]!);
  const wanted = entries.flatMap((entry) => entry.audiences);
  const members = { audience_expected: wanted, audience_received: claims.aud ?? null };
  if (fitting.length > 1) {
    return failure(
      'claim_invalid',
      'The subject token carries the audiences of several issuer entries; ask for one of them.',
    );
  }
  const listed = wanted.map((one) => `"${one}"`).join(' or ');
  if (claims.aud === undefined) {
    return failure(
      'claim_invalid',
      `The subject token has no audience ("aud"), so it may be meant for anyone. Ask your issuer for a token for ${listed}. If its access tokens never have one, as those of Amazon Cognito, show its ID token, or let it add the claim.`,
      { members },
    );
  }
  const slight = carried.length === 1 ? closest(carried[0]!, wanted) : null;
  return failure(
    'claim_invalid',
    `The subject token is for the audience ${showClaim(claims.aud)}; ask your issuer for ${listed}${
      carried.length > 1 ? ' alone' : ''
    }${slight === null ? '' : ` (${slight})`}.`,
    { members },
  );
}

function closest(carried: string, wanted: readonly string[]): string | null {
  return (
    wanted.map((audience) => slightDifference(carried, audience)).find((difference) => difference !== null) ?? null
  );
}

function identify(
  { claims, times }: UnverifiedToken,
  issuer: TrustedIssuer,
  { now, signer }: { readonly now: number; readonly signer: Identity['signer'] },
): Result<Identity> {
  const kind = checkKind(claims, issuer);
  if (!kind.ok) return kind;
  const inTime = checkTimes(times, claims, issuer, now);
  if (!inTime.ok) return inTime;
  const subject = readSubject(claims, issuer);
  if (!subject.ok) return subject;
  if (issuer.singleUse && (claims.jti === undefined || claims.jti === '')) {
    return failure('claim_invalid', 'The subject token has no "jti", which this issuer\'s single-use tokens need.');
  }
  const { made: issuedAt, exp: expiresAt } = inTime.value;
  const identity = { issuer, signer, claims, subject: subject.value, issuedAt, expiresAt };
  // The one place where the brand is given.
  return success(identity as unknown as Identity);
}

function readSubject(claims: Claims, issuer: TrustedIssuer): Result<Identity['subject']> {
  const subject: (readonly [string, string])[] = [];
  for (const alternatives of issuer.subject) {
    const found = firstNonEmpty(claims, alternatives);
    if (!found.ok) return found;
    subject.push(found.value);
  }
  return success(subject);
}

function firstNonEmpty(claims: Claims, alternatives: readonly string[]): Result<readonly [string, string]> {
  for (const claim of alternatives) {
    const value = readClaim(claims, parseClaimPath(claim));
    if (value === undefined || value === '') continue;
    if (typeof value === 'string') return success([claim, value]);
    return failure(
      'token_malformed',
      `The subject token's claim "${claim}", which identifies the caller, is not a string but ${showClaim(value)}. Let your issuer send it as text, or name another claim as "subject" of its entry in the policy.`,
    );
  }
  const names = alternatives.map((claim) => `"${claim}"`).join(' or ');
  return failure('claim_invalid', `The subject token has no ${names}, which this issuer's callers are identified by.`);
}
