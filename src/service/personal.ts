// Who asked, as the record keeps it: what identifies the caller, the claims that mattered, and the run of the job. No I/O.

import type { Personal } from '../admission/record.ts';
import { cut, describeIdentity, describeRule } from '../audit/event.ts';
import { type Claims, parseClaimPath, readClaim } from '../identity/claim.ts';
import type { TrustedIssuer } from '../identity/trusted-issuer.ts';
import type { Identity } from '../identity/verifier.ts';
import type { Rule } from '../policy/language/compiled.ts';

/** The claims by which a switch may name a caller: all that tell callers of this issuer apart, whichever of them this caller is known by. */
export function tellApart({ subject, pins }: TrustedIssuer, claims: Claims): Readonly<Record<string, unknown>> {
  return read(claims, [...subject.flat(), ...pins]);
}

/** @param rule that granted or came nearest. */
export function personalOf(identity: Identity, rule: Rule | null): Personal {
  const { issuer, claims } = identity;
  const run = read(claims, issuer.run);
  return {
    subject: describeIdentity(identity).subject ?? {},
    claims: { ...tellApart(issuer, claims), ...(rule === null ? {} : describeRule(rule, claims).claims) },
    ...(Object.keys(run).length === 0 ? {} : { run }),
  };
}

function read(claims: Claims, addresses: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    addresses
      .map((address) => [address, cut(readClaim(claims, parseClaimPath(address)))] as const)
      .filter(([, value]) => value !== undefined),
  );
}
