// Verifies a subject token and notes for the audit whose it is, or whose it claims to be; then sees whether this caller asks too often. The
// first step of every use case. It never notes a claim as verified before it is.

import { cut, describeIdentity } from '../audit/event.ts';
import type { Note } from '../audit/recorder.ts';
import type { Result } from '../foundation/failure.ts';
import type { Identity, Verify } from '../identity/verifier.ts';

export type Identify = (subjectToken: string, note: Note) => Promise<Result<Identity>>;

export function createIdentify(verify: Verify, mayAsk: (identity: Identity) => Promise<Result<null>>): Identify {
  return async (subjectToken, note) => {
    const identity = await verify(subjectToken);
    if (!identity.ok) {
      const { claimedIssuer } = identity;
      if (claimedIssuer !== null) note({ claimed_issuer: cut(claimedIssuer) });
      return identity;
    }
    note(describeIdentity(identity.value));
    const passed = await mayAsk(identity.value);
    return passed.ok ? identity : passed;
  };
}
