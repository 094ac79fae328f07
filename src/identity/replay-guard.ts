// Single use: a subject token's (signer, jti) is claimed before the mint and held until the token has expired. The claims are spread over
// many small stores, so that no single one sees every request.

import { withinDeadline } from '../foundation/deadline.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { createUlid } from '../foundation/ulid.ts';
import type { Identity } from './verifier.ts';

/** One of the stores. Rejects when it cannot be reached. */
export interface ClaimShard {
  /** False when another attempt holds the key. `until` in seconds since the epoch. */
  readonly claim: (key: string, until: number, attempt: string) => Promise<boolean>;
  /** Lets go of the key if this attempt holds it. */
  readonly release: (key: string, attempt: string) => Promise<void>;
}

/** Proof of a claim, to give it back by. */
export interface Claim {
  readonly key: string;
  readonly attempt: string;
}

export interface ReplayGuard {
  /** Claims the identity's token, once. */
  readonly claim: (identity: Identity) => Promise<Result<Claim>>;
  /** Gives it back when nothing came of the mint. */
  readonly release: (claim: Claim) => Promise<void>;
}

/** A store may be slow to wake; a caller should not wait longer for it than for InfluxDB. */
const CLAIM_TIMEOUT_MS = 5_000;

/** @param shardNamed a store by its name, two hexadecimal digits. */
export function createReplayGuard(
  shardNamed: (name: string) => ClaimShard,
  runtime: Pick<Runtime, 'after' | 'alarm' | 'now' | 'random' | 'waitUntil'>,
): ReplayGuard {
  const shardOf = (key: string) => key.slice(0, SHARD_DIGITS);

  async function release({ key, attempt }: Claim): Promise<void> {
    const released = await withinDeadline(
      call(key, (shard) => shard.release(key, attempt).then(() => true)),
      CLAIM_TIMEOUT_MS,
      runtime,
    );
    if (released === null) runtime.alarm('claim_not_released', { shard: shardOf(key) });
  }

  /** A store that cannot even be named fails like one that cannot be reached. */
  async function call<T>(key: string, work: (shard: ClaimShard) => Promise<T>): Promise<T> {
    return work(shardNamed(shardOf(key)));
  }

  return {
    claim: async (identity) => {
      const claim = { key: await claimKey(identity), attempt: createUlid(runtime) };
      const { key, attempt } = claim;
      const until = identity.expiresAt + identity.issuer.clockSkew;
      const claimed = await withinDeadline(
        call(key, (shard) => shard.claim(key, until, attempt)),
        CLAIM_TIMEOUT_MS,
        runtime,
      );
      if (claimed === true) return success(claim);
      if (claimed === false) {
        const detail =
          "This subject token has been used before, and its issuer's tokens are for single use. Fetch a fresh one.";
        return failure('token_replayed', detail);
      }
      // The claim may have been made all the same; the caller is told to ask again, so it must not stand in their way.
      runtime.waitUntil(release(claim));
      runtime.alarm('replay_guard_unavailable', { shard: shardOf(key) });
      return failure(
        'state_unavailable',
        'Whether this subject token was used before cannot be checked at the moment. Ask again.',
      );
    },
    release,
  };
}

/** 256 stores. */
const SHARD_DIGITS = 2;

/** Unkeyed, so that a rotation of the service's key permits no replay. */
async function claimKey(identity: Identity): Promise<string> {
  const text = JSON.stringify([...identity.signer, identity.claims.jti]);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
