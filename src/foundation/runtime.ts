// What the outside world gives the core: network, clock, randomness, background work and the alarm.
// Only `index.ts` fills it from the platform; below it nobody touches a global of that kind, so tests can turn every dial.

export interface Runtime {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** `size` bytes from a cryptographic source. */
  readonly random: (size: number) => Uint8Array<ArrayBuffer>;
  /** Lets a promise outlive the answer to the request that started it. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Calls `action` after so many milliseconds, unless the returned function is called before. */
  readonly after: (milliseconds: number, action: () => void) => () => void;
  /** Tells the operator of a fault that only they can fix. Neither argument may hold a secret. */
  readonly alarm: (name: string, facts: Readonly<Record<string, unknown>>) => void;
}
