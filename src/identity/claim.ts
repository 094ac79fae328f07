// How a claim is addressed and read: by its plain name, or by a JSON pointer (RFC 6901) when the address begins with "/".
// Claims are hostile: only own properties are ever read. No I/O.

import { isJsonObject, type JsonObject } from '../foundation/json.ts';
import { WrittenNumber } from '../foundation/written-number.ts';

export type Claims = JsonObject;

/** The address of a claim, split into the keys to follow. */
export type ClaimPath = readonly string[];

/** `repository_id` is one key even where it holds dots or slashes; `/kubernetes.io/namespace` is two. */
export function parseClaimPath(address: string): ClaimPath {
  if (!address.startsWith('/')) return [address];
  return address
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The claim's value, or undefined when it is absent. A `null` claim is present. */
export function readClaim(claims: Claims, path: ClaimPath): unknown {
  let value: unknown = claims;
  for (const key of path) {
    if (Array.isArray(value)) {
      if (!/^(0|[1-9][0-9]{0,5})$/.test(key)) return undefined;
      value = value[Number(key)];
    } else if (isJsonObject(value) && Object.hasOwn(value, key)) {
      value = value[key];
    } else {
      return undefined;
    }
  }
  return value;
}

/** Times are numbers of any form, and no condition is made of them. */
const TIMES = ['exp', 'nbf', 'iat'];

/** The claims that hold a number which no comparison can be exact about, by the address of each. */
export function inexactNumbers(claims: Claims): readonly string[] {
  const found: string[] = [];
  const look = (value: unknown, pointer: string) => {
    if (typeof value === 'number' ? !Number.isSafeInteger(value) : value instanceof WrittenNumber) found.push(pointer);
    else if (typeof value === 'object' && value !== null) {
      for (const [key, inner] of Object.entries(value)) {
        look(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
      }
    }
  };
  for (const [name, value] of Object.entries(claims)) if (!TIMES.includes(name)) look({ [name]: value }, '');
  // At the top its plain name will do, unless that would be read as a pointer.
  return found.map((pointer) => (/^\/[^/~]+$/.test(pointer) ? pointer.slice(1) : pointer));
}

/** What stands in the place of a value that is not there; no JSON text looks like it. */
export const ABSENT = '(absent)';

/** A claim's value for people: JSON, one line, no control characters, cut to a length that a log line bears. */
export function showClaim(value: unknown): string {
  if (value === undefined) return ABSENT;
  const text = JSON.stringify(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

/** Longer values are of no help in a log, and a caller could fill it with them. */
const MAX_SHOWN = 200;
