// A client's environment whose time a test moves by hand: timers fire in their order when their time has come, and never by themselves.

import type { ClientEnvironment } from '../../src/client/environment.ts';

export interface SteppedEnvironment extends ClientEnvironment {
  /** Moves the clock, firing what falls due on the way, and lets what that starts come to rest. */
  readonly advance: (milliseconds: number) => Promise<void>;
  /** Milliseconds from now until each timer that is set, soonest first. */
  readonly timers: () => number[];
  /** What `chance` gives next. */
  luck: number;
}

export function createSteppedEnvironment(fetch: ClientEnvironment['fetch'] = unreachable): SteppedEnvironment {
  let time = Date.parse('2026-11-23T12:00:00Z');
  const timers = new Map<symbol, { readonly at: number; readonly action: () => void }>();

  const nextDue = (until: number) =>
    [...timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)[0];

  const environment: SteppedEnvironment = {
    luck: 0,
    fetch,
    now: () => time,
    chance: () => environment.luck,
    after: (milliseconds, action) => {
      const id = Symbol();
      timers.set(id, { at: time + milliseconds, action });
      return () => void timers.delete(id);
    },
    timers: () => [...timers.values()].map(({ at }) => at - time).sort((a, b) => a - b),
    advance: async (milliseconds) => {
      const until = time + milliseconds;
      await rest();
      for (let due = nextDue(until); due !== undefined; due = nextDue(until)) {
        const [id, { at, action }] = due;
        timers.delete(id);
        time = Math.max(time, at);
        action();
        await rest();
      }
      time = until;
    },
  };
  return environment;
}

/** Promises that are settled have told those who wait for them. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function unreachable(): Promise<Response> {
  throw new TypeError('fetch failed');
}
