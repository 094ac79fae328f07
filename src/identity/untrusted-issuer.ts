// The words for a token whose issuer nobody trusts: what is wrong, and what to change at the provider. Nobody has been verified, so no more
// of the policy is told than that this issuer is not in it. No I/O.

import { failure } from '../foundation/failure.ts';
import { showClaim } from './claim.ts';

/** @param trusted what the policy trusts. */
export function untrustedIssuer(iss: unknown, trusted: Iterable<string>) {
  if (iss === undefined) {
    return failure(
      'issuer_untrusted',
      'The subject token has no "iss", so nobody can tell whose it is. Its issuer must be told to send one: "oidc_issuer" of the Nomad server, "jwt_issuer" of the SPIRE server, or the like of another.',
    );
  }
  const version = otherEntraVersion(iss, trusted);
  if (version !== null) {
    return failure(
      'issuer_untrusted',
      `The subject token's issuer ${showClaim(iss)} is not trusted by this service: it is a v${version.given} token of a Microsoft Entra tenant of which v${version.trusted} tokens are trusted. Set "requestedAccessTokenVersion" under "api" to ${version.setting} in the manifest of the application that the token is for ("accessTokenAcceptedVersion" in older manifests), and ask for a fresh token.`,
    );
  }
  return failure(
    'issuer_untrusted',
    `The subject token's issuer ${showClaim(iss)} is not trusted by this service. Issuers are compared byte by byte, a slash at the end included.`,
  );
}

/** An application's manifest decides which of two issuers a tenant's tokens name, in every one of Microsoft's clouds. */
const ENTRA_V1 = /^https:\/\/sts\.(?:windows\.net|chinacloudapi\.cn|microsoftonline\.de)\/([0-9a-f-]{36})\/$/;
const ENTRA_V2 = /^https:\/\/login\.(?:[a-z]+\.)?microsoftonline\.[a-z]+\/([0-9a-f-]{36})\/v2\.0$/;

function otherEntraVersion(iss: unknown, trusted: Iterable<string>) {
  if (typeof iss !== 'string') return null;
  const [first, second] = [ENTRA_V1.exec(iss)?.[1], ENTRA_V2.exec(iss)?.[1]];
  const known = (form: RegExp, tenant: string) => [...trusted].some((one) => form.exec(one)?.[1] === tenant);
  if (first !== undefined && known(ENTRA_V2, first)) return { given: '1.0', trusted: '2.0', setting: '2' } as const;
  if (second !== undefined && known(ENTRA_V1, second))
    return { given: '2.0', trusted: '1.0', setting: 'null' } as const;
  return null;
}
