// Reads the trail again and again, and gives each entry once. Entries of another gate may come with a time that is a little earlier, so each
// reading begins a little before the last one. It never prints by itself.

import type { AuditEntry, AuditQuery } from '../../client/audit.ts';
import type { Client } from '../../client/client.ts';
import { sleep } from '../../client/environment.ts';
import { StsError } from '../../client/error.ts';

export interface Follow {
  readonly filters: AuditQuery;
  /** How long ago to begin. */
  readonly seconds: number;
  readonly print: (entry: AuditEntry) => void;
  readonly note: (text: string) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
}

const PAUSE_MS = 2_000;
/** Clocks of the gates differ by less. */
const OVERLAP_MS = 10_000;
/** A little less than the longest window, because the service has another clock. */
const LONGEST_MS = 86_400_000 - 60_000;
/** Of what was there before. */
const MOST_AT_FIRST = 1_000;

/** Returns once the signal aborts. Rejects with an `StsError` that will not change. */
export async function followTrail(client: Client, { filters, seconds, print, note, signal }: Follow): Promise<void> {
  const { environment } = client;
  /** What was printed, by the place of the entry: its time in milliseconds. Bounded: earlier ones are forgotten. */
  const printed = new Map<string, number>();
  let since = environment.now() - Math.min(seconds * 1000, LONGEST_MS);
  let most = MOST_AT_FIRST;
  let trouble = '';
  const tell = (text: string) => {
    if (text !== trouble && text !== '') note(text);
    trouble = text;
  };

  while (!signal.aborted) {
    try {
      const { entries, incomplete, cut } = await readSince(client, { ...filters, since: iso(since) }, most, signal);
      if (cut) note(`there are more than ${most}; these are the newest`);
      for (const entry of entries.reverse()) {
        const { gate, epoch, number, time } = entry;
        const key = `${gate}.${epoch}.${number}`;
        if (printed.has(key)) continue;
        printed.set(key, Date.parse(time));
        print(entry);
      }
      const newest = entries.reduce((latest, { time }) => Math.max(latest, Date.parse(time)), 0);
      since = Math.max(since, newest - OVERLAP_MS, environment.now() - LONGEST_MS);
      for (const [key, at] of printed) if (at < since) printed.delete(key);
      most = Number.POSITIVE_INFINITY;
      tell(incomplete.length === 0 ? '' : `entries may be missing: ${incomplete.join(', ')} did not answer`);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof StsError) || !error.retryable) throw error;
      tell(`${error.message} It goes on as soon as it can.`);
    }
    await sleep(PAUSE_MS, environment, signal).catch(() => {});
  }
}

interface Since {
  /** Newest first. */
  readonly entries: AuditEntry[];
  readonly incomplete: readonly string[];
  /** There are more. */
  readonly cut: boolean;
}

async function readSince(client: Client, query: AuditQuery, most: number, signal: AbortSignal): Promise<Since> {
  const entries: AuditEntry[] = [];
  const incomplete = new Set<string>();
  let cursor: string | null = null;
  do {
    const page = await client.auditEvents(cursor === null ? query : { ...query, cursor }, { signal });
    entries.push(...page.events);
    for (const gate of page.incomplete) incomplete.add(gate);
    cursor = page.cursor;
  } while (cursor !== null && entries.length < most);
  return {
    entries: entries.slice(0, most),
    incomplete: [...incomplete].sort(),
    cut: cursor !== null || entries.length > most,
  };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
