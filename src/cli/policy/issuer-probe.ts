// Whether an issuer can be reached and publishes keys that verify its tokens. It watches the Worker's own key source and describes what
// came back. It never fetches an address that the policy does not lead to.

import { isJsonObject, parseJson } from '../../foundation/json.ts';
import { readBounded } from '../../foundation/outbound.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import { parseKeySet } from '../../identity/key-set.ts';
import { createKeySource } from '../../identity/key-source.ts';
import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';

export interface ProbeOptions {
  /** Accept loopback http addresses. */
  readonly development: boolean;
}

/** What is wrong with the issuer, in words; null when its tokens could be verified now. */
export async function probeIssuer(
  issuer: TrustedIssuer,
  runtime: Runtime,
  options: ProbeOptions,
): Promise<string | null> {
  if (issuer.jwks !== undefined) return keySetProblem(issuer.jwks, issuer, "the policy's own key set");
  const seen: Seen[] = [];
  const keys = createKeySource(issuer, { ...runtime, fetch: observed(runtime.fetch, seen) }, options);
  await keys.isReady();

  const last = seen.at(-1);
  if (last === undefined) return 'the Worker would not ask for its keys at all';
  if (last.problem !== null) return `${last.address} ${last.problem}`;
  const isDiscovery = issuer.jwksUri === undefined && seen.length === 1;
  return isDiscovery ? discoveryProblem(last, issuer) : keySetProblem(last.document, issuer, last.address);
}

/** One request of the key source, and its result. */
interface Seen {
  readonly address: string;
  /** Why there is no document, in words. */
  problem: string | null;
  document: unknown;
}

/** No document of an issuer is larger; the key source has its own limit. */
const MAX_SEEN_BYTES = 1024 * 1024;

function observed(fetch: Runtime['fetch'], seen: Seen[]): Runtime['fetch'] {
  return async (url, init) => {
    // Until it has answered, and when it never does.
    const entry: Seen = { address: url, problem: 'did not answer in time', document: undefined };
    seen.push(entry);
    let response: Response;
    try {
      response = await fetch(url, init);
    } catch (error) {
      entry.problem = `cannot be reached${causeOf(error)}`;
      throw error;
    }
    const { status } = response;
    const body = await readBounded(response, MAX_SEEN_BYTES);
    if (!body.ok) await response.body?.cancel().catch(() => {});
    const json = body.ok ? parseJson(body.text) : null;
    if (status >= 300 && status < 400) entry.problem = `redirects (${status}), which is not followed`;
    else if (status !== 200) entry.problem = `answers ${status}`;
    else if (json === null) entry.problem = 'answers with something far too large, or with no text';
    else if (!json.ok) entry.problem = `does not answer with JSON: ${json.problem}`;
    else {
      entry.problem = null;
      entry.document = json.value;
    }
    return new Response(body.ok && body.text !== '' ? body.text : null, { status });
  };
}

function causeOf(error: unknown): string {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === 'string' ? ` (${cause.code})` : '';
}

function discoveryProblem({ address, document }: Seen, issuer: TrustedIssuer): string {
  const { issuer: named, jwks_uri: keys } = isJsonObject(document) ? document : {};
  if (named !== issuer.iss) {
    return `${address} names another issuer, ${JSON.stringify(named) ?? 'none'}; tokens say what it names`;
  }
  if (typeof keys !== 'string') return `${address} names no "jwks_uri"`;
  return `its keys stand at ${JSON.stringify(keys)}, which is neither its own host nor one that the policy accepts`;
}

function keySetProblem(document: unknown, issuer: TrustedIssuer, where: string): string | null {
  const keys = parseKeySet(document, issuer.algorithms);
  if (keys.length === 0) return `${where} holds no usable key`;
  if (keys.some(({ algorithm }) => algorithm !== 'none' && algorithm !== 'unsettled')) return null;
  const listed = issuer.algorithms.join(' or ');
  if (keys.every(({ algorithm }) => algorithm === 'none')) return `${where} holds no key for ${listed}`;
  return `the keys of ${where} have no "alg", and each fits several of ${listed}; keep one of them in "algorithms:"`;
}
