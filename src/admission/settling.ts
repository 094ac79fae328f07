// How gates hear what became of admissions: at once where somebody waits for it, else several together, because each call costs as much as
// the work. It never rejects; an admission that is never settled is closed by its gate.

import type { Runtime } from '../foundation/runtime.ts';
import { FORMAT, type Settled } from './gate/gate.ts';
import type { CallGate } from './gate-calls.ts';
import { canonical, type Settlement } from './record.ts';

/** Which admission, and the digit of the gate that holds it. */
export interface Settling {
  readonly id: string;
  readonly gate: string;
}

export interface SettleCalls {
  readonly settle: (admitted: Settling, settlement: Settlement) => Promise<void>;
  readonly settleSoon: (admitted: Settling, settlement: Settlement) => void;
}

/** Long enough to gather some on a busy isolate. An isolate that ends before leaves its admissions to their gates. */
export const GATHER_MS = 20;
/** Settlements for one call. */
const MAX_TOGETHER = 100;
/** A timer that is so late will not come: the platform has ended the request that held it. */
const OVERDUE_MS = 1_000;

export function createSettling(
  call: CallGate,
  runtime: Pick<Runtime, 'now' | 'after' | 'alarm' | 'waitUntil'>,
): SettleCalls {
  /** Those of this isolate that wait, by gate. The request that came first carries them all: it holds the timer. */
  let waiting = new Map<string, Settled[]>();
  let waitingSince = 0;

  async function send(gate: string, settled: readonly Settled[]): Promise<void> {
    const said = await call(gate, (one) => one.settle(FORMAT, settled).then(() => true));
    if (said !== null) return;
    for (const { id, outcome } of settled) runtime.alarm('not_settled', { gate, token_name: id, outcome });
  }

  async function flush(): Promise<void> {
    const due = waiting;
    waiting = new Map();
    await Promise.all([...due].map(([gate, settled]) => send(gate, settled)));
  }

  const gathered = () => new Promise<void>((resolve) => runtime.after(GATHER_MS, resolve)).then(flush);

  return {
    settle: ({ id, gate }, settlement) => send(gate, [settledOf(id, settlement)]),
    settleSoon: ({ id, gate }, settlement) => {
      const now = runtime.now();
      const first = waiting.size === 0 || now > waitingSince + OVERDUE_MS;
      const settled = waiting.get(gate) ?? [];
      settled.push(settledOf(id, settlement));
      if (settled.length === 1) waiting.set(gate, settled);
      if (settled.length >= MAX_TOGETHER) {
        waiting.delete(gate);
        runtime.waitUntil(send(gate, settled));
      }
      if (!first) return;
      waitingSince = now;
      runtime.waitUntil(gathered());
    },
  };
}

function settledOf(id: string, settlement: Settlement): Settled {
  return { id, outcome: settlement.outcome, reason: settlement.reason ?? '', settlement: canonical(settlement) };
}
