// An identity in a few words, for people: "acme/app on refs/heads/main, run 42". Never used to decide anything. No I/O.

import { type Claims, parseClaimPath, readClaim, showClaim } from './claim.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';
import type { Identity } from './verifier.ts';

/** The preset's description with the claims filled in, or the claims that identify the caller where one is missing. */
export function describeCaller(issuer: TrustedIssuer, claims: Claims, subject: Identity['subject']): string {
  let complete = issuer.description !== undefined;
  const text = (issuer.description ?? '').replace(/\{([^{}]+)\}/g, (_whole, claim: string) => {
    const value = readClaim(claims, parseClaimPath(claim));
    complete &&= value !== undefined && value !== '';
    return typeof value === 'string' ? showClaim(value).slice(1, -1) : showClaim(value);
  });
  return complete ? text : subject.map(([claim, value]) => `${claim} ${showClaim(value)}`).join(', ');
}
