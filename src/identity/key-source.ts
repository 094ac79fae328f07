// Where an issuer's keys come from, and how long they are believed: one cache per `iss` and isolate. It is asked only for issuers
// that the policy trusts, fetches at most once per cooldown however many requests wait, and keeps good keys through an outage.

import { withinDeadline } from '../foundation/deadline.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import { isJsonObject, parseJson } from '../foundation/json.ts';
import { send } from '../foundation/outbound.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { type KeyQuery, parseKeySet, type Selection, selectKey, type VerificationKey } from './key-set.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

/** Keys younger than this are used without asking the issuer; a key it withdraws is believed no longer than this. */
export const KEYS_FRESH_MS = 10 * 60_000;
/** How long known keys keep verifying while the issuer cannot be reached. */
export const KEYS_USABLE_MS = 6 * 60 * 60_000;
/** The shortest time between two fetches, after success and after failure alike: what a flood of unknown key ids costs the issuer. */
export const REFRESH_COOLDOWN_MS = 10_000;
/** For each of discovery and key set, and for each request that waits for them. */
const REFRESH_TIMEOUT_MS = 5_000;
/** A fetch that has not ended by then was cancelled with the request that started it, and never will. */
const ABANDONED_AFTER_MS = 3 * REFRESH_TIMEOUT_MS;
/** The largest sets in the field, with certificate chains, are below 40 KiB. */
const MAX_DOCUMENT_BYTES = 128 * 1024;

export interface KeySource {
  /** The key that a token means, or why there is none. */
  readonly find: (query: KeyQuery) => Promise<Result<VerificationKey>>;
  /** Whether there are keys to verify with, fetched now if need be. */
  readonly isReady: () => Promise<boolean>;
}

export interface KeySourceOptions {
  /** Accept loopback http addresses; decided when the policy is built. */
  readonly development: boolean;
}

