// Reads a gate's entries, newest first, within a window of time. Entries are found by number, because their times rise with their numbers.
// It looks at a bounded number of them, and says how far it came. It never changes one.

import type { GateStorage } from './gate-storage.ts';
import { type Entry, type Facts, type Personal, readObject, type Settlement } from './record.ts';

/** What to look for; every part narrows. */
export interface Query {
  /** Milliseconds since the epoch: entries from this time on. */
  readonly since: number;
  /** Up to this time. */
  readonly until: number;
  /** Of entries at `until`, only those below this number. */
  readonly below?: number;
  readonly limit: number;
  readonly rule?: string;
  readonly issuer?: string;
  readonly outcome?: string;
  readonly request?: string;
  /** The exact name of a token, or how it begins when it ends in a dot. */
  readonly name?: string;
}

export interface Found {
  readonly entries: readonly Entry[];
  /** Everything from this time on has been looked at, milliseconds since the epoch; `since` when nothing is left. */
  readonly reached: number;
}

/** Entries that one call looks at. */
const SCANNED = 2_000;

/** @param digit of the gate. @param query JSON. @returns `Found` as JSON. */
export function searchEntries(storage: GateStorage, digit: string, text: string): string {
  const query = readObject<Query>(text);
  const rows = query.name === undefined ? inWindow(storage, query) : named(storage, query.name);
  const entries: Entry[] = [];
  let reached = query.since;
  for (const [index, row] of rows.entries()) {
    const at = Number(row.at);
    if (at < query.since) break;
    const entry = readEntry(digit, row);
    if (matches(entry, at, query)) entries.push(entry);
    const more = index < rows.length - 1 || rows.length === SCANNED;
    if (more && (entries.length >= query.limit || index === rows.length - 1)) {
      reached = at;
      break;
    }
  }
  const found: Found = { entries, reached };
  return JSON.stringify(found);
}

type Row = ReturnType<GateStorage['run']>[number];

const COLUMNS = 'number, epoch, at, id, facts, result, personal, seal';

function inWindow(storage: GateStorage, { until }: Query): readonly Row[] {
  return storage.run(
    `SELECT ${COLUMNS} FROM entries WHERE number <= ? ORDER BY number DESC LIMIT ${SCANNED}`,
    lastAtOrBefore(storage, until),
  );
}

function named(storage: GateStorage, name: string): readonly Row[] {
  // A slash follows the dot in ASCII, so this is every name that begins so.
  const [from, to] = name.endsWith('.') ? [name, `${name.slice(0, -1)}/`] : [name, `${name}\u0000`];
  return storage.run(
    `SELECT ${COLUMNS} FROM entries WHERE id >= ? AND id < ? ORDER BY number DESC LIMIT ${SCANNED}`,
    from,
    to,
  );
}

/** The number of the newest entry that is not after a time; 0 when there is none. Some twenty look-ups, however many entries there are. */
function lastAtOrBefore(storage: GateStorage, time: number): number {
  const [bounds] = storage.run('SELECT min(number) AS low, max(number) AS high FROM entries');
  if (typeof bounds?.low !== 'number' || typeof bounds.high !== 'number') return 0;
  let low = bounds.low - 1;
  let high = bounds.high;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const at = storage.run('SELECT at FROM entries WHERE number = ?', middle)[0]?.at;
    if (typeof at === 'number' && at > time) high = middle - 1;
    else low = middle;
  }
  return low;
}

function readEntry(gate: string, { number, epoch, at, id, facts, result, personal, seal }: Row): Entry {
  const { final_at: _, ...about } = readObject<Facts>(String(facts));
  const isName = String(id).startsWith('sts.');
  return {
    gate,
    epoch: Number(epoch),
    number: Number(number),
    time: new Date(Number(at)).toISOString(),
    ...about,
    ...readObject<Settlement>(String(result)),
    ...readObject<Personal>(String(personal)),
    ...(isName ? { token_name: String(id) } : {}),
    commitment: String(seal).split('.')[1] ?? '',
  };
}

function matches(entry: Entry, at: number, { since, until, below, rule, issuer, outcome, request }: Query): boolean {
  return (
    at >= since &&
    (at < until || (at === until && (below === undefined || entry.number < below))) &&
    (rule === undefined || entry.rule === rule) &&
    (issuer === undefined || entry.issuer === issuer) &&
    (outcome === undefined || entry.outcome === outcome) &&
    (request === undefined || entry.request_id === request)
  );
}
