// Virtual time: a queue of what is to happen, in the order of its time; what falls together comes in an order that the seed picks. Between two
// events every promise that can go on does. Nothing here looks at a real clock or waits for one.

import type { Random } from './random.ts';

export interface Timeline {
  /** Milliseconds since the epoch, by the clock that is right. */
  readonly now: () => number;
  /** @returns takes it back. */
  readonly after: (milliseconds: number, happen: () => void) => () => void;
  /** Lets everything happen that is due up to a time. */
  readonly runUntil: (time: number) => Promise<void>;
  /** Ends the schedule: nothing happens any more. */
  readonly stop: () => void;
  /** A line of the report, by the time at which it is said; the text is only made when somebody reads it. */
  readonly tell: (line: () => string) => void;
}

interface Event {
  readonly at: number;
  readonly tie: number;
  happen: (() => void) | null;
}

export function createTimeline(start: number, random: Random, report: ((line: string) => void) | null): Timeline {
  let now = start;
  let stopped = false;
  /** A binary heap, the earliest first. */
  const queue: Event[] = [];
  const earlier = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.tie < b.tie);

  function push(event: Event): void {
    let at = queue.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!earlier(event, queue[parent]!)) break;
      queue[at] = queue[parent]!;
      at = parent;
    }
    queue[at] = event;
  }

  function pop(): Event {
    const first = queue[0]!;
    const last = queue.pop()!;
    if (queue.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= queue.length) break;
      if (child + 1 < queue.length && earlier(queue[child + 1]!, queue[child]!)) child++;
      if (!earlier(queue[child]!, last)) break;
      queue[at] = queue[child]!;
      at = child;
    }
    queue[at] = last;
    return first;
  }

  return {
    now: () => now,
    after: (milliseconds, happen) => {
      const event: Event = { at: now + Math.max(0, milliseconds), tie: random.fraction(), happen };
      push(event);
      return () => {
        event.happen = null;
      };
    },
    runUntil: async (time) => {
      // The platform's own queue: it comes when no promise can go on.
      const settled = () => new Promise(setImmediate);
      await settled();
      while (!stopped && queue.length > 0 && queue[0]!.at <= time) {
        const { at, happen } = pop();
        if (happen === null) continue;
        now = at;
        happen();
        await settled();
      }
      if (!stopped) now = time;
    },
    stop: () => {
      stopped = true;
      queue.length = 0;
    },
    tell: (line) => report?.(`${((now - start) / 1000).toFixed(3).padStart(9)}  ${line()}`),
  };
}
