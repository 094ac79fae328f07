// What a caller may ask for: the schema of the body of `POST /v1/tokens`.
// Every field is optional, and no other field is ever accepted.

import * as z from 'zod/mini';
import { isJsonObject } from '../foundation/json.ts';
import { showClaim } from '../identity/claim.ts';
import type { PermissionRequest } from '../policy/decision/evaluate.ts';
import { parseDuration } from '../policy/language/duration.ts';
import { canonicalTriples, MAX_TRIPLES, parseRequested, type Triple } from '../policy/language/permission.ts';
import { MAX_BODY_BYTES } from './json-body.ts';
import { described, lazySchema } from './lazy-schema.ts';

const MAX_NAME_LENGTH = 64;

const PERMISSION_PROBLEM = 'write a permission as text, such as "db:metrics:write"';
const TOO_MANY = `at most ${MAX_TRIPLES} permissions`;

export const permissions = lazySchema(() =>
  z.pipe(
    z
      .array(
        z.string(PERMISSION_PROBLEM).check(z.maxLength(MAX_BODY_BYTES, PERMISSION_PROBLEM)),
        'write a list of permissions, such as ["db:metrics:write"]',
      )
      .check(
        z.minLength(1, 'name at least one permission, or leave the field out'),
        z.maxLength(MAX_TRIPLES, TOO_MANY),
      ),
    z.transform((texts: string[], { issues }): readonly Triple[] => {
      const triples: Triple[] = [];
      for (const [at, text] of texts.entries()) {
        const parsed = parseRequested(text);
        if (parsed.ok) {
          triples.push(...parsed.value);
        } else {
          const message = `${showClaim(text)} cannot be asked for: ${parsed.problem}`;
          issues.push({ code: 'custom', path: [at], message, input: texts });
        }
      }
      if (triples.length <= MAX_TRIPLES) return canonicalTriples(triples);
      issues.push({ code: 'custom', message: TOO_MANY, input: texts });
      return z.NEVER;
    }),
  ),
);

const TTL_PROBLEM = 'write seconds, or digits with s, m, h or d, such as "15m", and at least 1s';

/** JSON.parse turns a number with hundreds of digits into Infinity. It is still a duration, and longer than any rule gives. */
const BEYOND_NUMBERS = Number.POSITIVE_INFINITY;

const toSeconds = <Value extends string | number>() =>
  z.transform((value: Value, { issues }): number => {
    const seconds = value === BEYOND_NUMBERS ? BEYOND_NUMBERS : parseDuration(value);
    if (seconds !== null && seconds >= 1) return seconds;
    issues.push({ code: 'custom', message: TTL_PROBLEM, input: value });
    return z.NEVER;
  });

const ttl = () =>
  z.pipe(z.union([z.number(), z.literal(BEYOND_NUMBERS), z.string()], { error: TTL_PROBLEM }), toSeconds());
/** In a form everything is text. */
export const ttlText = () => z.pipe(z.string(), toSeconds());

const NAME_PROBLEM = `write a name of 1 to ${MAX_NAME_LENGTH} characters`;
export const name = () =>
  z.string(NAME_PROBLEM).check(z.minLength(1, NAME_PROBLEM), z.maxLength(MAX_NAME_LENGTH, NAME_PROBLEM));

export const vendRequest = lazySchema(() =>
  z.strictObject({
    permissions: described(
      permissions(),
      'What the token may do, as type:names:actions. Without it: what the one rule that matches grants.',
    ),
    ttl: described(ttl(), 'Seconds, or digits with s, m, h or d. Without it: as the rule says.'),
    rule: described(name(), 'The rule to use.'),
    instance: described(name(), 'The InfluxDB instance that the token is for.'),
  }),
);

type Body = z.output<ReturnType<typeof vendRequest>>;

/**
 * What the schema makes of a body in which nothing is wrong; null leaves any other body to the schema, which alone has words for it. It is
 * here because most bodies are of this kind, and the schema takes 10 us for one.
 */
export function readSound(body: unknown): Body | null {
  if (!isJsonObject(body)) return null;
  const read: { -readonly [Field in keyof Body]: Body[Field] } = {};
  for (const field of Object.keys(body)) {
    const value = body[field];
    if (field === 'permissions') {
      const triples = soundPermissions(value);
      if (triples === null) return null;
      read.permissions = triples;
    } else if (field === 'ttl') {
      const seconds = parseDuration(value);
      if (seconds === null || seconds < 1) return null;
      read.ttl = seconds;
    } else if (field === 'rule' || field === 'instance') {
      if (typeof value !== 'string' || value === '' || value.length > MAX_NAME_LENGTH) return null;
      read[field] = value;
    } else {
      return null;
    }
  }
  return read;
}

function soundPermissions(texts: unknown): readonly Triple[] | null {
  if (!Array.isArray(texts) || texts.length === 0 || texts.length > MAX_TRIPLES) return null;
  const triples: Triple[] = [];
  for (const text of texts) {
    const parsed = typeof text === 'string' && text.length <= MAX_BODY_BYTES ? parseRequested(text) : null;
    if (parsed === null || !parsed.ok) return null;
    triples.push(...parsed.value);
  }
  return triples.length > MAX_TRIPLES ? null : canonicalTriples(triples);
}

/** The request as the decision takes it: there, a field that is undefined means the same as one that is absent. */
export function permissionRequest(body: Body): PermissionRequest {
  return body as PermissionRequest;
}
