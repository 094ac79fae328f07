// Why no key verifies a token, in words for the caller: what is wrong, and who can change it. Nothing of the policy is told, since nobody
// has been verified; no address of a key set either. No I/O.

import { failure } from '../foundation/failure.ts';
import type { KeyFault } from './key-fetch.ts';
import type { Selection } from './key-set.ts';

/** @param mayCome the key may be too new for the set that was fetched just now. */
export function keyRefusal(selection: Exclude<Selection, { readonly found: readonly unknown[] }>, mayCome: boolean) {
  switch (selection.why) {
    case 'unknown_key': {
      const strange =
        selection.flaw === null ? '' : ` One of those keys is published ${selection.flaw}, so it cannot be used.`;
      const advice = mayCome
        ? 'If the key is new, ask again in a few seconds; else ask your issuer for a fresh token.'
        : 'Ask your issuer for a fresh token.';
      return failure(
        'signature_invalid',
        `The subject token is signed with a key that is not among those that its issuer publishes.${strange} ${advice}`,
        mayCome ? { retryable: true } : {},
      );
    }
    case 'unusable_key':
      return failure(
        'signature_invalid',
        `The subject token's issuer publishes the key that signed it, but ${selection.flaw}: it cannot be used. The issuer must sign with a key that it publishes for signatures.`,
      );
    case 'another_issuers_key':
      return failure(
        'signature_invalid',
        "The subject token is signed with a key that its key set publishes for another issuer's tokens. Ask for a token of the issuer that this service trusts.",
      );
    case 'ambiguous_key':
      return failure(
        'signature_invalid',
        'The subject token names a key by an id ("kid") that two different keys of its issuer have. The issuer must give each key an id of its own.',
      );
    case 'not_the_keys_algorithm':
      return failure(
        'algorithm_refused',
        "The subject token's algorithm is not the one of the key that it names. The issuer must sign by the algorithm that it publishes with the key.",
      );
    case 'algorithm_not_settled':
      return failure(
        'algorithm_refused',
        'The subject token is signed with a key that does not say its algorithm, and its issuer\'s entry in the policy takes several that fit. Keep one of them in "algorithms:", or let the issuer publish "alg" with its keys.',
      );
  }
}

/** The set was fetched a moment ago, and may not be fetched again yet. */
export function notYetPublished(iss: string) {
  return failure(
    'keys_unavailable',
    `The keys of the issuer ${iss} were fetched a few seconds ago, and the one that signed the subject token was not among them. If it is new, ask again; else ask your issuer for a fresh token.`,
  );
}

/** @param fault of the last attempt, if it has ended. */
export function keysUnavailable(iss: string, fault: KeyFault | null) {
  const cause = fault === null ? 'it does not answer in time' : `its ${fault.document} ${fault.cause}`;
  const advice =
    fault === null || fault.passing
      ? 'Try again shortly.'
      : 'That does not pass by itself: tell the people who keep this service, whose log says more under "keys_not_refreshed".';
  return failure(
    'keys_unavailable',
    `The keys of the issuer ${iss} cannot be fetched, so the subject token cannot be checked: ${cause}. ${advice}`,
  );
}
