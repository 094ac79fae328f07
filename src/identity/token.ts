// The structure of a subject token (JWS compact serialisation, RFC 7515) before any cryptography: sizes, encoding, JSON, header
// parameters and the types of registered claims. What it returns is still unverified. No I/O, no clock.

import { base64url } from 'jose';
import { failure, type Result, success } from '../foundation/failure.ts';
import { isJsonObject, type JsonLimits, type JsonObject, parseJson } from '../foundation/json.ts';
import type { Claims } from './claim.ts';

/** Real tokens are below 4 KiB; ours must fit beside other headers into the platform's limit. */
export const MAX_TOKEN_LENGTH = 16 * 1024;
/** A header holds an algorithm, a type and a key id. */
const MAX_HEADER_LENGTH = 2 * 1024;
const MAX_KEY_ID_LENGTH = 256;

/** A token whose structure is sound and whose signature nobody has checked. */
export interface UnverifiedToken {
  readonly compact: string;
  readonly header: { readonly alg: string; readonly kid?: string; readonly typ?: string };
  readonly claims: Claims;
}

const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/** Parameters that would let the token choose its own key or its own reading (RFC 7515 section 4.1, RFC 7797, RFC 8725). */
const REFUSED_PARAMETERS = ['crit', 'b64', 'zip', 'jku', 'x5u', 'jwk', 'x5c'];

export function parseToken(compact: string): Result<UnverifiedToken> {
  if (compact.length > MAX_TOKEN_LENGTH) return malformed(`it is longer than ${MAX_TOKEN_LENGTH} characters`);
  if (!COMPACT_JWS.test(compact)) {
    return malformed('it is not three base64url parts joined by dots (encrypted tokens are not accepted)');
  }
  const [headerPart, claimsPart, signaturePart] = compact.split('.') as [string, string, string];
  if (headerPart.length > MAX_HEADER_LENGTH)
    return malformed(`its header is longer than ${MAX_HEADER_LENGTH} characters`);
  if (![headerPart, claimsPart, signaturePart].every(isCanonicalBase64url)) {
    return malformed('a part is not canonical base64url');
  }

  // The header is read once more where the signature is verified, and there by the engine.
  const header = parsePart(headerPart, 'header', { plainKeys: true });
  if (!header.ok) return header;
  const checkedHeader = checkHeader(header.value);
  if (!checkedHeader.ok) return checkedHeader;

  const claims = parsePart(claimsPart, 'payload');
  if (!claims.ok) return claims;
  const mistyped = mistypedClaim(claims.value);
  if (mistyped !== null) return malformed(`its claim "${mistyped}" has the wrong type`);

  return success({ compact, header: checkedHeader.value, claims: claims.value });
}

/** The `iss` that an unverified token claims, for the audit of a refusal; null when it has none that can be read. */
export function claimedIssuer(compact: string): string | null {
  const parsed = parseToken(compact);
  return parsed.ok && typeof parsed.value.claims.iss === 'string' ? parsed.value.claims.iss : null;
}

function malformed(problem: string) {
  return failure('token_malformed', `The subject token is malformed: ${problem}.`);
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

function checkHeader(header: JsonObject): Result<UnverifiedToken['header']> {
  const refused = REFUSED_PARAMETERS.find((parameter) => Object.hasOwn(header, parameter));
  if (refused !== undefined) return malformed(`its header parameter "${refused}" is not accepted`);
  const { alg, kid, typ } = header;
  if (typeof alg !== 'string' || alg === '' || alg.toLowerCase() === 'none') return malformed('it is not signed');
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MAX_KEY_ID_LENGTH)) {
    return malformed('its header parameter "kid" is not a short string');
  }
  if (typ !== undefined && typeof typ !== 'string') return malformed('its header parameter "typ" is not a string');
  return success({ alg, ...(kid === undefined ? {} : { kid }), ...(typ === undefined ? {} : { typ }) });
}

const isString = (value: unknown) => typeof value === 'string';
const isStringOrStrings = (value: unknown) => isString(value) || (Array.isArray(value) && value.every(isString));

/** Types of the registered claims (RFC 7519 section 4.1); times are whole seconds. */
const REGISTERED_CLAIMS: Readonly<Record<string, (value: unknown) => boolean>> = {
  iss: isString,
  sub: isString,
  aud: isStringOrStrings,
  exp: Number.isSafeInteger,
  nbf: Number.isSafeInteger,
  iat: Number.isSafeInteger,
  jti: isString,
};

function mistypedClaim(claims: Claims): string | null {
  for (const [name, fits] of Object.entries(REGISTERED_CLAIMS)) {
    if (Object.hasOwn(claims, name) && !fits(claims[name])) return name;
  }
  return null;
}
