// Brings a list of switches to all gates, and waits until nothing that it covers is open. Only then is "switched off" true of every door.
// It never takes a gate that did not answer for one that has the list.

import { withinDeadline } from '../../foundation/deadline.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import { FORMAT, type Gate, type TakenSwitches } from '../gate/gate.ts';
import { GATES } from '../gate-calls.ts';
import { readObject } from '../record.ts';

/** What is missing before the list is in force. */
export interface Missing {
  /** Digits of gates that have not stored it. */
  readonly gates: readonly string[];
  /** Open admissions that it covers: InfluxDB may still be asked for those. */
  readonly open: number;
}

export interface Spread {
  readonly missing: Missing;
  /** The newest list that a gate has, where that is newer than the one that it was given. */
  readonly newer: Required<TakenSwitches>['newer'] | null;
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
): Promise<Spread> {
  let newer: Spread['newer'] = null;
  /** What each gate said last; null when it did not answer. */
  const told = new Map<string, number | null>(GATES.map((digit) => [digit, null]));
  const attempts = Math.max(1, Math.ceil((until - runtime.now()) / PAUSE_MS));
  for (let attempt = 1; ; attempt++) {
    const waiting = [...told].filter(([, open]) => open !== 0).map(([digit]) => digit);
    await Promise.all(
      waiting.map(async (digit) => {
        const text = await withinDeadline(call(gates, digit, version, list), GATE_TIMEOUT_MS, runtime);
        if (text === null) return;
        const taken = readObject<TakenSwitches>(text);
        told.set(digit, taken.open);
        if (taken.newer !== undefined && taken.newer.version > (newer?.version ?? version)) newer = taken.newer;
      }),
    );
    const missing = {
      gates: [...told].filter(([, open]) => open === null).map(([digit]) => digit),
      open: [...told.values()].reduce<number>((sum, open) => sum + (open ?? 0), 0),
    };
    const isDone = (missing.gates.length === 0 && missing.open === 0) || newer !== null;
    if (isDone || attempt >= attempts || runtime.now() + PAUSE_MS >= until) return { missing, newer };
    await new Promise<void>((resolve) => runtime.after(PAUSE_MS, resolve));
  }
}

/** A gate that cannot even be named fails like one that cannot be reached. */
async function call(gates: (digit: string) => Gate, digit: string, version: number, list: string): Promise<string> {
  return gates(digit).takeSwitches(FORMAT, version, list);
}
