// Reads a gate's entries, newest first: of a window of time, of names, or of one request. Entries are found by number, because their times
// rise with their numbers. One call looks at a bounded number of them, and says how far it came. It never changes one.

import { type Entry, type Facts, type Pending, type Personal, readObject, type Settlement } from '../record.ts';
import { commitmentTo } from './commitment.ts';
import type { GateStorage } from './gate-storage.ts';

/** What to look for; every part narrows. Times are milliseconds since the epoch. */
export interface Query {
  /** Entries from this time on. */
  readonly since: number;
  /** Up to this time. */
  readonly until: number;
  /** Of entries at `until`, only those below this number. */
  readonly below?: number;
  readonly limit: number;
  readonly rule?: string;
  readonly issuer?: string;
  readonly outcome?: string;
  /** Everything of one request, and what is not an entry yet; an admission's entries of after the window too. */
  readonly request?: string;
  /** Exact names of tokens, or how they begin where they end in a dot. */
  readonly names?: readonly string[];
}

export interface Reached {
  readonly at: number;
  readonly number: number;
}

export interface Found {
  readonly entries: readonly Entry[];
  /** This entry and everything newer has been looked at; null when nothing is left. */
  readonly reached: Reached | null;
  /** Only where a request was asked for. */
  readonly pending: readonly Pending[];
}

/** Entries that one call looks at. */
const SCANNED = 2_000;

/** @param digit of the gate. @param text a `Query` as JSON. @returns `Found` as JSON. */
export async function searchEntries(storage: GateStorage, digit: string, text: string): Promise<string> {
  const query = readObject<Query>(text);
  const { rows, ...found } =
    query.request === undefined ? page(storage, digit, query) : ofRequest(storage, digit, query.request, query);
  return JSON.stringify({ entries: await Promise.all(rows.map(withCommitment)), ...found } satisfies Found);
}

/** What was read without a wait; commitments are made afterwards. */
interface Read extends Omit<Found, 'entries'> {
  readonly rows: readonly Uncommitted[];
}

interface Uncommitted {
  readonly entry: Entry;
  readonly personal: string;
  readonly salt: string;
}

async function withCommitment({ entry, personal, salt }: Uncommitted): Promise<Entry> {
  return personal === '' ? entry : { ...entry, commitment: await commitmentTo(salt, personal) };
}

type Row = ReturnType<GateStorage['run']>[number];

const COLUMNS = 'number, epoch, at, id, facts, result, personal, salt';

function page(storage: GateStorage, digit: string, query: Query): Read {
  const range = rangeOf(storage, query);
  const rows = query.names === undefined ? inRange(storage, range) : named(storage, query.names, range);
  const found: Uncommitted[] = [];
  for (const [index, row] of rows.entries()) {
    const at = Number(row.at);
    const read = readEntry(digit, row);
    if (matches(read.entry, at, query)) found.push(read);
    const last = index === rows.length - 1;
    const more = !last || rows.length === SCANNED;
    if (more && (last || found.length >= query.limit)) {
      return { rows: found, reached: { at, number: read.entry.number }, pending: [] };
    }
  }
  return { rows: found, reached: null, pending: [] };
}

interface Range {
  readonly low: number;
  readonly high: number;
}

function rangeOf(storage: GateStorage, { since, until }: Pick<Query, 'since' | 'until'>): Range {
  return { low: lastAtOrBefore(storage, since - 1) + 1, high: lastAtOrBefore(storage, until) };
}

function inRange(storage: GateStorage, { low, high }: Range): readonly Row[] {
  return storage.run(
    `SELECT ${COLUMNS} FROM entries WHERE number BETWEEN ? AND ? ORDER BY number DESC LIMIT ${SCANNED}`,
    low,
    high,
  );
}

