// The outside world as the core gets it: network, clock, randomness, background work and the alarm. Only `platform.ts` and the command fill
// it from globals; code below never touches one, so tests control all of them.

export interface Runtime {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** `size` bytes from a cryptographic source. */
  readonly random: (size: number) => Uint8Array<ArrayBuffer>;
  /** Keeps a promise running after the request that started it is answered. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Calls `action` after the given milliseconds, unless the returned function is called first. */
  readonly after: (milliseconds: number, action: () => void) => () => void;
  /** Tells the operator of a fault that only they can fix. Neither argument may hold a secret. */
  readonly alarm: (name: string, facts: Readonly<Record<string, unknown>>) => void;
}
