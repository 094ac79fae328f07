// How the rest of the service calls a gate: in bounded time, and once more where the platform says that this may help. It never takes
// silence for an answer.

import type { Runtime } from '../foundation/runtime.ts';
import { callObject } from './calling.ts';
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
  return (digit, work) => callObject(() => gates(digit), work, GATE_TIMEOUT_MS, runtime);
}
