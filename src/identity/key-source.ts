// An issuer's keys, and how long they are believed: one cache for each signer and isolate. It is asked only for issuers that the policy
// trusts, fetches at most once per cooldown however many requests wait, keeps good keys through an outage, and knows why it has none.

import { withinDeadline } from '../foundation/deadline.ts';
import { type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { fetchKeys, type KeyFault, type KeySourceOptions, REFRESH_TIMEOUT_MS } from './key-fetch.ts';
import { keyRefusal, keysUnavailable, notYetPublished } from './key-refusal.ts';
import {
  type KeyQuery,
  type KeySet,
  parseKeySet,
  type Selection,
  selectKey,
  setProblem,
  type VerificationKey,
} from './key-set.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

/** Keys younger than this are used without asking the issuer; a key it withdraws is believed no longer than this. */
export const KEYS_FRESH_MS = 10 * 60_000;
/** How long known keys keep verifying while the issuer cannot be reached. */
export const KEYS_USABLE_MS = 6 * 60 * 60_000;
/** The shortest time between two fetches, after success and after failure alike: what a flood of unknown key ids costs the issuer. */
export const REFRESH_COOLDOWN_MS = 10_000;
/** A fetch that has not ended by then was cancelled with the request that started it, and never will. */
const ABANDONED_AFTER_MS = 3 * REFRESH_TIMEOUT_MS;
/** For so long after a token was made its key may still be on the way into the key set: caches before it hold an old one. */
const KEY_MAY_COME_SECONDS = 600;
/** Flawed keys that are logged, each once: what anyone can name in a token must not fill the log. */
const MAX_LOGGED = 20;

type Found = Result<readonly VerificationKey[]>;

export interface KeySource {
  /** The key that a token means, or the few that one without key id could mean; or why there is none. */
  readonly find: (query: KeyQuery) => Found | Promise<Found>;
  /** Null when there are keys to verify with, fetched now if need be; else why not, in words for an operator. */
  readonly whyNotReady: () => Promise<string | null>;
}

export function createKeySource(issuer: TrustedIssuer, runtime: Runtime, options: KeySourceOptions): KeySource {
  /** Flaws that the log has. */
  const logged = new Set<string>();

  function answer(selection: Selection, mayCome: boolean): Found {
    if (selection.found !== null) return success(selection.found);
    if (selection.why === 'unusable_key' || selection.why === 'unknown_key') logOnce(selection);
    return keyRefusal(selection, mayCome);
  }

  function logOnce({ kid, flaw }: { readonly kid: string | undefined; readonly flaw: string | null }): void {
    if (flaw === null) return;
    const id = JSON.stringify([kid, flaw]);
    if (logged.has(id) || logged.size >= MAX_LOGGED) return;
    logged.add(id);
    runtime.alarm('key_dropped', { issuer: issuer.name, kid, cause: `published ${flaw}` });
  }

  if (issuer.jwks !== undefined) {
    const given = parseKeySet(issuer.jwks, issuer.algorithms);
    return {
      find: (query) => answer(selectKey(given, query), false),
      whyNotReady: async () => inWords("the policy's own key set", setProblem(given, issuer.algorithms)),
    };
  }

  let keys: KeySet = parseKeySet(null, []);
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<boolean> | null = null;
  /** Of the last attempt that has ended; null when that brought keys. */
  let fault: KeyFault | null = null;
  let keySetAddress: string | null = issuer.jwksUri ?? null;

  function find(query: KeyQuery): Found | Promise<Found> {
    const age = runtime.now() - fetchedAt;
    const selection = age <= KEYS_USABLE_MS ? selectKey(keys, query) : null;
    const known = selection !== null && !mayChange(selection) ? selection : null;
    return known !== null && age <= KEYS_FRESH_MS ? answer(known, false) : findAnew(query, selection, known);
  }

  /** @param known the selection, where no fetch can change it */
  async function findAnew(query: KeyQuery, selection: Selection | null, known: Selection | null): Promise<Found> {
    const refresh = startRefresh();
    // The issuer has failed before: nobody whose key is known waits for it to fail again.
    if (known !== null && fault !== null) return answer(known, false);
    if (refresh !== null && (await withinDeadline(refresh, REFRESH_TIMEOUT_MS, runtime)) === true) {
      const fresh = selectKey(keys, query);
      // An issuer that has moved its keys may leave the old ones standing: the next fetch asks discovery again.
      if (mayChange(fresh)) keySetAddress = issuer.jwksUri ?? null;
      return answer(fresh, mayCome(query));
    }
    if (known !== null) return answer(known, false);
    if (selection?.found === null && selection.why === 'unusable_key') return answer(selection, false);
    if (selection === null || fault !== null || refresh !== null) return keysUnavailable(issuer.iss, fault);
    return mayCome(query) ? notYetPublished(issuer.iss) : answer(selection, false);
  }

  function mayCome({ claims: { iat, nbf } }: KeyQuery): boolean {
    const made = Number(iat ?? nbf);
    return !(runtime.now() / 1000 - made > KEY_MAY_COME_SECONDS);
  }

  /** The fetch under way, or a new one; null within the cooldown of the last. */
  function startRefresh(): Promise<boolean> | null {
    const sinceAttempt = runtime.now() - attemptedAt;
    if (refreshing !== null && sinceAttempt < ABANDONED_AFTER_MS) return refreshing;
    if (sinceAttempt < REFRESH_COOLDOWN_MS) return null;
    attemptedAt = runtime.now();
    const started = refresh().finally(() => {
      if (refreshing === started) refreshing = null;
    });
    refreshing = started;
    // workerd cancels I/O with the request that started it, unless that request holds it; others may be waiting.
    runtime.waitUntil(started);
    return started;
  }

  async function refresh(): Promise<boolean> {
    const fetched = await fetchKeys(issuer, keySetAddress, runtime, options);
    fault = fetched.ok ? null : fetched.fault;
    if (!fetched.ok) {
      keySetAddress = issuer.jwksUri ?? null;
      const { document: _, passing: __, ...facts } = fetched.fault;
      runtime.alarm('keys_not_refreshed', { issuer: issuer.name, ...facts });
      return false;
    }
    keys = fetched.keys;
    fetchedAt = runtime.now();
    keySetAddress = fetched.address;
    return true;
  }

  async function whyNotReady(): Promise<string | null> {
    if (runtime.now() - fetchedAt > KEYS_FRESH_MS) {
      const refresh = startRefresh();
      if (refresh !== null) await withinDeadline(refresh, REFRESH_TIMEOUT_MS, runtime);
    }
    if (runtime.now() - fetchedAt <= KEYS_USABLE_MS) {
      return inWords(keySetAddress ?? `the key set of ${issuer.iss}`, setProblem(keys, issuer.algorithms));
    }
    return fault === null ? `${issuer.iss} did not answer in time` : inWords(fault.address, fault.cause);
  }

  return { find, whyNotReady };
}

function inWords(where: string, problem: string | null): string | null {
  return problem === null ? null : `${where} ${problem}`;
}

/** What the next key set may answer otherwise. */
function mayChange(selection: Selection): boolean {
  return selection.found === null && (selection.why === 'unknown_key' || selection.why === 'unusable_key');
}
