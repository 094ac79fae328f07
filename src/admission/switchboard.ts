// The switchboard: the one place that remembers how far each gate has come, and the list of switches. A gate that knows less than the board
// has lost its storage, which it could not notice by itself. It never admits anything.

import type { Board, Greeting } from './gate-life.ts';
import type { GateStorage } from './gate-storage.ts';

const TABLES = [
  'gates (gate TEXT PRIMARY KEY, epoch INTEGER NOT NULL, number INTEGER NOT NULL) WITHOUT ROWID',
  'list (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, switches TEXT NOT NULL)',
] as const;

export interface Switchboard {
  readonly greet: (...call: Parameters<Board['greet']>) => Awaited<ReturnType<Board['greet']>>;
}

export function createSwitchboard(storage: Pick<GateStorage, 'run' | 'transaction'>): Switchboard {
  for (const table of TABLES) storage.run(`CREATE TABLE IF NOT EXISTS ${table}`);

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
        const [list] = storage.run('SELECT version, switches FROM list');
        return {
          ...progress(gate, epoch, number),
          version: Number(list?.version ?? 0),
          switches: String(list?.switches ?? '[]'),
        };
      }),
  };
}
