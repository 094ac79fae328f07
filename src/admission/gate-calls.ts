// How the rest of the service calls a gate: in bounded time, and once more where the platform says that this may help. It never takes
// silence for an answer.

import { withinDeadline } from '../foundation/deadline.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { Gate } from './gate/gate.ts';

export const GATES = [...'0123456789abcdef'] as const;

/** Null when the gate did not answer. */
export type CallGate = <T>(digit: string, work: (gate: Gate) => Promise<T>) => Promise<T | null>;

export interface GateCallsDependencies {
  /** By its digit. */
  readonly gates: (digit: string) => Gate;
  readonly runtime: Pick<Runtime, 'after'>;
}

/** A gate may be slow to wake; two attempts still fit into the admission limit. */
const GATE_TIMEOUT_MS = 4_000;

/** A second attempt goes through a fresh stub. */
export function createGateCalls({ gates, runtime }: GateCallsDependencies): CallGate {
  return async <T>(digit: string, work: (gate: Gate) => Promise<T>): Promise<T | null> => {
    let again = true;
    const attempt = async (): Promise<T> => {
      try {
        return await work(gates(digit));
      } catch (error) {
        if (!again || !mayRetry(error)) throw error;
        again = false;
        return attempt();
      }
    };
    return withinDeadline(attempt(), GATE_TIMEOUT_MS, runtime);
  };
}

/** A superseded or unreachable object may answer through a fresh stub; one that is overloaded must not be asked again. */
function mayRetry(error: unknown): boolean {
  const { retryable, overloaded } = error as { readonly retryable?: unknown; readonly overloaded?: unknown };
  return retryable === true && overloaded !== true;
}
