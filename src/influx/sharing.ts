// Finds the store of a shared token and calls it, within a bounded time. It never decides who shares a token: callers with the same grant
// do.

import type { Admitted } from '../admission/admission.ts';
import { withinDeadline } from '../foundation/deadline.ts';
import { failure } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { UPSTREAM_TIMEOUT_MS } from './client.ts';
import type { MintOutcome } from './mint.ts';
import { sharedOwner } from './name.ts';
import { type SharedToken, shareKey } from './shared-token.ts';

export interface Sharing {
  /** The hand-out has been admitted; the store admits what it mints. @param policy the digest of the policy that granted it. */
  readonly obtain: (handOut: Admitted, policy: string) => Promise<MintOutcome>;
  /** @param owner the owner slot of the shared token's name, which addresses its store. False when the store cannot be reached. */
  readonly evict: (owner: string, name: string) => Promise<boolean>;
}

/** The store may have to admit and mint before it answers. */
const STORE_TIMEOUT_MS = UPSTREAM_TIMEOUT_MS + 8_000;

export function createSharing(
  storeNamed: (owner: string) => SharedToken,
  runtime: Pick<Runtime, 'after' | 'alarm'>,
): Sharing {
  return {
    obtain: async ({ grant }, policy) => {
      const owner = await sharedOwner(shareKey(grant));
      const outcome = await withinDeadline(storeNamed(owner).obtain(grant, policy), STORE_TIMEOUT_MS, runtime);
      if (outcome !== null) return outcome;
      runtime.alarm('shared_token_unavailable', { instance: grant.instance.name, rule: grant.rule });
      const detail = 'The shared token of this rule cannot be fetched at the moment. Ask again.';
      return { name: null, result: failure('state_unavailable', detail) };
    },
    evict: async (owner, name) =>
      (await withinDeadline(
        storeNamed(owner)
          .evict(name)
          .then(() => true),
        STORE_TIMEOUT_MS,
        runtime,
      )) ?? false,
  };
}
