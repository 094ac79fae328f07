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

/** The same of a switch that was set. */
export interface ChangedBy extends Changed {
  readonly revocation: RevocationProgress | null;
}

/** One switch as it stands. */
export interface SwitchState {
  readonly switch: Switch;
  /** False once it was lifted or its time is over: it is remembered for its revocation. */
  readonly on: boolean;
  readonly inForce: boolean;
  /** Null when no tokens are revoked for it. */
  readonly revocation: RevocationProgress | null;
}

/** The switchboard as the rest of the service calls it. Rejects when it cannot be reached. */
export interface SwitchboardStub {
  readonly greet: (gate: string, epoch: number, number: number) => Promise<Greeting>;
  /** What is off at the moment: no progress, and cheap. */
  readonly current: () => Promise<readonly Switch[]>;
  /** Those that are on, and those that were and whose revocations are remembered. */
  readonly list: () => Promise<readonly SwitchState[]>;
  /**
   * Null when there is no room for one more.
   * @param revokeSince milliseconds since the epoch: live tokens that were made since then are revoked; null for none.
   */
  readonly set: (one: Switch, revokeSince: number | null) => Promise<ChangedBy | null>;
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
    const until = runtime.now() + within;
    for (;;) {
      const { version, switches, spread: inForce } = core.list();
      if (inForce === version) return { missing: null };
      // Should this object end before it is done, its alarm goes on.
      storage.setAlarm(runtime.now() + RETRY_MS);
      const { missing, newer } = await spread(version, JSON.stringify(switches), until, { gates, runtime });
      if (newer !== null && newer.version > core.list().version) {
        // No gate can be ahead of a board that remembers. What it has forgotten is in force there, and stays so.
        takeOver(newer);
      } else if (newer === null) {
        if (missing.gates.length > 0 || missing.open > 0) return { missing };
        core.markSpread(version);
        storage.setAlarm(runtime.now());
        return { missing: null };
      }
      // Otherwise somebody has changed the list meanwhile, and that one holds this change, too.
    }
  }

  /**
   * A board without any list is new, or has lost its storage: then its first version could be one that gates have already, and they would
   * not take it.
   */
  async function remember(): Promise<void> {
    if (core.list().version > 0) return;
    const { newer } = await spread(0, '[]', runtime.now(), { gates, runtime });
    if (newer !== null && core.list().version === 0) takeOver(newer);
  }

  function takeOver({ version, list }: { readonly version: number; readonly list: string }): void {
    runtime.alarm('switchboard_lost_its_storage', { version: core.list().version, gate_version: version });
    storage.transaction(() => core.recall(version, list));
  }

  return {
    board: {
      greet: async (...call) => core.greet(...call),
      // Calls between objects carry none without a prototype, which the strict reader of JSON makes.
      current: async () => structuredClone(core.list().switches),
      list: async () => {
        const { switches, spread: inForce } = core.list();
        const ids = new Set(switches.map(({ id }) => id));
        return structuredClone([
          ...switches.map((one) => ({
            switch: one,
            on: true,
            inForce: one.version <= inForce,
            revocation: revocations.progress(one.id),
          })),
          ...revocations
            .switches()
            .filter(({ id }) => !ids.has(id))
            .map((one) => ({ switch: one, on: false, inForce: false, revocation: revocations.progress(one.id) })),
        ]);
      },
      set: async (one, revokeSince) => {
        await remember();
        const isSet = storage.transaction(() => {
          const replaced = core.set(one);
          if (replaced === 'full') return false;
          revocations.begin(one, revokeSince, replaced);
          return true;
        });
        if (!isSet) return null;
        return { ...(await bringToForce(ANSWER_WITHIN_MS)), revocation: revocations.progress(one.id) };
      },
      lift: async (id) => {
        const lifted = storage.transaction(() => {
          const one = core.lift(id);
          if (one !== undefined) revocations.end(id);
          return one;
        });
        return lifted === undefined ? null : bringToForce(ANSWER_WITHIN_MS);
      },
    },
    alarm: async () => {
      let isInForce = false;
      try {
        const { missing } = await bringToForce(ATTEMPT_MS);
        isInForce = missing === null;
        if (missing !== null) runtime.alarm('switches_not_in_force', { gates: missing.gates, open: missing.open });
      } catch (error) {
        runtime.alarm('switchboard_failed', { fault: error instanceof Error ? error.message : '' });
      }
      try {
        // What has leaked does not live on because a gate is away; but more may come until it is back.
        await revocations.work(isInForce);
      } catch (error) {
        runtime.alarm('revocation_failed', { fault: error instanceof Error ? error.message : '' });
      } finally {
        const { version, spread: inForce } = core.list();
        const due = [revocations.nextAt(), inForce === version ? null : runtime.now() + RETRY_MS];
        const next = due.filter((at) => at !== null);
        if (next.length > 0) storage.setAlarm(Math.max(Math.min(...next), runtime.now() + 1));
      }
    },
  };
}
