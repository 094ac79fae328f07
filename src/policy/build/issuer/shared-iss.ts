// Entries of `issuers:` that share one `iss`: what must be the same in them, and what must not. No I/O.

import { hasOwnKeys, waysOf } from '../../../identity/signer.ts';
import type { TrustedIssuer } from '../../../identity/trusted-issuer.ts';
import type { Report } from '../report.ts';
import type { Path } from '../source.ts';
import { presetAt } from './shared-address.ts';

/**
 * Entries that share an `iss` are told apart by their audience. Those with keys of their own are parties of their own; the others share
 * the keys of the `iss`, how its tokens are signed, and who its strangers are.
 */
export function checkSharedIss(issuers: readonly TrustedIssuer[], report: Report): void {
  for (const [at, issuer] of issuers.entries()) {
    const others = issuers.slice(0, at).filter(({ iss }) => iss === issuer.iss);
    const path: Path = ['issuers', issuer.name];
    const sibling = others.find((other) => sameKeys(other, issuer));
    // An entry may do without a pin that can change hands.
    const { recyclable = [] } = presetAt(undefined, issuer.iss);
    const strangersOf = ({ shared, pins }: TrustedIssuer) =>
      JSON.stringify([shared, pins.filter((pin) => !recyclable.includes(pin)).sort()]);
    if (sibling !== undefined && strangersOf(sibling) !== strangersOf(issuer)) {
      report.error(path, `it shares its "iss" with "${sibling.name}" but not "shared" or pins`, 'make them the same');
    }
    if (sibling !== undefined && !hasOwnKeys(issuer) && !sameWays(sibling, issuer)) {
      report.error(
        path,
        `it shares its "iss" with "${sibling.name}" but not its keys, algorithms, typ or ignore_header`,
        'make them the same, or give each entry keys of its own by "jwks_uri:" or "jwks:"',
      );
    }
    const overlap = issuer.audiences.find((audience) => others.some(({ audiences }) => audiences.includes(audience)));
    if (overlap !== undefined) {
      report.error(
        path,
        `another entry of the same "iss" takes the audience ${overlap} too`,
        'give each entry an audience of its own',
      );
    }
  }
}

/** Both believe the keys of their `iss`, or the same keys of their own. */
function sameKeys(a: TrustedIssuer, b: TrustedIssuer): boolean {
  if (!hasOwnKeys(a) && !hasOwnKeys(b)) return true;
  return JSON.stringify([a.jwks, a.jwksUri]) === JSON.stringify([b.jwks, b.jwksUri]);
}

function sameWays(a: TrustedIssuer, b: TrustedIssuer): boolean {
  return JSON.stringify(waysOf(a)) === JSON.stringify(waysOf(b));
}
