// What a request allocates on the JavaScript heap, from the lines that V8 writes for each collection (`--trace-gc`): the growth between
// two of them. It never forces a collection, and reads no heap.

export interface Collection {
  /** The heap that was collected; a process may have several. */
  readonly isolate: string;
  /** Milliseconds since the isolate began. */
  readonly at: number;
  /** Megabytes in use. */
  readonly before: number;
  readonly after: number;
}

/** `[17:0x71] 1128 ms: Scavenge 1.1 (3.2) -> 0.6 (3.5) MB, ...`; other lines of the log are passed over. */
const COLLECTION =
  /\[\d+:(0x[0-9a-f]+)\]\s+(\d+) ms: [A-Z][A-Za-z-]+ (?:\([^)]*\) )?([\d.]+) \([\d.]+\) -> ([\d.]+) \(/g;

export function readCollections(log: string): Collection[] {
  return [...log.matchAll(COLLECTION)].map(([, isolate, at, before, after]) => ({
    isolate: isolate!,
    at: Number(at),
    before: Number(before),
    after: Number(after),
  }));
}

/** Below this, the first and the last collection are too near each other to say anything. */
const FEWEST_COLLECTIONS = 4;

/**
 * Kilobytes for each request of a steady load; null when there were too few collections to tell. What was allocated before the first
 * collection and after the last is not known, so only the time between those two counts, and the requests that fall into it.
 */
export function kilobytesPerRequest(
  collections: readonly Collection[],
  load: { readonly requests: number; readonly seconds: number },
): number | null {
  const busiest = longest(Map.groupBy(collections, ({ isolate }) => isolate).values());
  if (busiest.length < FEWEST_COLLECTIONS) return null;
  let megabytes = 0;
  for (const [at, { before }] of busiest.entries()) if (at > 0) megabytes += before - busiest[at - 1]!.after;
  const seconds = (busiest.at(-1)!.at - busiest[0]!.at) / 1000;
  return (megabytes * 1024) / ((load.requests * seconds) / load.seconds);
}

/** The isolate that answers; the others only serve the runtime. */
function longest(lists: Iterable<readonly Collection[]>): readonly Collection[] {
  let found: readonly Collection[] = [];
  for (const list of lists) if (list.length > found.length) found = list;
  return found;
}
