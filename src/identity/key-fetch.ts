// Fetches an issuer's keys: by discovery, or from the address that the policy gives. What goes wrong comes back in words with its address.
// It remembers nothing and interprets no key.

import { isJsonObject, parseJson } from '../foundation/json.ts';
import { type OutboundFault, send } from '../foundation/outbound.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { showClaim } from './claim.ts';
import { flawOfAll, type KeySet, parseKeySet } from './key-set.ts';
import type { TrustedIssuer } from './trusted-issuer.ts';

/** For each of discovery and key set, and for each request that waits for them. */
export const REFRESH_TIMEOUT_MS = 5_000;
/** Sets of a few hundred keys, or of some dozens with certificate chains, are below half of it. */
const MAX_DOCUMENT_BYTES = 512 * 1024;

export interface KeySourceOptions {
  /** Accept loopback http addresses; decided when the policy is built. */
  readonly development: boolean;
}

/** Why there are no new keys. */
export interface KeyFault {
  readonly address: string;
  readonly document: 'discovery document' | 'key set';
  /** What it does, in words that follow either of the two. */
  readonly cause: string;
  readonly status?: number;
  readonly fault?: OutboundFault;
  /** It may pass by itself. */
  readonly passing: boolean;
}

export type Fetched =
  | { readonly ok: true; readonly keys: KeySet; readonly address: string }
  | { readonly ok: false; readonly fault: KeyFault };

/** @param known the address of the key set; null to ask discovery for it. */
export async function fetchKeys(
  issuer: TrustedIssuer,
  known: string | null,
  runtime: Pick<Runtime, 'fetch' | 'after'>,
  options: KeySourceOptions,
): Promise<Fetched> {
  const discovered = known === null ? await discover(issuer, runtime, options) : null;
  if (discovered !== null && !discovered.ok) return discovered;
  const address = known ?? ((discovered as Read).value as string);
  const read = await fetchJson(address, 'key set', runtime);
  if (!read.ok) return read;
  const keys = parseKeySet(read.value, issuer.algorithms);
  const flaw = flawOfAll(keys);
  return flaw === null ? { ok: true, keys, address } : lasting(address, 'key set', `holds no usable key: ${flaw}`);
}

type Read = { readonly ok: true; readonly value: unknown };
type Lacking = { readonly ok: false; readonly fault: KeyFault };

/** OpenID Connect Discovery 1.0, section 4. Its value is the address of the key set. */
async function discover(
  issuer: TrustedIssuer,
  runtime: Pick<Runtime, 'fetch' | 'after'>,
  options: KeySourceOptions,
): Promise<Read | Lacking> {
  const address = `${issuer.iss.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const read = await fetchJson(address, 'discovery document', runtime);
  if (!read.ok) return read;
  const { issuer: named, jwks_uri: keys } = isJsonObject(read.value) ? read.value : {};
  const problem = (cause: string) => lasting(address, 'discovery document', cause);
  if (named !== issuer.iss) {
    const other = named === undefined ? 'none' : showClaim(named);
    return problem(`names another issuer, ${other}, and its tokens say what it names`);
  }
  if (typeof keys !== 'string') return problem('names no "jwks_uri"');
  if (isAllowedKeyAddress(keys, issuer, options)) return { ok: true, value: keys };
  return problem(
    `says that its keys stand at ${showClaim(keys)}, which is neither its own host nor one that the policy accepts`,
  );
}

function isAllowedKeyAddress(address: string, issuer: TrustedIssuer, options: KeySourceOptions): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, host, username, password } = new URL(address);
  const own = new URL(issuer.iss);
  if (username !== '' || password !== '') return false;
  const secure = protocol === 'https:' || (options.development && own.protocol === 'http:' && protocol === 'http:');
  return secure && (host === own.host || issuer.jwksHosts.includes(host));
}

async function fetchJson(
  address: string,
  document: KeyFault['document'],
  runtime: Pick<Runtime, 'fetch' | 'after'>,
): Promise<Read | Lacking> {
  // A Kubernetes API server gives its keys only to those who accept them by their own type.
  const init = { headers: { accept: 'application/json, application/jwk-set+json, */*;q=0.1' } };
  const bounds = { timeoutMs: REFRESH_TIMEOUT_MS, maxBytes: MAX_DOCUMENT_BYTES };
  const outbound = await send(runtime, address, init, bounds);
  if (!outbound.ok) {
    const { fault, detail, lasting } = outbound;
    const passing = (fault === 'timeout' || fault === 'network') && !lasting;
    return { ok: false, fault: { address, document, cause: wordsFor(fault, detail), fault, passing } };
  }
  const { status, body } = outbound.answer;
  if (status !== 200) {
    const passing = status >= 500 || status === 408 || status === 429;
    return { ok: false, fault: { address, document, cause: `answers ${status}`, status, passing } };
  }
  const json = parseJson(body);
  return json.ok ? json : lasting(address, document, `does not answer with JSON: ${json.problem}`, status);
}

function lasting(address: string, document: KeyFault['document'], cause: string, status?: number): Lacking {
  return {
    ok: false,
    fault: { address, document, cause, ...(status === undefined ? {} : { status }), passing: false },
  };
}

function wordsFor(fault: OutboundFault, detail: string): string {
  switch (fault) {
    case 'timeout':
      return 'did not answer in time';
    case 'network':
      return `cannot be reached: ${detail}`;
    case 'redirect':
      return `answers with ${detail}`;
    case 'too_large':
      return `answers with more than ${MAX_DOCUMENT_BYTES / 1024} KiB`;
    case 'not_text':
      return 'answers with something that is no text';
  }
}
