// Brings a list of switches to all gates, and waits until nothing that it covers is open. Only then is "switched off" true of every door.
// It never takes a gate that did not answer for one that has the list.

import { withinDeadline } from '../../foundation/deadline.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import { FORMAT, type Gate } from '../gate/gate.ts';
import { GATES } from '../gate-calls.ts';

/** What is missing before the list is in force. */
export interface Missing {
  /** Digits of gates that have not stored it. */
  readonly gates: readonly string[];
  /** Open admissions that it covers: InfluxDB may still be asked for those. */
  readonly open: number;
}

export interface SpreadingDependencies {
  readonly gates: (digit: string) => Gate;
  readonly runtime: Pick<Runtime, 'now' | 'after'>;
}

const GATE_TIMEOUT_MS = 5_000;
/** While admissions are open: a mint takes some milliseconds. */
const PAUSE_MS = 100;

/** @param until milliseconds since the epoch: when to give up waiting; at least one attempt is made. */
export async function spread(
  version: number,
  list: string,
  until: number,
  { gates, runtime }: SpreadingDependencies,
): Promise<Missing> {
  /** What each gate said last; null when it did not answer. */
  const told = new Map<string, number | null>(GATES.map((digit) => [digit, null]));
  const attempts = Math.max(1, Math.ceil((until - runtime.now()) / PAUSE_MS));
  for (let attempt = 1; ; attempt++) {
    const waiting = [...told].filter(([, open]) => open !== 0).map(([digit]) => digit);
    await Promise.all(
      waiting.map(async (digit) => {
        const open = await withinDeadline(call(gates, digit, version, list), GATE_TIMEOUT_MS, runtime);
        told.set(digit, open ?? told.get(digit) ?? null);
      }),
    );
    const missing = {
      gates: [...told].filter(([, open]) => open === null).map(([digit]) => digit),
      open: [...told.values()].reduce<number>((sum, open) => sum + (open ?? 0), 0),
    };
    if ((missing.gates.length === 0 && missing.open === 0) || attempt >= attempts) return missing;
    if (runtime.now() + PAUSE_MS >= until) return missing;
    await new Promise<void>((resolve) => runtime.after(PAUSE_MS, resolve));
  }
}

/** A gate that cannot even be named fails like one that cannot be reached. */
async function call(gates: (digit: string) => Gate, digit: string, version: number, list: string): Promise<number> {
  return gates(digit).takeSwitches(FORMAT, version, list);
}
