// The cookies of the page. All are `__Host-`: of this host alone, over TLS alone, for every path; scripts never see them, and a request that
// another site causes carries them only when it opens the page. A value that is longer than a browser keeps is split.

import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import type { UiEnv } from './env.ts';

/** Browsers keep 4,096 bytes with name and attributes (RFC 6265bis section 5.6). */
export const MAX_PART = 3_800;
/** Some servers refuse requests with more than 16 KiB of headers. */
const MAX_PARTS = 3;

export const LONGEST_VALUE = MAX_PART * MAX_PARTS;

export type CookieName = 'sts-session' | 'sts-sign-in' | 'sts-renewal';

/** The name of a part, without the prefix that the library adds. */
const partName = (name: CookieName, part: number) => (part === 0 ? name : `${name}-${part + 1}`);

/** @param maxAge seconds. @param value at most `LONGEST_VALUE` long */
export function writeCookie(c: Context<UiEnv>, name: CookieName, value: string, maxAge: number): void {
  for (let part = 0; part < MAX_PARTS; part++) {
    const text = value.slice(part * MAX_PART, (part + 1) * MAX_PART);
    // What an earlier, longer value has left would spoil this one.
    if (text === '') dropPart(c, partName(name, part));
    else setCookie(c, partName(name, part), text, { prefix: 'host', httpOnly: true, sameSite: 'Lax', maxAge });
  }
}

export function readCookie(c: Context<UiEnv>, name: CookieName): string | null {
  let value = '';
  for (let part = 0; part < MAX_PARTS; part++) {
    const text = getCookie(c, partName(name, part), 'host');
    if (text === undefined) break;
    value += text;
  }
  return value === '' ? null : value;
}

export function dropCookie(c: Context<UiEnv>, name: CookieName): void {
  for (let part = 0; part < MAX_PARTS; part++) dropPart(c, partName(name, part));
}

/** A browser that has none is told nothing. */
function dropPart(c: Context<UiEnv>, name: string): void {
  if (getCookie(c, name, 'host') !== undefined)
    deleteCookie(c, name, { prefix: 'host', httpOnly: true, sameSite: 'Lax' });
}

/** Whether the session that has ended may be renewed. */
export function hasRenewal(c: Context<UiEnv>): boolean {
  return readCookie(c, 'sts-renewal') !== null;
}
