// The structure of a subject token (JWS compact serialisation, RFC 7515) before any cryptography: sizes, encoding, JSON, header
// parameters and the types of registered claims. What it returns is still unverified. No I/O, no clock.

import { base64url } from 'jose';
import { failure, type Result, success } from '../foundation/failure.ts';
import { isJsonObject, type JsonLimits, type JsonObject, parseJson } from '../foundation/json.ts';
import type { Claims } from './claim.ts';
import { numericDate } from './numeric-date.ts';

/** Real tokens are below 4 KiB; ours must fit beside other headers into the platform's limit. */
export const MAX_TOKEN_LENGTH = 16 * 1024;
/** A header holds an algorithm, a type and a key id. */
const MAX_HEADER_LENGTH = 2 * 1024;
/** With a chain of certificates (`x5c`), where the issuer's entry ignores it. */
const MAX_CHAIN_HEADER_LENGTH = 12 * 1024;
const MAX_KEY_ID_LENGTH = 256;

/** A token whose structure is sound and whose signature nobody has checked. */
export interface UnverifiedToken {
  readonly compact: string;
  readonly header: {
    readonly alg: string;
    readonly kid?: string;
    readonly typ?: string;
    /** Parameters that are refused unless the issuer's entry ignores them; what they hold is never looked at. */
    readonly ignorable?: readonly IgnorableParameter[];
  };
  readonly claims: Claims;
  /** The claims of these names in whole seconds. */
  readonly times: { readonly exp?: number; readonly nbf?: number; readonly iat?: number };
}

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Parameters that would let the token choose its own key or its own reading (RFC 7515 section 4.1, RFC 7797, RFC 8725). */
const REFUSED_PARAMETERS = ['crit', 'b64', 'zip', 'x5u', 'jwk'];

/** Some issuers put them into every token. Nothing is lost by not looking: RFC 7515 sections 4.1.2 and 4.1.6 make them optional. */
export const IGNORABLE_PARAMETERS = ['jku', 'x5c'] as const;
export type IgnorableParameter = (typeof IGNORABLE_PARAMETERS)[number];

/**
 * White space around the token is left out: files end in a newline.
 *
 * @param known headers of this text that were found sound before
 */
export function parseToken(
  text: string,
  known: ReadonlyMap<string, UnverifiedToken['header']> = NONE,
): Result<UnverifiedToken> {
  const compact = text.trim();
  if (compact.length > MAX_TOKEN_LENGTH) return malformed(`it is longer than ${MAX_TOKEN_LENGTH} characters`);
  if (!COMPACT_JWS.test(compact)) return malformed(shapeProblem(compact));
  const [headerPart, claimsPart, signaturePart] = compact.split('.') as [string, string, string];
  if (headerPart.length > MAX_CHAIN_HEADER_LENGTH) return longHeader(MAX_CHAIN_HEADER_LENGTH);
  if (![headerPart, claimsPart, signaturePart].every(isCanonicalBase64url)) {
    return malformed('a part is not canonical base64url');
  }

  const remembered = known.get(headerPart);
  const header = remembered === undefined ? readHeader(headerPart) : success(remembered);
  if (!header.ok) return header;
  const claims = parsePart(claimsPart, 'payload', { keepDigits: true });
  if (!claims.ok) return claims;
  const mistyped = mistypedClaim(claims.value);
  if (mistyped !== null) return malformed(`its claim "${mistyped}" has the wrong type`);
  const times = readTimes(claims.value);
  if (!times.ok) return times;

  return success({ compact, header: header.value, claims: claims.value, times: times.value });
}

/** The `iss` that an unverified token claims, for the audit of a refusal; null when it has none that can be read. */
export function claimedIssuer(parsed: Result<UnverifiedToken>): string | null {
  return parsed.ok && typeof parsed.value.claims.iss === 'string' ? parsed.value.claims.iss : null;
}

function malformed(problem: string) {
  return failure('token_malformed', `The subject token is malformed: ${problem}.`);
}

function longHeader(limit: number) {
  return malformed(`its header is longer than ${limit} characters`);
}

