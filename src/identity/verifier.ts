// The first verb: subject token -> Identity. The only place that makes an `Identity`, and the only one that decides whether a token
// is genuine, in time and meant for us. It knows nothing of rules.

import { compactVerify } from 'jose';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { type Claims, parseClaimPath, readClaim, showClaim } from './claim.ts';
import { slightDifference } from './difference.ts';
import { createKeySource, type KeySource } from './key-source.ts';
import { parseToken, type UnverifiedToken } from './token.ts';
import { checkKind, checkType } from './token-kind.ts';
import type { Algorithm, TrustedIssuer } from './trusted-issuer.ts';

declare const verified: unique symbol;

/** Who is asking, proven. */
export interface Identity {
  readonly [verified]: true;
  /** The entry of `issuers:` that the token came in by. */
  readonly issuer: TrustedIssuer;
  readonly claims: Claims;
  /** The claims that identify the caller, with their values. */
  readonly subject: readonly (readonly [claim: string, value: string])[];
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Verifies a subject token in the compact form of RFC 7515. */
export type Verify = (subjectToken: string) => Promise<Result<Identity>>;

export interface Verifier {
  readonly verify: Verify;
  /** For each `iss` whether there are keys to verify its tokens with. */
  readonly keysReady: () => Promise<ReadonlyMap<string, boolean>>;
}

export interface VerifierOptions {
  readonly issuers: readonly TrustedIssuer[];
  readonly development: boolean;
}

export function createVerifier(options: VerifierOptions, runtime: Runtime): Verifier {
  const trusted = new Map<string, { readonly entries: TrustedIssuer[]; readonly keys: KeySource }>();
  for (const issuer of options.issuers) {
    const same = trusted.get(issuer.iss);
    if (same !== undefined) same.entries.push(issuer);
    else trusted.set(issuer.iss, { entries: [issuer], keys: createKeySource(issuer, runtime, options) });
  }

  const verify: Verify = async (subjectToken) => {
    const parsed = parseToken(subjectToken);
    if (!parsed.ok) return parsed;
    const token = parsed.value;

    const iss = token.claims.iss;
    const party = typeof iss === 'string' ? trusted.get(iss) : undefined;
    if (party === undefined) {
      return failure(
        'issuer_untrusted',
        `The subject token's issuer ${showClaim(iss)} is not trusted by this service. Issuers are compared byte by byte, a slash at the end included.`,
      );
    }

    const signature = await verifySignature(token, party.entries[0]!, party.keys);
    if (!signature.ok) return signature;

    const entry = entryByAudience(token.claims, party.entries);
    if (!entry.ok) return entry;
    return identify(token.claims, entry.value, Math.floor(runtime.now() / 1000));
  };

  const keysReady = async () => {
    const checks = [...trusted].map(async ([iss, { keys }]) => [iss, await keys.isReady()] as const);
    return new Map(await Promise.all(checks));
  };
  return { verify, keysReady };
}

/** Keys, algorithms and `typ` are those of the `iss`; its entries agree on them, which the policy build makes sure of. */
async function verifySignature(token: UnverifiedToken, issuer: TrustedIssuer, keys: KeySource): Promise<Result<null>> {
  const type = checkType(token.header.typ, issuer);
  if (!type.ok) return type;
  const alg = issuer.algorithms.find((algorithm) => algorithm === token.header.alg);
  if (alg === undefined) {
    return failure(
      'algorithm_refused',
      `The subject token is signed with ${showClaim(token.header.alg)}, which this service does not take from its issuer.`,
    );
  }
  const key = await keys.find({ kid: token.header.kid, alg, claims: token.claims });
  if (!key.ok) return key;
  try {
    await compactVerify(token.compact, await key.value.imported(), { algorithms: [alg] satisfies Algorithm[] });
    return success(null);
  } catch {
    return failure('signature_invalid', "The subject token's signature does not match its issuer's key.");
  }
}

/** The one entry of an `iss` that takes the audience of these claims. */
export function entryByAudience(claims: Claims, entries: readonly TrustedIssuer[]): Result<TrustedIssuer> {
  const carried = claims.aud === undefined ? [] : ([claims.aud].flat() as string[]);
  const fitting = entries.filter((entry) =>
    entry.multipleAudiences
      ? carried.some((audience) => entry.audiences.includes(audience))
      : carried.length === 1 && entry.audiences.includes(carried[0]!),
  );
  if (fitting.length === 1) return success(fitting[0]!);
  const wanted = entries.flatMap((entry) => entry.audiences);
  if (fitting.length > 1) {
    return failure(
      'claim_invalid',
      'The subject token carries the audiences of several issuer entries; ask for one of them.',
    );
  }
  const slight = carried.length === 1 ? closest(carried[0]!, wanted) : null;
  return failure(
    'claim_invalid',
    `The subject token is for the audience ${showClaim(claims.aud)}; ask your issuer for ${wanted.map((one) => `"${one}"`).join(' or ')}${
      carried.length > 1 ? ' alone' : ''
    }${slight === null ? '' : ` (${slight})`}.`,
    { members: { audience_expected: wanted, audience_received: claims.aud ?? null } },
  );
}

function closest(carried: string, wanted: readonly string[]): string | null {
  return (
    wanted.map((audience) => slightDifference(carried, audience)).find((difference) => difference !== null) ?? null
  );
}

function identify(claims: Claims, issuer: TrustedIssuer, now: number): Result<Identity> {
  const kind = checkKind(claims, issuer);
  if (!kind.ok) return kind;
  const times = checkTimes(claims, issuer, now);
  if (!times.ok) return times;
  const subject = readSubject(claims, issuer);
  if (!subject.ok) return subject;
  if (issuer.singleUse && (claims.jti === undefined || claims.jti === '')) {
    return failure('claim_invalid', 'The subject token has no "jti", which this issuer\'s single-use tokens need.');
  }
  const identity = { issuer, claims, subject: subject.value, expiresAt: times.value.exp };
  // The one place where the brand is given.
  return success(identity as unknown as Identity);
}

/** RFC 7519 section 4.1.4-6, with the issuer's skew; `now` is floored to whole seconds. */
function checkTimes(claims: Claims, issuer: TrustedIssuer, now: number): Result<{ readonly exp: number }> {
  const { exp, iat, nbf } = claims as { exp?: number; iat?: number; nbf?: number };
  if (exp === undefined) return failure('claim_invalid', 'The subject token has no "exp".');
  if (iat === undefined) return failure('claim_invalid', 'The subject token has no "iat".');
  const skew = issuer.clockSkew;
  const allowance = `${skew} s of clock skew are allowed`;
  if (now >= exp + skew) {
    return failure(
      'token_expired',
      `The subject token expired ${now - exp} s ago (${allowance}). Ask your issuer for a fresh one.`,
    );
  }
  if (nbf !== undefined && nbf > now + skew) {
    return failure(
      'token_not_yet_valid',
      `The subject token is not valid for another ${nbf - now} s (${allowance}). Wait, or set the clock of the machine that issued it.`,
    );
  }
  if (iat > now + skew) {
    return failure(
      'token_not_yet_valid',
      `The subject token was issued ${iat - now} s in the future (${allowance}). Set the clock of the machine that issued it.`,
    );
  }
  if (now - iat > issuer.maxTokenAge) {
    return failure(
      'token_too_old',
      `The subject token is ${now - iat} s old; at most ${issuer.maxTokenAge} s are accepted. Ask your issuer for a fresh one.`,
    );
  }
  if (exp - iat > issuer.maxLifetime) {
    return failure(
      'claim_invalid',
      `The subject token lives ${exp - iat} s; at most ${issuer.maxLifetime} s are accepted. Ask your issuer for one of shorter life (a CI job's often lives as long as the job's timeout), or have "max_lifetime" of its issuer raised in this service's policy.`,
    );
  }
  return success({ exp });
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
      `The subject token's claim "${claim}", which identifies the caller, is not a string.`,
    );
  }
  const names = alternatives.map((claim) => `"${claim}"`).join(' or ');
  return failure('claim_invalid', `The subject token has no ${names}, which this issuer's callers are identified by.`);
}
