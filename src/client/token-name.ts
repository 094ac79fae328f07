// What a token's name looks like, for calls that put it into an address: nothing else goes there, because logs keep addresses and the text
// may be a part of a credential. It reads the form alone, and never repeats a text.

import type { CredentialKind } from '../foundation/misplaced-credential.ts';
import { StsError } from './error.ts';

/** How every name begins that the service gives a token. */
export const NAME_PREFIX = 'sts.';

/** Nothing else is put into an address: it may be a part of a credential. */
export function noName(kind: CredentialKind | null): StsError {
  const isRevocable = kind === 'database token' || kind === 'lease';
  const remedy = isRevocable ? 'Pass it to revoke(), which needs no name.' : 'Names are those that list() gives.';
  const what =
    kind === null ? `A token's name begins with "${NAME_PREFIX}"` : `This is a ${kind} and not the name of a token`;
  const detail = `${what}, so it was not sent. ${remedy}`;
  return new StsError({ reason: 'request_malformed', detail, retryable: false });
}