/** What stands in the place of a token, where it can be told, without repeating any of it. */
function shapeProblem(text: string): string {
  if (/^["'`\u201c\u2018]|["'`\u201d\u2019]$/.test(text))
    return 'it is in quotation marks; send what stands between them';
  if (/^bearer\s/i.test(text)) return 'it begins with the word "Bearer"; send what follows it';
  if (/^[{[]/.test(text)) return 'it is JSON; send the token that one of its members holds, alone';
  if (/\s/.test(text)) return 'there is white space within it; send it in one line';
  return 'it is not three base64url parts joined by dots (encrypted tokens are not accepted)';
}

/** Unused trailing bits must be zero (RFC 4648 section 3.5), or one signature would have many spellings. */
function isCanonicalBase64url(part: string): boolean {
  const last = part[part.length - 1]!;
  switch (part.length % 4) {
    case 0:
      return true;
    case 2:
      return 'AQgw'.includes(last);
    case 3:
      return 'AEIMQUYcgkosw048'.includes(last);
    default:
      return false;
  }
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function parsePart(part: string, name: string, limits?: JsonLimits): Result<JsonObject> {
  let text: string;
  try {
    text = strictUtf8.decode(base64url.decode(part));
  } catch {
    return malformed(`its ${name} is not UTF-8`);
  }
  const json = parseJson(text, limits);
  if (!json.ok) return malformed(`its ${name}: ${json.problem}`);
  return isJsonObject(json.value) ? success(json.value) : malformed(`its ${name} is not a JSON object`);
}

const NONE: ReadonlyMap<string, UnverifiedToken['header']> = new Map();

function readHeader(part: string): Result<UnverifiedToken['header']> {
  // Other readers may read the header after us.
  const header = parsePart(part, 'header', { plainKeys: true });
  if (!header.ok) return header;
  const checked = checkHeader(header.value);
  if (!checked.ok) return checked;
  if (part.length > MAX_HEADER_LENGTH && checked.value.ignorable?.includes('x5c') !== true) {
    return longHeader(MAX_HEADER_LENGTH);
  }
  return checked;
}

/** An issuer has a few keys, and each makes one header. */
const MAX_REMEMBERED_HEADERS = 64;
/** With a chain of certificates a header is longer, and read anew each time. */
const MAX_REMEMBERED_LENGTH = 512;

/**
 * Headers that an issuer has signed, by their text: its tokens differ in their claims and hardly ever in their headers, and reading one takes
 * 5 us and a kilobyte. Only a verified token leaves its header here, so that no stranger fills it.
 */
export interface HeaderMemory {
  readonly known: ReadonlyMap<string, UnverifiedToken['header']>;
  /** @param token whose signature is verified */
  readonly remember: (token: UnverifiedToken) => void;
}

export function createHeaderMemory(): HeaderMemory {
  /** Owned here; lives as long as the verifier. The oldest makes room. */
  const known = new Map<string, UnverifiedToken['header']>();
  return {
    known,
    remember: ({ compact, header }) => {
      const part = compact.slice(0, compact.indexOf('.'));
      if (part.length > MAX_REMEMBERED_LENGTH || known.has(part)) return;
      if (known.size >= MAX_REMEMBERED_HEADERS) known.delete(known.keys().next().value!);
      // Spelled anew, because the engine keeps the whole token for a part of it.
      known.set(base64url.encode(base64url.decode(part)), header);
    },
  };
}

function checkHeader(header: JsonObject): Result<UnverifiedToken['header']> {
  const refused = REFUSED_PARAMETERS.find((parameter) => Object.hasOwn(header, parameter));
  if (refused !== undefined) return malformed(`its header parameter "${refused}" is not accepted`);
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || alg === '' || alg.toLowerCase() === 'none') return malformed('it is not signed');
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MAX_KEY_ID_LENGTH)) {
    return malformed('its header parameter "kid" is not a short string');
  }
  if (typ !== undefined && typeof typ !== 'string') return malformed('its header parameter "typ" is not a string');
  const ignorable = IGNORABLE_PARAMETERS.filter((parameter) => Object.hasOwn(header, parameter));
  return success({
    // RFC 9864: the two names mean one algorithm on the only curve that we take.
    alg: alg === 'Ed25519' ? 'EdDSA' : alg,
    ...(kid === undefined ? {} : { kid }),
    ...(typ === undefined ? {} : { typ }),
    ...(ignorable.length === 0 ? {} : { ignorable }),
  });
}

const isString = (value: unknown) => typeof value === 'string';
const isStringOrStrings = (value: unknown) => isString(value) || (Array.isArray(value) && value.every(isString));

/** Types of the registered claims (RFC 7519 section 4.1) that are no times. */
const REGISTERED_CLAIMS: readonly { readonly name: string; readonly fits: (value: unknown) => boolean }[] = [
  { name: 'iss', fits: isString },
  { name: 'sub', fits: isString },
  { name: 'aud', fits: isStringOrStrings },
  { name: 'jti', fits: isString },
];

function mistypedClaim(claims: Claims): string | null {
  const mistyped = REGISTERED_CLAIMS.find(({ name, fits }) => Object.hasOwn(claims, name) && !fits(claims[name]));
  return mistyped?.name ?? null;
}

/** An expiry is rounded down and the others up, so that no fraction makes a token live longer. */
function readTimes(claims: Claims): Result<UnverifiedToken['times']> {
  const times: { exp?: number; nbf?: number; iat?: number } = {};
  for (const name of ['exp', 'nbf', 'iat'] as const) {
    if (!Object.hasOwn(claims, name)) continue;
    const seconds = numericDate(claims[name], name === 'exp' ? 'down' : 'up');
    if (seconds === null) return malformed(`its claim "${name}" has the wrong type: it is no time in seconds`);
    times[name] = seconds;
  }
  return success(times);
}
