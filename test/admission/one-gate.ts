// One gate over a storage in memory, with a board, a catalogue and a clock that a test holds in its hand. Nothing comes by itself: `ring`
// is the alarm.

import { createSwitchboard, type Switchboard } from '../../src/admission/board/switchboard.ts';
import { FORMAT, type Verdict } from '../../src/admission/gate/gate.ts';
import type { Board } from '../../src/admission/gate/gate-life.ts';
import { createGateParts, type GateParts } from '../../src/admission/gate/gate-parts.ts';
import type { Found, Query } from '../../src/admission/gate/search.ts';
import { canonical, type Entry, type Facts, type Personal, type Settlement } from '../../src/admission/record.ts';
import { createSqliteStorage, type SqliteStorage } from '../sqlite-storage.ts';

export const START = Date.parse('2026-11-23T12:00:00Z');
export const KEEP = 30 * 86_400;
export const CAPACITY = 1_000_000;
const MINUTE_MS = 60_000;

export interface OneGate extends GateParts {
  readonly storage: SqliteStorage;
  readonly clock: { now: number };
  readonly alarms: { readonly name: string; readonly facts: Readonly<Record<string, unknown>> }[];
  readonly board: { switchboard: Switchboard; down: boolean };
  /** What InfluxDB has; null when it cannot be asked. */
  readonly catalogue: { names: Set<string> | null; asked: number };
  readonly admit: (id: string, options?: AdmitOptions) => Promise<Verdict>;
  readonly settle: (id: string, settlement: Settlement) => Promise<void>;
  readonly refuse: (who: string, options?: { count?: number; rule?: string; id?: string }) => Promise<void>;
  readonly entries: (query?: Partial<Query>) => Promise<readonly Entry[]>;
  readonly found: (query?: Partial<Query>) => Promise<Found>;
  /** The alarm, as often as it asks to come within so many milliseconds. */
  readonly pass: (milliseconds: number) => Promise<void>;
  /** The object wakes anew over what it has stored. */
  readonly restarted: () => OneGate;
}

export interface AdmitOptions {
  readonly claim?: string;
  readonly issuedAt?: number;
  readonly facts?: Partial<Facts>;
  readonly personal?: Personal;
  readonly policy?: string;
}

/** A name of a token; equal for equal numbers. */
export const nameOf = (number: number, rule = 'ci', owner = 'o'.padEnd(27, 'a')) =>
  `sts.main.${rule}.${owner}.${String(number).padStart(26, '0')}.${'b'.repeat(16)}`;

export function createOneGate(kept: Partial<Pick<OneGate, 'storage' | 'clock' | 'board' | 'catalogue'>> = {}): OneGate {
  const { storage = createSqliteStorage(), clock = { now: START } } = kept;
  const board = kept.board ?? {
    switchboard: createSwitchboard(createSqliteStorage(), { now: () => clock.now }),
    down: false,
  };
  const catalogue = kept.catalogue ?? { names: new Set<string>(), asked: 0 };
  const alarms: OneGate['alarms'] = [];
  const bound: Board = {
    greet: async (...call) => {
      if (board.down) throw new Error('the board is down');
      return board.switchboard.greet(...call);
    },
  };
  const parts = createGateParts({
    digit: '0',
    storage,
    board: bound,
    catalogue: {
      has: async (_, name) => {
        catalogue.asked++;
        return catalogue.names === null ? null : catalogue.names.has(name);
      },
    },
    capacity: CAPACITY,
    runtime: {
      now: () => clock.now,
      after: () => () => undefined,
      alarm: (name, facts) => alarms.push({ name, facts }),
    },
  });
  const found: OneGate['found'] = async (query) => {
    const all = { since: 0, until: Number.MAX_SAFE_INTEGER, limit: 10_000, ...query };
    return JSON.parse(await parts.gate.search(FORMAT, JSON.stringify(all))) as Found;
  };
  return {
    ...parts,
    storage,
    clock,
    alarms,
    board,
    catalogue,
    found,
    entries: async (query) => (await found(query)).entries,
    admit: (id, { claim = '', issuedAt = 0, facts = {}, personal = { subject: { sub: 'x' } }, policy = 'p1' } = {}) => {
      const about = { kind: 'vend', actor: 'caller', rule: 'ci', instance: 'main', ttl: 900, ...facts } as const;
      const until = clock.now / 1000 + 400;
      const timed = canonical({ final_at: clock.now + 30_000, ...about });
      return parts.gate.admit(FORMAT, id, claim, until, issuedAt, KEEP, policy, timed, canonical(personal));
    },
    settle: (id, settlement) =>
      parts.gate.settle(FORMAT, [
        {
          id,
          outcome: settlement.outcome,
          reason: settlement.reason ?? '',
          settlement: canonical(settlement),
        },
      ]),
    refuse: (who, { count = 1, rule = 'ci', id = 'request' } = {}) =>
      parts.gate.refuse(FORMAT, who, count, {
        id,
        facts: canonical({ kind: 'refusal', actor: 'caller', request_id: id, rule }),
        result: canonical({ outcome: 'refused', reason: 'not_granted' }),
        personal: canonical({ subject: { sub: who } }),
      }),
    pass: async (milliseconds) => {
      const end = clock.now + milliseconds;
      for (let rings = 0; rings < 10_000; rings++) {
        const at = storage.alarmAt;
        if (at === null || at > end) break;
        clock.now = Math.max(clock.now, at);
        storage.alarmAt = null;
        await parts.alarm();
      }
      clock.now = end;
    },
    restarted: () => createOneGate({ storage, clock, board, catalogue }),
  };
}

export { FORMAT, MINUTE_MS };
