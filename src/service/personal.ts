// Who asked, as the record keeps it: what identifies the caller, the claims that mattered, and the run of the job. No I/O.

import type { Personal } from '../admission/record.ts';
import { cut, describeIdentity, describeRule } from '../audit/event.ts';
import { parseClaimPath, readClaim } from '../identity/claim.ts';
import type { Identity } from '../identity/verifier.ts';
import type { Rule } from '../policy/language/compiled.ts';

/** @param rule that granted or came nearest. */
export function personalOf(identity: Identity, rule: Rule | null): Personal {
  const { issuer, claims } = identity;
  const read = (addresses: readonly string[]) =>
    Object.fromEntries(
      addresses
        .map((address) => [address, cut(readClaim(claims, parseClaimPath(address)))] as const)
        .filter(([, value]) => value !== undefined),
    );
  const run = read(issuer.run);
  return {
    subject: describeIdentity(identity).subject ?? {},
    // The pins too, because a switch may name a caller by them.
    claims: { ...read(issuer.pins), ...(rule === null ? {} : describeRule(rule, claims).claims) },
    ...(Object.keys(run).length === 0 ? {} : { run }),
  };
}
