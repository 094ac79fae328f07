// Which issuer entry of the policy would vouch for some claims: the one that was named, or the one that their `iss` and audience select, as
// in the Worker. It takes the claims as they are given, and never verifies them.

import type { Claims } from '../../identity/claim.ts';
import { showClaim } from '../../identity/claim.ts';
import { entryByAudience } from '../../identity/verifier.ts';
import type { CompiledPolicy } from '../../policy/language/compiled.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import { didYouMean } from '../shell/command.ts';
import type { GivenClaims } from '../shell/input.ts';
import type { Terminal } from '../shell/terminal.ts';

/** The name of the entry. */
export function issuerOf(policy: CompiledPolicy, claims: Claims, named: string | undefined): Parsed<string> {
  const known = Object.keys(policy.issuers);
  if (named !== undefined) {
    if (Object.hasOwn(policy.issuers, named)) return { ok: true, value: named };
    return { ok: false, problem: `the policy has no issuer "${named}"; ${didYouMean(named, known)}` };
  }
  if (claims.iss === undefined) {
    return { ok: false, problem: `the claims hold no "iss"; name their issuer with --issuer: ${known.join(', ')}` };
  }
  const entries = Object.values(policy.issuers).filter(({ iss }) => iss === claims.iss);
  if (entries.length === 0) {
    const remedy = 'name the one that is to vouch for them with --issuer NAME';
    return {
      ok: false,
      problem: `the policy trusts no issuer ${showClaim(claims.iss)}; it knows ${known.join(', ')}; ${remedy}`,
    };
  }
  const entry = entryByAudience(claims, entries);
  return entry.ok ? { ok: true, value: entry.value.name } : { ok: false, problem: entry.failure.detail };
}

/** So that nobody mistakes an explanation for a verification. */
export function noteUnverified(given: readonly GivenClaims[], terminal: Terminal): void {
  if (given.some(({ fromToken }) => fromToken)) {
    terminal.err.line('note: the token is only decoded; its signature and its times are not checked here');
  }
}
