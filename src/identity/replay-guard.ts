// Single use: a subject token's (iss, jti) is claimed before the mint and held until the token has expired. The claims are spread over
// many small stores, so that no single one sees every request.

import { withinDeadline } from '../deadline.ts';
import { failure, type Result, success } from '../failure.ts';
import type { Runtime } from '../runtime.ts';
import type { Identity } from './verifier.ts';

/** One of the stores. Rejects when it cannot be reached. */
export interface ClaimShard {
  /** False when the key is held already. `until` in seconds since the epoch. */
  readonly claim: (key: string, until: number) => Promise<boolean>;
  readonly release: (key: string) => Promise<void>;
}

export interface ReplayGuard {
  /** Claims the identity's token, once. */
  readonly claim: (identity: Identity) => Promise<Result<null>>;
  /** Gives it back when nothing came of the mint. */
  readonly release: (identity: Identity) => Promise<void>;
}

/** A store may be slow to wake; a caller should not wait longer for it than for InfluxDB. */
const CLAIM_TIMEOUT_MS = 5_000;

/** @param shardNamed a store by its name, two hexadecimal digits. */
export function createReplayGuard(
  shardNamed: (name: string) => ClaimShard,
  runtime: Pick<Runtime, 'after' | 'alarm'>,
): ReplayGuard {
  return {
    claim: async (identity) => {
      const key = await claimKey(identity);
      const until = identity.expiresAt + identity.issuer.clockSkew;
      const claimed = await withinDeadline(shardNamed(key.slice(0, 2)).claim(key, until), CLAIM_TIMEOUT_MS, runtime);
      if (claimed === true) return success(null);
      if (claimed === false) {
        const detail =
          "This subject token has been used before, and its issuer's tokens are for single use. Fetch a fresh one.";
        return failure('token_replayed', detail);
      }
      runtime.alarm('replay_guard_unavailable', { shard: key.slice(0, 2) });
      return failure(
        'state_unavailable',
        'Whether this subject token was used before cannot be checked at the moment. Ask again.',
      );
    },
    release: async (identity) => {
      const key = await claimKey(identity);
      const released = await withinDeadline(
        shardNamed(key.slice(0, 2))
          .release(key)
          .then(() => true),
        CLAIM_TIMEOUT_MS,
        runtime,
      );
      if (released === null) runtime.alarm('claim_not_released', { shard: key.slice(0, 2) });
    },
  };
}

/** Unkeyed, so that a rotation of the service's key permits no replay. */
async function claimKey(identity: Identity): Promise<string> {
  const text = JSON.stringify([identity.issuer.iss, identity.claims.jti]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
