// A whole switchboard, put together from its parts: what an object has to bind. A switch is durable before the gates hear of it, and its
// alarm goes on until all of them have. It never answers "in force" before that.

import type { Runtime } from '../../foundation/runtime.ts';
import type { Gate } from '../gate/gate.ts';
import type { Greeting } from '../gate/gate-life.ts';
import type { GateStorage } from '../gate/gate-storage.ts';
import type { Switch } from '../switch.ts';
import { createMassRevoke, type RevocationProgress, type Withdrawal } from './mass-revoke.ts';
import { type Missing, spread } from './spreading.ts';
import { createSwitchboard } from './switchboard.ts';

/** What became of a change of the list; `missing` is null when it is in force. */
export interface Changed {
  readonly missing: Missing | null;
}

/** One switch as it stands. */
export interface SwitchState {
  readonly switch: Switch;
  readonly inForce: boolean;
  /** Null when no tokens are revoked for it. */
  readonly revocation: RevocationProgress | null;
}

/** The switchboard as the rest of the service calls it. Rejects when it cannot be reached. */
export interface SwitchboardStub {
  readonly greet: (gate: string, epoch: number, number: number) => Promise<Greeting>;
  readonly list: () => Promise<readonly SwitchState[]>;
  /** @param revokeSince milliseconds since the epoch: live tokens that were made since then are revoked; null for none. */
  readonly set: (one: Switch, revokeSince: number | null) => Promise<Changed>;
  /** Null when there is no such switch. */
  readonly lift: (id: string) => Promise<Changed | null>;
}

export interface BoardParts {
  readonly board: SwitchboardStub;
  /** What is due by now; it never rejects. */
  readonly alarm: () => Promise<void>;
}

export interface BoardOptions {
  readonly storage: GateStorage;
  readonly gates: (digit: string) => Gate;
  readonly withdrawal: Withdrawal;
  readonly runtime: Pick<Runtime, 'now' | 'after' | 'alarm'>;
}

/** A caller waits so long for a change to be in force; then they are told what is missing. */
const ANSWER_WITHIN_MS = 15_000;
/** The alarm's own attempts. */
const ATTEMPT_MS = 10_000;
const RETRY_MS = 2_000;

export function createBoardParts({ storage, gates, withdrawal, runtime }: BoardOptions): BoardParts {
  const core = createSwitchboard(storage, runtime);
  const revocations = createMassRevoke({ storage, withdrawal, runtime });

  async function bringToForce(within: number): Promise<Changed> {
    const { version, switches, spread: done } = core.list();
    if (done) return { missing: null };
    // Should this object end before it is done, its alarm goes on.
    storage.setAlarm(runtime.now() + RETRY_MS);
    const missing = await spread(version, JSON.stringify(switches), runtime.now() + within, { gates, runtime });
    if (missing.gates.length > 0 || missing.open > 0) return { missing };
    core.markSpread(version);
    storage.setAlarm(runtime.now());
    return { missing: null };
  }

  const state = (one: Switch, inForce: boolean): SwitchState => ({
    switch: one,
    inForce,
    revocation: revocations.progress(one.id),
  });

  return {
    board: {
      greet: async (...call) => core.greet(...call),
      list: async () => {
        const { switches, spread: inForce } = core.list();
        return switches.map((one) => state(one, inForce));
      },
      set: (one, revokeSince) => {
        core.set(one);
        if (revokeSince !== null) storage.transaction(() => revocations.begin(one.id, one.target, revokeSince));
        return bringToForce(ANSWER_WITHIN_MS);
      },
      lift: async (id) => (core.lift(id) === undefined ? null : bringToForce(ANSWER_WITHIN_MS)),
    },
    alarm: async () => {
      try {
        const { missing } = await bringToForce(ATTEMPT_MS);
        if (missing !== null) runtime.alarm('switches_not_in_force', { gates: missing.gates, open: missing.open });
        else await revocations.work();
      } catch (error) {
        runtime.alarm('switchboard_failed', { fault: error instanceof Error ? error.message : '' });
      } finally {
        const next = core.list().spread ? revocations.nextAt() : runtime.now() + RETRY_MS;
        if (next !== null) storage.setAlarm(Math.max(next, runtime.now() + 1));
      }
    },
  };
}
