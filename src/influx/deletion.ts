// Deletes a token for certain. In a cluster, a node that has not heard of a mint answers 404, and a create whose answer was lost may still
// commit. So it repeats the deletion until a 404 is final, and never takes an earlier one for success.

import { ADMISSION_LIMIT_MS } from '../admission/admission.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { DeleteOutcome } from './answer.ts';
import { type InfluxClient, UPSTREAM_TIMEOUT_MS } from './client.ts';

/** A deletion that may have to be repeated. Times are milliseconds since the epoch. */
export interface Deletion {
  readonly instance: string;
  /** The server that holds the token: the instance may have moved to another one in the meantime. */
  readonly url: string;
  readonly name: string;
  /** From then on a 404 means that the token is nowhere. */
  readonly finalAt: number;
  /** Pause between two attempts, milliseconds, as long as a 404 is not final. */
  readonly pause: number;
}

/** Keeps a deletion and repeats it until it is done. Rejects when it cannot be kept. */
export interface PendingDeletions {
  readonly schedule: (deletion: Deletion) => Promise<void>;
}

const SHORTEST_PAUSE_MS = 2_000;

/**
 * When every node of an instance must have heard of the create of a name, if it was ever sent: milliseconds since the epoch. The name is
 * recorded before its create, so it may be known that much earlier.
 * @param madeAt when the name was made. @param syncInterval seconds.
 */
export function finalFrom(madeAt: number, syncInterval: number): number {
  return madeAt + ADMISSION_LIMIT_MS + UPSTREAM_TIMEOUT_MS + 2 * syncInterval * 1000;
}

/** @param madeAt when the name was made. */
export function planDeletion(
  name: string,
  madeAt: number,
  instance: { name: string; url: string; syncInterval: number },
): Deletion {
  return {
    instance: instance.name,
    url: instance.url,
    name,
    finalAt: finalFrom(madeAt, instance.syncInterval),
    pause: Math.max(SHORTEST_PAUSE_MS, instance.syncInterval * 250),
  };
}

/** Whether an attempt has settled it. */
export function isSettled(deletion: Deletion, outcome: DeleteOutcome, now: number): boolean {
  return outcome === 'deleted' || (outcome === 'not_found' && now >= deletion.finalAt);
}

/** The result of one attempt, and whether the deletion is settled, kept to be repeated, or neither because the store failed. */
export interface Attempt {
  readonly outcome: DeleteOutcome;
  readonly state: 'settled' | 'kept' | 'lost';
}

/**
 * Makes one attempt, and keeps the deletion for later if that does not settle it. If it cannot be kept, the operator gets an alarm, and the
 * sweep deletes the token once it has expired.
 * @param isAnswered whether a 404 is final before its time, because the create is known to have been answered and nothing spreads.
 */
export async function deleteForCertain(
  client: InfluxClient,
  deletion: Deletion,
  pending: PendingDeletions,
  runtime: Pick<Runtime, 'now' | 'alarm'>,
  isAnswered: () => Promise<boolean> = async () => false,
): Promise<Attempt> {
  const outcome = await client.deleteToken(deletion.name);
  if (isSettled(deletion, outcome, runtime.now()) || (outcome === 'not_found' && (await isAnswered()))) {
    return { outcome, state: 'settled' };
  }
  if (outcome === 'refused') runtime.alarm('admin_token_refused', { instance: deletion.instance });
  try {
    await pending.schedule(deletion);
    return { outcome, state: 'kept' };
  } catch {
    runtime.alarm('deletion_not_kept', { instance: deletion.instance, token_name: deletion.name });
    return { outcome, state: 'lost' };
  }
}

/** Longer than any outage except a disaster. */
const GIVE_UP_AFTER_MS = 48 * 60 * 60_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/**
 * Milliseconds until the next attempt, longer and longer in an outage; null when it is time to leave the token to the sweep.
 * @param keptAt when the deletion was first kept.
 */
export function pauseBeforeNext({ finalAt, pause }: Deletion, keptAt: number, now: number): number | null {
  const overdue = now - Math.max(finalAt, keptAt);
  if (overdue > GIVE_UP_AFTER_MS) return null;
  return Math.min(Math.max(pause, overdue / 2), LONGEST_PAUSE_MS);
}