function named(storage: GateStorage, names: readonly string[], { low, high }: Range): readonly Row[] {
  const rows = names.flatMap((name) => {
    // A slash follows the dot in ASCII, so this is every name that begins so.
    const [from, to] = name.endsWith('.') ? [name, `${name.slice(0, -1)}/`] : [name, `${name}\u0000`];
    return storage.run(
      `SELECT ${COLUMNS} FROM entries WHERE id >= ? AND id < ? AND number BETWEEN ? AND ? ORDER BY number DESC LIMIT ${SCANNED}`,
      from,
      to,
      low,
      high,
    );
  });
  return rows.sort((a, b) => Number(b.number) - Number(a.number)).slice(0, SCANNED);
}

/**
 * An entry has its request in its facts, where no index leads: so the minutes are read in which it can have been written. What corrects it
 * has the same id, and is found whenever it came.
 */
function ofRequest(storage: GateStorage, digit: string, request: string, query: Query): Read {
  const { low, high } = rangeOf(storage, query);
  const mark = `"request_id":${JSON.stringify(request)}`;
  const rows = storage.run(
    `SELECT ${COLUMNS} FROM entries WHERE instr(facts, ?1) > 0 AND (id = ?2 OR number BETWEEN ?3 AND ?4 OR id IN (SELECT id FROM entries WHERE number BETWEEN ?3 AND ?4 AND instr(facts, ?1) > 0)) ORDER BY number DESC LIMIT ${query.limit}`,
    mark,
    request,
    low,
    high,
  );
  const open = storage.run(`SELECT id, at, facts, personal FROM open WHERE instr(facts, ?) > 0`, mark);
  const folding = storage.run('SELECT minute, count, id, facts, result, personal FROM refusals WHERE id = ?', request);
  return {
    rows: rows.map((row) => readEntry(digit, row)),
    reached: null,
    pending: [
      ...open.map((row) => readPending(digit, Number(row.at), row)),
      ...folding.map((row) => ({
        ...readPending(digit, Number(row.minute) * 60_000, row),
        ...readObject<Settlement>(String(row.result)),
        count: Number(row.count),
      })),
    ],
  };
}

/** The number of the newest entry that is not after a time; 0 when there is none. Some twenty look-ups, however many entries there are. */
function lastAtOrBefore(storage: GateStorage, time: number): number {
  const [bounds] = storage.run('SELECT min(number) AS low, max(number) AS high FROM entries');
  if (typeof bounds?.low !== 'number' || typeof bounds.high !== 'number') return 0;
  let low = bounds.low - 1;
  let high = bounds.high;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    // What waits for its outcome outlives its neighbours, so there may be none of this number.
    const at = storage.run('SELECT at FROM entries WHERE number <= ? ORDER BY number DESC LIMIT 1', middle)[0]?.at;
    if (typeof at === 'number' && at > time) high = middle - 1;
    else low = middle;
  }
  return low;
}

function readEntry(gate: string, { number, epoch, at, id, facts, result, personal, salt }: Row): Uncommitted {
  const entry: Entry = {
    gate,
    epoch: Number(epoch),
    number: Number(number),
    time: timeText(Number(at)),
    ...readFacts(facts),
    ...readObject<Settlement>(String(result)),
    ...readObject<Personal>(String(personal)),
    ...nameOf(id),
  };
  return { entry, personal: String(personal), salt: String(salt) };
}

function readPending(gate: string, at: number, { id, facts, personal }: Row): Pending {
  return {
    gate,
    time: timeText(at),
    ...readFacts(facts),
    ...readObject<Personal>(String(personal)),
    ...nameOf(id),
  };
}

function readFacts(facts: Row[string] | undefined): Facts {
  const { final_at: _, ...about } = readObject<Facts>(String(facts));
  return about;
}

function nameOf(id: Row[string] | undefined): Pick<Entry, 'token_name'> {
  return String(id).startsWith('sts.') ? { token_name: String(id) } : {};
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}

function matches(entry: Entry, at: number, { since, until, below, rule, issuer, outcome }: Query): boolean {
  return (
    at >= since &&
    (at < until || (at === until && (below === undefined || entry.number < below))) &&
    (rule === undefined || entry.rule === rule) &&
    (issuer === undefined || entry.issuer === issuer) &&
    (outcome === undefined || entry.outcome === outcome)
  );
}
