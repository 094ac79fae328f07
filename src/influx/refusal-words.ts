// What can be repeated of a refusal that came from InfluxDB's address. A gateway may echo the request, with its credential cut, encoded or
// escaped, so its text is never quoted: only InfluxDB's own phrases, from this list, and for everything else the length.

export interface RefusalWords {
  /** InfluxDB's phrase, without the text after it; null when the answer begins with no known phrase. */
  readonly phrase: string | null;
  /** Of the whole answer, in characters. */
  readonly length: number;
}

/** Of fields in our own requests; the error names them. */
const FIELD =
  /^serde json error: missing field `(?:token_name|permissions|resource_type|resource_names|actions|expiry_secs)`/;
const SIZE = /^max request size \(\d{1,12} bytes\) exceeded/;

/** If one phrase begins like another, the longer one comes first. */
const PHRASES: readonly string[] = [
  'cannot parse token permission, invalid resource name',
  'cannot parse token permission, mixed wildcard (*) and resource name',
  'cannot parse token permission, resource type not supported',
  'cannot parse token permission, * resource type can only be set for admin token',
  'cannot parse token permission, action not supported, database action',
  'cannot parse token permission, action not supported, system action',
  'cannot parse token permission',
  'invalid resource name',
  'serde json error: invalid type',
  'serde json error: invalid value',
  'serde json error: unknown field',
  'serde json error: EOF while parsing',
  'serde json error: missing field',
  'serde json error',
  'serde error: missing field',
  'Authorization header was malformed',
  'the request was not authenticated',
  'unauthorized to perform requested action with the token',
  'unacceptable content-type',
  'token name already exists',
  'the requested resource was not found',
  'endpoint disabled, started without auth',
  'missing admin token, cannot update',
  'cannot delete operator token',
  'object store error',
  'Not found',
];

export function describeRefusal(body: string): RefusalWords {
  // InfluxDB writes some refusals as text and some as an object of this one member.
  const text = body.replace(/^\s*\{\s*"error"\s*:\s*"/, '');
  const phrase =
    FIELD.exec(text)?.[0] ?? SIZE.exec(text)?.[0] ?? PHRASES.find((known) => text.startsWith(known)) ?? null;
  return { phrase, length: body.length };
}

/** The resource that InfluxDB does not know, under 400, 404 or 500 depending on its version. To be compared, never to be shown. */
export function unknownResource(body: string): string | null {
  return /invalid resource name ([A-Za-z0-9_/-]+)/.exec(body)?.[1] ?? null;
}
