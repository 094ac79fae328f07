// The outside world as the core gets it: network, clock, randomness, background work and the alarm. Only `platform.ts` and the command fill
// it from globals; code below never touches one, so tests control all of them.

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
