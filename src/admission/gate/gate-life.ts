// One life of a gate: its epoch, its alarm, its list of switches, and how full its storage is. A gate that has lost its storage begins a new
// life, which the switchboard tells it: a gate cannot know by itself what it has forgotten.

import { withinDeadline } from '../../foundation/deadline.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { Switch } from '../switch.ts';
import { readSwitches } from '../switches.ts';
import { createTables, type GateStorage } from './gate-storage.ts';

/** The switchboard as a gate calls it. Rejects when it cannot be reached. */
export interface Board {
  /**
   * Tells the board how far this gate has come, and asks for its epoch and the list of switches.
   * @param epoch 0 for a gate that remembers nothing.
   */
  readonly greet: (gate: string, epoch: number, number: number) => Promise<Greeting>;
}

export interface Greeting {
  readonly epoch: number;
  /** The board knows a gate of this name that remembered more: the storage was lost, and the epoch is a new one. */
  readonly lost: boolean;
  /** The highest number in this epoch that the board has heard of. */
  readonly number: number;
  readonly version: number;
  /** The list of switches, JSON. */
  readonly switches: string;
}

/** `roomy`; `filling`: only what must be kept is; `full`: nothing is admitted any more. */
export type Fullness = 'roomy' | 'filling' | 'full';

export interface GateLife {
  /** Whether the gate has been greeted. Until then nothing but `begin` may be called. */
  readonly isBegun: () => boolean;
  /** Asks the switchboard who this gate is, unless it knows. Rejects when the board cannot be reached. */
  readonly begin: () => Promise<void>;
  /** Tells the board how far the gate has come. @param lastNumber the number of its last entry, whenever it is asked. */
  readonly report: (lastNumber: () => number) => Promise<void>;
  readonly epoch: () => number;
  /** Milliseconds since the epoch: single-use tokens that were issued before may have been used. 0 as long as nothing was lost. */
  readonly believesFrom: () => number;
  readonly switches: () => readonly Switch[];
  /** Takes a list that is newer than its own. @returns the list that the gate has now. */
  readonly takeSwitches: (version: number, list: string) => { readonly version: number; readonly text: string };
  readonly fullness: () => Fullness;
  /** Counts what is not kept because the gate is filling. */
  readonly leaveOut: (count: number) => void;
  /** What was left out since the last time, and forgets it. */
  readonly takeLeftOut: () => number;
  /** Seconds for which entries are kept. */
  readonly keep: () => number;
  readonly keepFor: (seconds: number) => void;
  /** Makes sure that the alarm comes at that time at the latest, milliseconds since the epoch. */
  readonly wakeAt: (at: number) => void;
  /** The alarm has come; there is none until the next `wakeAt`. */
  readonly woken: () => void;
}

export interface GateLifeDependencies {
  /** Its digit. */
  readonly gate: string;
  readonly storage: GateStorage;
  readonly board: Board;
  /** Bytes that the gate may fill. */
  readonly capacity: number;
  readonly runtime: Pick<Runtime, 'now' | 'after' | 'alarm'>;
}

/** The size is asked for once in so many calls while there is room, because the question costs more than a statement. */
const SIZE_EVERY = 256;
/** Less than callers of the gate wait. */
const GREET_WITHIN_MS = 3_000;
/** An instance that has just started looks soon at what is due. */
const FIRST_ALARM_MS = 5_000;
/** An alarm that is so late was lost. */
const OVERDUE_MS = 5_000;

