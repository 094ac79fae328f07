// The switchboard: the one place that remembers the list of switches, and how far each gate has come. A gate that knows less than the board
// has lost its storage, which it could not notice by itself. It never admits anything.

import type { Runtime } from '../../foundation/runtime.ts';
import type { Board, Greeting } from '../gate/gate-life.ts';
import type { GateStorage } from '../gate/gate-storage.ts';
import { isSamePlace, type Switch } from '../switch.ts';
import { readSwitches } from '../switches.ts';

const TABLES = [
  'gates (gate TEXT PRIMARY KEY, epoch INTEGER NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID',
  // `spread` is the version that every gate has stored and for which no covered admission is open any more.
  'list (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, switches TEXT NOT NULL, spread INTEGER NOT NULL)',
] as const;

export interface ListedSwitch extends Switch {
  /** Of the first list that it was in. */
  readonly version: number;
}

export interface SwitchList {
  readonly version: number;
  readonly switches: readonly ListedSwitch[];
  /** The version that is in force: all gates have it, and nothing that it covers is open. What it holds stays in force while a later list spreads. */
  readonly spread: number;
}

export interface Switchboard {
  readonly greet: (...call: Parameters<Board['greet']>) => Greeting;
  /** Without those whose time is over. */
  readonly list: () => SwitchList;
  /**
   * Within a transaction. It replaces a switch with the same target and level.
   * @returns what it has replaced; `full` when there is no room for it, and nothing has changed.
   */
  readonly set: (one: Switch) => readonly Switch[] | 'full';
  /** Within a transaction. The switch that was lifted; undefined when there is none. */
  readonly lift: (id: string) => Switch | undefined;
  /** Notes that the list of this version is in force. */
  readonly markSpread: (version: number) => void;
  /** Takes over a list from a gate that remembers more than the board does: what the board has forgotten must not be lifted by that. */
  readonly recall: (version: number, list: string) => void;
}

/** More than anybody can keep in mind; each is looked at before each admission. */
const MAX_SWITCHES = 500;
/** A row holds two megabytes. */
const MAX_BYTES = 1_000_000;

export function createSwitchboard(
  storage: Pick<GateStorage, 'run' | 'transaction'>,
  runtime: Pick<Runtime, 'now'>,
): Switchboard {
  for (const table of TABLES) storage.run(`CREATE TABLE IF NOT EXISTS ${table}`);

  function read(): { readonly version: number; readonly text: string; readonly spread: number } {
    const [row] = storage.run('SELECT version, switches, spread FROM list');
    return {
      version: Number(row?.version ?? 0),
      text: String(row?.switches ?? '[]'),
      spread: Number(row?.spread ?? 0),
    };
  }

  const inTime = ({ until }: Switch) => until === null || runtime.now() < until;
  const current = (text: string) => (readSwitches(text) as readonly ListedSwitch[]).filter(inTime);

  function write(version: number, text: string, spread: number): void {
    storage.run(
      'INSERT OR REPLACE INTO list (one, version, switches, spread) VALUES (1, ?, ?, ?)',
      version,
      text,
      spread,
    );
  }

  function progress(gate: string, epoch: number, number: number): Pick<Greeting, 'epoch' | 'lost' | 'number'> {
    const [known] = storage.run('SELECT epoch, number FROM gates WHERE gate = ?', gate);
    const put = (next: { readonly epoch: number; readonly number: number }, lost: boolean) => {
      storage.run('INSERT OR REPLACE INTO gates (gate, epoch, number) VALUES (?, ?, ?)', gate, next.epoch, next.number);
      return { ...next, lost };
    };
    // A gate never heard of, or a board that has itself forgotten: the gate knows best.
    if (known === undefined) return put({ epoch: Math.max(1, epoch), number }, false);
    const held = { epoch: Number(known.epoch), number: Number(known.number) };
    if (epoch > held.epoch) return put({ epoch, number }, false);
    if (epoch < held.epoch) return put({ epoch: held.epoch + 1, number }, true);
    // A call that was overtaken by a later one says less than is known, and changes nothing.
    return number > held.number ? put({ epoch, number }, false) : { ...held, lost: false };
  }

  return {
    greet: (gate, epoch, number) =>
      storage.transaction(() => {
        const { version, text } = read();
        return { ...progress(gate, epoch, number), version, switches: text };
      }),
    list: () => {
      const { version, text, spread } = read();
      return { version, switches: current(text), spread };
    },
    set: (one) => {
      const { version, text, spread } = read();
      const others = current(text).filter((other) => !isSamePlace(one, other));
      const next = JSON.stringify([...others, { ...one, version: version + 1 }]);
      const isFull = others.length >= MAX_SWITCHES || new TextEncoder().encode(next).length > MAX_BYTES;
      // The widest stop is never out of reach.
      if (isFull && one.target.kind !== 'everything') return 'full';
      const replaced = current(text).filter((other) => isSamePlace(one, other));
      write(version + 1, next, spread);
      return replaced;
    },
    lift: (id) => {
      const { version, text, spread } = read();
      const lifted = current(text).find((one) => one.id === id);
      if (lifted !== undefined) {
        write(version + 1, JSON.stringify(current(text).filter((one) => one.id !== id)), spread);
      }
      return lifted;
    },
    markSpread: (version) => {
      storage.run('UPDATE list SET spread = ? WHERE spread < ?', version, version);
    },
    recall: (version, list) => {
      const known = read();
      const own = current(known.text);
      const next = Math.max(version, known.version) + 1;
      const forgotten = current(list).filter((one) => !own.some((other) => isSamePlace(one, other)));
      write(next, JSON.stringify([...own, ...forgotten].map((one) => ({ ...one, version: next }))), 0);
    },
  };
}
