// Whether a token is of a kind that proves who asks. One issuer signs many kinds of JWT with the same keys: logout tokens, security events,
// DPoP proofs, entity statements. They must not pass for an identity (RFC 8725 sections 2.8, 3.11 and 3.12). No I/O.

import { failure, type Result, success } from '../foundation/failure.ts';
import { type Claims, showClaim } from './claim.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

/**
 * The types that identity and access tokens carry where their issuer says no more: RFC 7519 section 5.1, RFC 9068 section 2.1, and
 * `JOSE`, which the JWT-SVID specification allows in section 2.2. Every other kind names itself, as RFC 8725 section 3.11 asks.
 */
const PLAIN_TYPES: readonly string[] = ['jwt', 'at+jwt', 'jose'];

/** The header's `typ` (RFC 7515 section 4.1.9) is the one that the issuer's entry asks for, or a plain one where it asks for none. */
export function checkType(typ: string | undefined, issuer: Pick<TrustedIssuer, 'typ'>): Result<null> {
  if (issuer.typ !== undefined) {
    if (typ !== undefined && bare(typ) === bare(issuer.typ)) return success(null);
    return failure(
      'token_malformed',
      `The subject token's header has the "typ" ${showClaim(typ)}; its issuer's tokens have ${showClaim(issuer.typ)}.`,
    );
  }
  if (typ === undefined || PLAIN_TYPES.includes(bare(typ))) return success(null);
  return failure(
    'token_malformed',
    `The subject token's header has the "typ" ${showClaim(typ)}: a token of that kind does not prove who asks. Show an ID token or an access token; if this issuer's have no other "typ", its entry in the policy must set it.`,
  );
}

/** The payload is no statement of another kind, and the token is good in the hands of any bearer. */
export function checkKind(claims: Claims, issuer: Pick<TrustedIssuer, 'typ' | 'boundTokens'>): Result<null> {
  // RFC 8417 section 2.2: what makes a JWT a security event; a logout token is one too.
  if (Object.hasOwn(claims, 'events') && PLAIN_TYPES.includes(bare(issuer.typ ?? 'jwt'))) {
    return failure(
      'claim_invalid',
      'The subject token holds "events": it is a security event or a logout token, which does not prove who asks. Show an ID token or an access token.',
    );
  }
  if (Object.hasOwn(claims, 'cnf') && issuer.boundTokens !== 'as_bearer') {
    return failure(
      'claim_invalid',
      'The subject token is bound to a key ("cnf"), and this service cannot check that you hold that key. Ask your issuer for a token without DPoP or mutual TLS; the issuer\'s entry in the policy may also say "bound_tokens: as_bearer".',
    );
  }
  return success(null);
}

/** Compared without case, "application/" being implied. */
function bare(typ: string): string {
  return typ.toLowerCase().replace(/^application\//, '');
}
