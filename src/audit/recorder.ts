// Records exactly one event for each attempt, whatever its outcome. A use case notes facts while it works, and cannot forget to record. It
// never notes a fact by itself.

import type { Result } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { AuditEvent, AuditKind, RecordEvent } from './event.ts';

/** What a door gives each request. */
export interface Receipt {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Whether the caller has gone away, so that nothing can be handed to them any more; a door that cannot tell has none. */
  readonly isGone?: () => boolean;
  /** The address that the request came from; absent where another Worker called, or nobody did. */
  readonly source?: string;
}

/** Adds facts to the event of the attempt. */
export type Note = (facts: Partial<AuditEvent>) => void;

export type Recorded = <T>(
  kind: AuditKind,
  receipt: Receipt,
  attempt: (note: Note) => Promise<Result<T>>,
) => Promise<Result<T>>;

/** @param policyDigest of the policy that decides. */
export function createRecorder(record: RecordEvent, policyDigest: string, runtime: Pick<Runtime, 'now'>): Recorded {
  return async (kind, { id, receivedAt }, attempt) => {
    const facts: Partial<AuditEvent> = {};
    const note: Note = (more) => void Object.assign(facts, more);
    // Recorded when the attempt throws, which is a bug but still an attempt.
    let outcome: Pick<AuditEvent, 'outcome' | 'reason'> = { outcome: 'refused', reason: 'internal_error' };
    try {
      const result = await attempt(note);
      outcome = result.ok ? { outcome: 'allowed' } : { outcome: 'refused', reason: result.failure.reason };
      return result;
    } finally {
      record({
        kind,
        id,
        time: new Date(receivedAt).toISOString(),
        ...outcome,
        ...facts,
        policy: policyDigest,
        duration_ms: runtime.now() - receivedAt,
      });
    }
  };
}
