// What the policy says of an issuer, with every default filled in. Written by the policy build, read by the verifier.

import type { IgnorableParameter } from './token.ts';

/** Signature algorithms that we verify (RFC 7518 section 3.1, RFC 8037). Asymmetric only: a shared secret is nobody's proof. */
export const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const;

export type Algorithm = (typeof ALGORITHMS)[number];

/**
 * One entry of `issuers:` in the policy. Durations are seconds. Several entries may share one `iss` and differ in audience; those without
 * keys of their own (`jwks`, `jwksUri`) then share algorithms, `typ` and `ignoreHeader` too.
 */
export interface TrustedIssuer {
  /** The entry's name in the policy. */
  readonly name: string;
  /** Compared byte by byte with the token's `iss`. */
  readonly iss: string;
  readonly audiences: readonly string[];
  /** Accept a token that carries further audiences beside ours. */
  readonly multipleAudiences: boolean;
  readonly algorithms: readonly Algorithm[];
  /** Required `typ` header (RFC 7515 section 4.1.9), if any. */
  readonly typ?: string;
  /** Parameters of the header that every token of this issuer has: neither used nor refused. */
  readonly ignoreHeader: readonly IgnorableParameter[];
  /** Where the keys are; without it and without `jwks` they are found by OIDC discovery. */
  readonly jwksUri?: string;
  /** The keys themselves, for an issuer that cannot be reached. */
  readonly jwks?: { readonly keys: readonly unknown[] };
  /** Hosts beside the issuer's own on which discovery may place the keys. */
  readonly jwksHosts: readonly string[];
  /** The claims that identify the caller; an inner list holds alternatives, of which the first non-empty counts. */
  readonly subject: readonly (readonly string[])[];
  /** Claims that no caller of this issuer can leave out. */
  readonly alwaysPresent: readonly string[];
  readonly clockSkew: number;
  readonly maxTokenAge: number;
  readonly maxLifetime: number;
  readonly singleUse: boolean;
  /** What becomes of tokens that are bound to a key (`cnf`, RFC 7800): `as_bearer` takes them without proof of the key. */
  readonly boundTokens: 'refuse' | 'as_bearer';
  /** The issuer also signs for strangers, so a rule must pin a party. */
  readonly shared: boolean;
  /** The claims that pin a party on a shared issuer. */
  readonly pins: readonly string[];
  /** The claims that name the run of a job, for the record. */
  readonly run: readonly string[];
  /** An identity in a few words, with claims in braces; the subject claims serve where it is missing. */
  readonly description?: string;
  /** What people sign in with, in the command and on the page. */
  readonly login?: { readonly cli?: Login; readonly page?: PageLogin };
  /** It stands in front of the page as a proxy, and hands its token over in a header (Cloudflare Access). */
  readonly proxiesPage?: true;
}

/** A client at the issuer, for OpenID Connect's authorization code flow. */
export interface Login {
  readonly clientId: string;
  /** Absent: the program's own choice. */
  readonly scope?: string;
  /** Asked for by its name, where the access token is the one that the service is shown. */
  readonly audience?: string;
  /** Which of the issuer's two tokens the service is shown. */
  readonly token: 'id' | 'access';
}

export interface PageLogin extends Login {
  readonly scope: string;
  /** The name of the secret that holds the client's secret; a public client has none. */
  readonly clientSecret?: string;
}
