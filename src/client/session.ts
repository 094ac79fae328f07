// A database token that stays fresh: vended when first needed, replaced before it expires, revoked at the end of the session. It never
// sends two requests for a token at once, however many callers ask.

import type { Client, TokenRequest } from './client.ts';
import type { DatabaseToken } from './database-token.ts';
import { StsError } from './error.ts';

export interface SessionOptions {
  readonly client: Client;
  readonly request?: TokenRequest;
  /** How long a token that was replaced may still be used before it is revoked, milliseconds; 30 s by default. */
  readonly graceMs?: number;
  /** Called with each new token. */
  readonly onToken?: (token: DatabaseToken) => void | Promise<void>;
  /** Called with the reason why the token in use could not be replaced yet, while it still lives. */
  readonly onDelay?: (error: StsError) => void;
}

export interface Session {
  /** The token to use now. Rejects with an `StsError` when there is none and the service gives none. */
  readonly token: () => Promise<DatabaseToken>;
  /** From now on, tokens are replaced by themselves until the session is closed. */
  readonly keepFresh: () => Promise<void>;
  /** Revokes the live tokens. A closed session gives no more tokens. */
  readonly close: () => Promise<void>;
}

/**
 * A token is replaced when this part of its life is over, plus a random share of up to the second part, because many callers may have
 * started together.
 */
const REPLACE_AT = 0.65;
const SPREAD = 0.15;
const GRACE_MS = 30_000;
/** The service rounds the rest of a life down to whole seconds. */
const ROUNDING_MS = 1_000;
/** Between two tokens, even short-lived ones, because InfluxDB's catalogue keeps a record of each for ever. */
const SHORTEST_PAUSE_MS = 500;
/** Between two attempts to replace a token that still lives. */
const PAUSE_MS = 5_000;
/** A program that has nothing else to do does not wait for the session. */
const BACKGROUND = true;
/** A timer's delay is an integer of 31 bits. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface Held {
  readonly token: DatabaseToken;
  /** Milliseconds since the epoch, by our own clock. */
  readonly replaceAt: number;
  readonly endsAt: number;
  /** When it has certainly expired at InfluxDB too, whose clock started later than ours. */
  readonly overAt: number;
}

export function createSession(options: SessionOptions): Session {
  const { client, request = {}, graceMs = GRACE_MS, onToken, onDelay } = options;
  const { now, after, chance } = client.environment;
  let held: Held | null = null;
  let replacing: Promise<Held> | null = null;
  const closing = new AbortController();
  let closed = false;
  let keeping = false;
  let cancelNext = () => {};
  /** Replaced tokens by lease: how to cancel the timer that will revoke each, and when it expires. */
  const replaced = new Map<string, { readonly cancel: () => void; readonly overAt: number }>();

  async function vend(): Promise<Held> {
    const asked = now();
    const token = await client.exchange(request, { withoutWaiting: closing.signal });
    if (closed) {
      if (token.lease !== null) await client.revoke(token.lease).catch(() => {});
      throw ended();
    }
    // The time since our request counts as part of its life, because the request may have taken long.
    const life = token.expires_in * 1000;
    const endsAt = asked + life;
    const planned = asked + life * (REPLACE_AT + SPREAD * chance());
    const overAt = now() + life + ROUNDING_MS;
    const fresh = { token, endsAt, overAt, replaceAt: planned > now() ? planned : (now() + endsAt) / 2 };
    const before = held;
    held = fresh;
    if (before !== null && before.token.name !== token.name) retire(before);
    await onToken?.(token);
    return fresh;
  }

  function retire({ token: { lease }, overAt }: Held): void {
    if (lease === null || overAt <= now()) return;
    const cancel = after(
      graceMs,
      () => {
        replaced.delete(lease);
        // It expires in any case.
        client.revoke(lease).catch(() => {});
      },
      BACKGROUND,
    );
    replaced.set(lease, { cancel, overAt });
  }

  function replace(): Promise<Held> {
    replacing ??= vend()
      .catch(useToItsEnd)
      .finally(() => {
        replacing = null;
      });
    return replacing;
  }

  /** A token that cannot be replaced is still good for as long as it lives. */
  function useToItsEnd(error: unknown): Held {
    if (closed || held === null || held.endsAt <= now() || !(error instanceof StsError)) throw error;
    // A final refusal is retried once more when there is no live token left.
    held = { ...held, replaceAt: error.retryable ? now() + PAUSE_MS : held.endsAt };
    onDelay?.(error);
    return held;
  }

  async function current(): Promise<Held> {
    if (closed) throw ended();
    if (held === null || held.endsAt <= now()) return replace();
    // A caller who comes while it is being replaced gets the token in use.
    return held.replaceAt > now() || replacing !== null ? held : replace();
  }

  function planNext(at: number): void {
    if (closed) return;
    cancelNext = after(
      Math.min(Math.max(at - now(), SHORTEST_PAUSE_MS), LONGEST_TIMER_MS),
      () => {
        current().then(
          ({ replaceAt }) => planNext(replaceAt),
          (error: unknown) => {
            if (closed || !(error instanceof StsError)) return;
            onDelay?.(error);
            if (error.retryable) planNext(now() + PAUSE_MS);
          },
        );
      },
      BACKGROUND,
    );
  }

  return {
    token: async () => (await current()).token,
    keepFresh: async () => {
      const { replaceAt } = await current();
      if (!keeping) planNext(replaceAt);
      keeping = true;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      cancelNext();
      // Nothing waits: known tokens are revoked now, and a token that is still on its way when it arrives.
      closing.abort();
      const leases = [...replaced].flatMap(([lease, { cancel, overAt }]) => {
        cancel();
        return overAt > now() ? [lease] : [];
      });
      if (held !== null && held.token.lease !== null && held.overAt > now()) leases.push(held.token.lease);
      held = null;
      await Promise.all([replacing?.catch(() => {}), ...leases.map((lease) => client.revoke(lease))]);
    },
  };
}

function ended(): StsError {
  return new StsError({ reason: 'aborted', detail: 'The session is closed.', retryable: false });
}
