// Stops floods, approximately: by the address that requests come from, before anything is verified, and by the caller after it. Cloudflare
// counts each of its locations separately. It protects the service and InfluxDB; how many tokens a rule gives is the business of its `limit`. A
// counter that fails stops nobody.

import { digestOf } from '../admission/single-use.ts';
import type { Receipt, Recorded } from '../audit/recorder.ts';
import { withinDeadline } from '../foundation/deadline.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { parseClaimPath, readClaim } from '../identity/claim.ts';
import type { Identity } from '../identity/verifier.ts';
import { networkOf, type RateLimiter } from './revoke-token.ts';

export interface Floods {
  /** Passes who comes from nowhere that a door knows, as another Worker does. */
  readonly bySource: (receipt: Receipt) => Promise<Result<null>>;
  readonly byIdentity: (identity: Identity) => Promise<Result<null>>;
}

export interface FloodsDependencies {
  readonly sources: RateLimiter;
  readonly identities: RateLimiter;
  readonly runtime: Pick<Runtime, 'now' | 'after' | 'alarm'>;
}

/** A counter is near: either it answers at once, or it is down. Each request waits so long for one that is. */
const LIMITER_TIMEOUT_MS = 500;
const ALARM_EVERY_MS = 60_000;

export function createFloods({ sources, identities, runtime }: FloodsDependencies): Floods {
  /** When the operator was last told of each counter, because a flood of alarms helps nobody. */
  const told = new Map<string, number>();

  async function take(limiter: RateLimiter, name: string, key: string, who: string): Promise<Result<null>> {
    const taken = await withinDeadline(limiter.take(key), LIMITER_TIMEOUT_MS, runtime);
    if (taken === false) return failure('rate_limited', `Too many requests ${who} just now. Wait, and ask less often.`);
    const now = runtime.now();
    if (taken === null && now >= (told.get(name) ?? Number.NEGATIVE_INFINITY) + ALARM_EVERY_MS) {
      told.set(name, now);
      runtime.alarm('rate_limiter_unavailable', { limiter: name });
    }
    return success(null);
  }

  return {
    bySource: async ({ source }) =>
      source === undefined ? success(null) : take(sources, 'SOURCES', networkOf(source), 'from this address'),
    byIdentity: async (identity) => take(identities, 'IDENTITIES', await keyOf(identity), 'by this caller'),
  };
}

/** Asks of each attempt whether its source is too busy, whatever the attempt is, and records that like any other refusal. */
export function withSources(recorded: Recorded, { bySource }: Floods): Recorded {
  return (kind, receipt, attempt) =>
    recorded(kind, receipt, async (note) => {
      const passed = await bySource(receipt);
      return passed.ok ? attempt(note) : passed;
    });
}

/** On an issuer for everybody, people choose much of their subject themselves, such as a branch; they do not choose the ids that pin them. */
function keyOf({ issuer, signer, claims, subject }: Identity): Promise<string> {
  const pins = issuer.shared ? issuer.pins.map((pin) => [pin, readClaim(claims, parseClaimPath(pin))] as const) : [];
  const held = pins.filter(([, value]) => value !== undefined);
  return digestOf(JSON.stringify([...signer, ...(held.length > 0 ? held : subject)]));
}
