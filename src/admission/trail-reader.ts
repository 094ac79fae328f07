// Reads the entries of all gates as one trail, newest first, page by page: no entry twice and none left out, also where times are equal. A
// gate that does not answer is named, and its entries are missing. It never decides who may read.

import { isJsonObject, parseJson } from '../foundation/json.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { FORMAT, type Gate, type GateState } from './gate/gate.ts';
import type { Found, Query } from './gate/search.ts';
import { mergeUsage, type Usage } from './gate/usage.ts';
import { createGateCalls, GATES } from './gate-calls.ts';
import type { Entry, Pending } from './record.ts';

export type Question = Omit<Query, 'below' | 'request'>;

/** A place in the whole trail: that of an entry. */
export interface Mark {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly gate: string;
  readonly number: number;
}

export interface TrailPage {
  readonly entries: readonly Entry[];
  /** The digits of gates that did not answer. */
  readonly silent: readonly string[];
  /** Where the next page begins; null when nothing is left. */
  readonly next: Mark | null;
}

export interface RequestTrail extends Pick<TrailPage, 'entries' | 'silent'> {
  /** What is no entry yet. */
  readonly pending: readonly Pending[];
}

export interface TrailReader {
  /** @param after the last place that has been seen; null for the first page. A page may be short, or empty, although more follow. */
  readonly page: (question: Question, after: Mark | null) => Promise<TrailPage>;
  /** @param madeAt when the request's id was made, milliseconds since the epoch. */
  readonly request: (id: string, madeAt: number) => Promise<RequestTrail>;
  /** How full each gate is, by its digit; null where it does not answer. */
  readonly states: () => Promise<ReadonlyMap<string, GateState | null>>;
  /** When each rule was last used; null when some gate does not answer. */
  readonly usage: () => Promise<Usage | null>;
}

export interface TrailReaderDependencies {
  readonly gates: (digit: string) => Gate;
  readonly runtime: Pick<Runtime, 'now' | 'after'>;
}

/** How often a page asks all gates, while nothing or too little fits the question. */
const ROUNDS = 4;
/** Clocks of machines differ by less. */
const BEFORE_MS = 60_000;
/** What nobody settles is closed within two minutes, and nothing else writes so late. */
const AFTER_MS = 4 * 60_000;
/** More than one request can cause. */
const ENTRIES_OF_REQUEST = 100;

export function createTrailReader(dependencies: TrailReaderDependencies): TrailReader {
  const call = createGateCalls(dependencies);

  async function ask(digit: string, query: Query): Promise<Found | null> {
    const text = await call(digit, (gate) => gate.search(FORMAT, JSON.stringify(query)));
    const json = parseJson(text ?? '');
    return json.ok && isJsonObject(json.value) ? (json.value as unknown as Found) : null;
  }

  /** One more look into each of these gates. `edge`: the place before which all of them have been looked through; null for the end. */
  async function look(question: Question, after: Mark | null, digits: readonly string[]) {
    const answers = await Promise.all(digits.map((digit) => ask(digit, behind(question, digit, after))));
    const silent = digits.filter((_, at) => answers[at] === null);
    const edges = answers.flatMap((found, at) =>
      found?.reached ? [{ ...found.reached, gate: digits[at]! } satisfies Mark] : [],
    );
    const edge = edges.sort(newestFirst)[0] ?? null;
    const entries = answers
      .flatMap((found) => found?.entries ?? [])
      .map((entry) => ({ entry, mark: markOf(entry) }))
      .filter(({ mark }) => edge === null || newestFirst(mark, edge) <= 0)
      .sort((a, b) => newestFirst(a.mark, b.mark))
      .map(({ entry }) => entry);
    return { entries, silent, edge };
  }

  return {
    page: async (question, after) => {
      const entries: Entry[] = [];
      const silent: string[] = [];
      let mark = after;
      for (let round = 0; round < ROUNDS; round++) {
        const digits = GATES.filter((digit) => !silent.includes(digit));
        const found = await look({ ...question, limit: question.limit - entries.length }, mark, digits);
        silent.push(...found.silent);
        const room = question.limit - entries.length;
        entries.push(...found.entries.slice(0, room));
        if (found.entries.length > room) return { entries, silent, next: markOf(entries.at(-1)!) };
        if (found.edge === null) return { entries, silent, next: null };
        mark = found.edge;
        if (entries.length === question.limit) break;
      }
      return { entries, silent, next: mark };
    },
    request: async (id, madeAt) => {
      const query = { since: madeAt - BEFORE_MS, until: madeAt + AFTER_MS, limit: ENTRIES_OF_REQUEST, request: id };
      const answers = await Promise.all(GATES.map((digit) => ask(digit, query)));
      return {
        entries: answers.flatMap((found) => found?.entries ?? []).sort((a, b) => newestFirst(markOf(a), markOf(b))),
        pending: answers.flatMap((found) => found?.pending ?? []),
        silent: GATES.filter((_, at) => answers[at] === null),
      };
    },
    states: async () =>
      new Map(
        await Promise.all(
          GATES.map(async (digit) => [digit, await call(digit, (gate) => gate.state(FORMAT))] as const),
        ),
      ),
    usage: async () => {
      const texts = await Promise.all(GATES.map((digit) => call(digit, (gate) => gate.usage(FORMAT))));
      return texts.every((text) => text !== null && text !== '')
        ? mergeUsage(texts as string[], dependencies.runtime.now())
        : null;
    },
  };
}

/** INVARIANT: one order over all gates, in which the entries of each have the order of their numbers; pages rely on it. */
function newestFirst(a: Mark, b: Mark): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.gate !== b.gate) return a.gate < b.gate ? -1 : 1;
  return b.number - a.number;
}

function markOf({ time, gate, number }: Entry): Mark {
  return { at: Date.parse(time), gate, number };
}

/** The question to one gate for what comes after a place in that order. */
function behind(question: Question, digit: string, after: Mark | null): Query {
  if (after === null) return question;
  const { at, gate, number } = after;
  if (digit < gate) return { ...question, until: Math.min(question.until, at - 1) };
  const until = Math.min(question.until, at);
  return digit > gate || until < at ? { ...question, until } : { ...question, until, below: number };
}