export function createKeySource(issuer: TrustedIssuer, runtime: Runtime, options: KeySourceOptions): KeySource {
  if (issuer.jwks !== undefined) {
    const keys = parseKeySet(issuer.jwks, issuer.algorithms);
    return { find: async (query) => verdict(selectKey(keys, query)), isReady: async () => keys.length > 0 };
  }

  let keys: readonly VerificationKey[] = [];
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let refreshing: Promise<boolean> | null = null;
  /** The last attempt brought nothing. */
  let failing = false;
  let keySetAddress: string | null = issuer.jwksUri ?? null;

  async function find(query: KeyQuery): Promise<Result<VerificationKey>> {
    const age = runtime.now() - fetchedAt;
    const selection = age <= KEYS_USABLE_MS ? selectKey(keys, query) : null;
    const known = selection !== null && !isUnknown(selection) ? verdict(selection) : null;
    if (known !== null && age <= KEYS_FRESH_MS) return known;

    const refresh = startRefresh();
    // The issuer has failed before: nobody whose key is known waits for it to fail again.
    if (known !== null && failing) return known;
    if (refresh !== null && (await withinDeadline(refresh, REFRESH_TIMEOUT_MS, runtime)) === true) {
      const fresh = selectKey(keys, query);
      // An issuer that has moved its keys may leave the old ones standing: the next fetch asks discovery again.
      if (isUnknown(fresh)) keySetAddress = issuer.jwksUri ?? null;
      return verdict(fresh);
    }
    return known ?? unavailable(issuer.iss);
  }

  /** The fetch under way, or a new one; null within the cooldown of the last. */
  function startRefresh(): Promise<boolean> | null {
    const sinceAttempt = runtime.now() - attemptedAt;
    if (refreshing !== null && sinceAttempt < ABANDONED_AFTER_MS) return refreshing;
    if (sinceAttempt < REFRESH_COOLDOWN_MS) return null;
    attemptedAt = runtime.now();
    const started = refresh().then((succeeded) => {
      failing = !succeeded;
      if (refreshing === started) refreshing = null;
      return succeeded;
    });
    refreshing = started;
    // workerd cancels I/O with the request that started it, unless that request holds it; others may be waiting.
    runtime.waitUntil(started);
    return started;
  }

  async function refresh(): Promise<boolean> {
    const address = keySetAddress ?? (await discover());
    const document = address === null ? null : await fetchJson(address);
    const fetched = parseKeySet(document, issuer.algorithms);
    if (fetched.length === 0) {
      keySetAddress = issuer.jwksUri ?? null;
      runtime.alarm('keys_not_refreshed', { issuer: issuer.name });
      return false;
    }
    keys = fetched;
    fetchedAt = runtime.now();
    keySetAddress = address;
    return true;
  }

  /** OpenID Connect Discovery 1.0, section 4. */
  async function discover(): Promise<string | null> {
    const document = await fetchJson(`${issuer.iss.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (!isJsonObject(document) || document.issuer !== issuer.iss || typeof document.jwks_uri !== 'string') return null;
    return isAllowedKeyAddress(document.jwks_uri) ? document.jwks_uri : null;
  }

  function isAllowedKeyAddress(address: string): boolean {
    if (!URL.canParse(address)) return false;
    const { protocol, host, username, password } = new URL(address);
    const own = new URL(issuer.iss);
    if (username !== '' || password !== '') return false;
    const secure = protocol === 'https:' || (options.development && own.protocol === 'http:' && protocol === 'http:');
    return secure && (host === own.host || issuer.jwksHosts.includes(host));
  }

  async function fetchJson(address: string): Promise<unknown> {
    // A Kubernetes API server gives its keys only to those who accept them by their own type.
    const init = { headers: { accept: 'application/json, application/jwk-set+json, */*;q=0.1' } };
    const bounds = { timeoutMs: REFRESH_TIMEOUT_MS, maxBytes: MAX_DOCUMENT_BYTES };
    const outbound = await send(runtime, address, init, bounds);
    if (!outbound.ok || outbound.answer.status !== 200) return null;
    const json = parseJson(outbound.answer.body);
    return json.ok ? json.value : null;
  }

  async function isReady(): Promise<boolean> {
    if (runtime.now() - fetchedAt <= KEYS_FRESH_MS) return true;
    const refresh = startRefresh();
    const refreshed = refresh !== null && (await withinDeadline(refresh, REFRESH_TIMEOUT_MS, runtime)) === true;
    return refreshed || runtime.now() - fetchedAt <= KEYS_USABLE_MS;
  }

  return { find, isReady };
}

function isUnknown(selection: Selection): boolean {
  return selection.found === null && selection.why === 'unknown_key';
}

function verdict(selection: Selection): Result<VerificationKey> {
  if (selection.found !== null) return success(selection.found);
  switch (selection.why) {
    case 'unknown_key':
      return failure('signature_invalid', 'The subject token is signed with a key that its issuer does not publish.');
    case 'another_issuers_key':
      return failure(
        'signature_invalid',
        "The subject token is signed with a key that its key set publishes for another issuer's tokens.",
      );
    case 'ambiguous_key':
      return failure(
        'signature_invalid',
        'The subject token does not say which of several keys of its issuer signed it.',
      );
    case 'not_the_keys_algorithm':
      return failure('algorithm_refused', "The subject token's algorithm is not the one of the key that it names.");
    case 'algorithm_not_settled':
      return failure(
        'algorithm_refused',
        'The subject token is signed with a key that does not say its algorithm, and its issuer\'s entry in the policy takes several that fit. Keep one of them in "algorithms:", or let the issuer publish "alg" with its keys.',
      );
  }
}

function unavailable(iss: string) {
  return failure(
    'keys_unavailable',
    `The keys of the issuer ${iss} cannot be fetched at the moment, so the subject token cannot be checked. Try again shortly.`,
  );
}