export function createGateLife({ gate, storage, board, capacity, runtime }: GateLifeDependencies): GateLife {
  createTables(storage);
  /** The row of the table `gate`, owned here. */
  let row = readRow();
  let switches: readonly Switch[] = row === null ? [] : readSwitches(row.switches);
  let beginning: Promise<void> | null = null;
  /** The alarm as this instance has set it; null when there is none. */
  let alarmAt: number | null = null;
  /** Not before its first alarm does an instance know which one was set before it started. */
  let knowsAlarm = false;
  let calls = 0;
  let fill: Fullness = 'roomy';
  /** Percentages that the operator was told of, so that each is told once. */
  let told = 0;
  let leftOut = 0;

  interface Row {
    readonly epoch: number;
    readonly born: number;
    readonly lost: boolean;
    readonly keep: number;
    readonly version: number;
    readonly switches: string;
  }

  function readRow(): Row | null {
    const [found] = storage.run('SELECT epoch, born, lost, keep, version, switches FROM gate');
    if (found === undefined) return null;
    return {
      epoch: Number(found.epoch),
      born: Number(found.born),
      lost: found.lost === 1,
      keep: Number(found.keep),
      version: Number(found.version),
      switches: String(found.switches),
    };
  }

  function writeRow(next: Row): void {
    storage.run(
      'INSERT OR REPLACE INTO gate (one, epoch, born, lost, keep, version, switches) VALUES (1, ?, ?, ?, ?, ?, ?)',
      next.epoch,
      next.born,
      next.lost ? 1 : 0,
      next.keep,
      next.version,
      next.switches,
    );
    if (row?.switches !== next.switches) switches = readSwitches(next.switches);
    row = next;
  }

  async function greet(epoch: number, number: number): Promise<Greeting> {
    const greeting = await board.greet(gate, epoch, number);
    // Meanwhile another call may have begun this life.
    const base = row ?? { keep: 0, version: -1, switches: '[]' };
    const newer = greeting.version > base.version ? greeting : base;
    const { version, switches: list } = newer;
    // An answer that was overtaken by a later one is of an earlier epoch.
    if (row === null || greeting.epoch > row.epoch) {
      if (greeting.lost) runtime.alarm('gate_lost_its_storage', { gate, epoch: greeting.epoch });
      writeRow({
        epoch: greeting.epoch,
        born: runtime.now(),
        lost: greeting.lost,
        keep: base.keep,
        version,
        switches: list,
      });
    } else if (newer === greeting) {
      writeRow({ ...row, version, switches: list });
    }
    return greeting;
  }

  /** A question that is never answered must not keep the next call from asking again. */
  async function introduce(): Promise<void> {
    const told = await withinDeadline(
      greet(0, 0).then(() => true),
      GREET_WITHIN_MS,
      runtime,
    );
    if (told === null) throw new Error('the switchboard cannot be reached');
  }

  function measure(): void {
    const percent = (100 * storage.size()) / capacity;
    fill = percent >= 95 ? 'full' : percent >= 50 ? 'filling' : 'roomy';
    for (const mark of [50, 80]) {
      if (percent >= mark && told < mark) {
        told = mark;
        runtime.alarm('gate_filling', { gate, percent: Math.floor(percent) });
      }
    }
    if (percent < 50) told = 0;
  }
  measure();

  return {
    isBegun: () => row !== null,
    begin: () => {
      if (row !== null) return Promise.resolve();
      beginning ??= introduce().finally(() => {
        beginning = null;
      });
      return beginning;
    },
    report: async (lastNumber) => {
      const { epoch, number } = await greet(row?.epoch ?? 0, lastNumber());
      // Its storage was set back: what it has forgotten must not be believed, and numbers must not be given twice in one epoch.
      if (epoch === row?.epoch && number > lastNumber()) await greet(0, lastNumber());
    },
    epoch: () => row?.epoch ?? 0,
    believesFrom: () => (row?.lost ? row.born : 0),
    switches: () => switches,
    takeSwitches: (version, list) => {
      if (row !== null && version > row.version) writeRow({ ...row, version, switches: list });
      return { version: row?.version ?? -1, text: row?.switches ?? '[]' };
    },
    fullness: () => {
      // Where it refuses, it must notice as soon as there is room again.
      if (fill !== 'roomy' || calls++ % SIZE_EVERY === 0) measure();
      return fill;
    },
    leaveOut: (count) => {
      leftOut += count;
    },
    takeLeftOut: () => {
      const count = leftOut;
      leftOut = 0;
      return count;
    },
    keep: () => row?.keep ?? 0,
    keepFor: (seconds) => {
      if (row !== null && row.keep !== seconds) writeRow({ ...row, keep: seconds });
    },
    wakeAt: (wanted) => {
      const now = runtime.now();
      // A later alarm would take the place of one that is due earlier.
      const at = knowsAlarm ? wanted : Math.min(wanted, now + FIRST_ALARM_MS);
      if (alarmAt !== null && alarmAt <= at && alarmAt > now - OVERDUE_MS) return;
      alarmAt = alarmAt !== null && alarmAt <= now - OVERDUE_MS ? now : at;
      storage.setAlarm(alarmAt);
    },
    woken: () => {
      knowsAlarm = true;
      alarmAt = null;
    },
  };
}
