// Who signs: an issuer entry with keys of its own (`jwks`, `jwks_uri`), or else everybody who speaks for an `iss`. Many clusters use one
// `iss` by default, each with keys of its own; the key of one must never speak for another. No I/O.

import type { TrustedIssuer } from './trusted-issuer.ts';

export function hasOwnKeys({ jwks, jwksUri }: Pick<TrustedIssuer, 'jwks' | 'jwksUri'>): boolean {
  return jwks !== undefined || jwksUri !== undefined;
}

/** Entries in groups that believe the same keys in the same way, in file order; those of one `iss` without own keys are one group. */
export function groupBySigner(
  issuers: readonly TrustedIssuer[],
): readonly (readonly [TrustedIssuer, ...TrustedIssuer[]])[] {
  const groups = Map.groupBy(issuers, (issuer) =>
    JSON.stringify([issuer.iss, hasOwnKeys(issuer) ? waysOf(issuer) : null]),
  );
  return [...groups.values()] as [TrustedIssuer, ...TrustedIssuer[]][];
}

/** Where its keys are, and which tokens they are asked about. */
export function waysOf({ jwks, jwksUri, jwksHosts, algorithms, typ, ignoreHeader }: TrustedIssuer): readonly unknown[] {
  return [jwks, jwksUri, jwksHosts, algorithms, typ ?? null, ignoreHeader];
}
