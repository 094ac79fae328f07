// The admin token as InfluxDB's catalogue knows it: how to find it there, and what will soon be a problem with it. It never holds the token
// itself.

export interface AdminToken {
  readonly name: string;
  /** RFC 3339 without a zone, in UTC; null when it never expires. */
  readonly expiry: string | null;
}

/** InfluxDB accepts no other prefix; the rest must be safe in a header. */
export const ADMIN_TOKEN_FORM = /^apiv3_[\x21-\x7e]+$/;

/** InfluxDB's operator token: it cannot be deleted and never expires. */
export const OPERATOR_TOKEN = '_admin';

const DAY_MS = 86_400_000;
/** Enough time to rotate without haste. */
const EXPIRES_SOON_MS = 14 * DAY_MS;

/** What to do about the token before it becomes a fault. @param now milliseconds since the epoch. */
export function adminTokenWarnings({ name, expiry }: AdminToken, now: number): readonly string[] {
  if (name === OPERATOR_TOKEN) {
    return ['the admin token is the operator token; use a named one that expires (influx-sts admin rotate)'];
  }
  if (expiry === null) return [];
  const left = Date.parse(withZone(expiry)) - now;
  if (!(left < EXPIRES_SOON_MS)) return [];
  const days = Math.floor(left / DAY_MS);
  return [`the admin token expires in ${days < 2 ? 'less than two' : days} days`];
}

/** Timestamps of a listing are in UTC, but carry no zone. */
export function withZone(time: string): string {
  return /Z$/.test(time) ? time : `${time}Z`;
}

/** The catalogue lists the first nine hexadecimal digits of a token's SHA-512. */
export async function listedHash(token: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-512', new TextEncoder().encode(token)));
  return [...digest.subarray(0, 5)]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .slice(0, 9);
}
