// What a caller may ask for: the schema of the body of `POST /v1/tokens`.
// Every field is optional, and no other field is ever accepted.

import * as z from 'zod';
import { isJsonObject } from '../foundation/json.ts';
import { showClaim } from '../identity/claim.ts';
import type { PermissionRequest } from '../policy/decision/evaluate.ts';
import { parseDuration } from '../policy/language/duration.ts';
import { canonicalTriples, MAX_TRIPLES, parseRequested, type Triple } from '../policy/language/permission.ts';
import { MAX_BODY_BYTES } from './json-body.ts';

const MAX_NAME_LENGTH = 64;

const PERMISSION_PROBLEM = 'write a permission as text, such as "db:metrics:write"';
const TOO_MANY = `at most ${MAX_TRIPLES} permissions`;

export const permissions = z
  .array(
    z.string(PERMISSION_PROBLEM).max(MAX_BODY_BYTES, PERMISSION_PROBLEM),
    'write a list of permissions, such as ["db:metrics:write"]',
  )
  .min(1, 'name at least one permission, or leave the field out')
  .max(MAX_TRIPLES, TOO_MANY)
  .transform((texts, context): readonly Triple[] => {
    const triples: Triple[] = [];
    for (const [at, text] of texts.entries()) {
      const parsed = parseRequested(text);
      if (parsed.ok) {
        triples.push(...parsed.value);
      } else {
        const message = `${showClaim(text)} cannot be asked for: ${parsed.problem}`;
        context.addIssue({ code: 'custom', path: [at], message });
      }
    }
    if (triples.length <= MAX_TRIPLES) return canonicalTriples(triples);
    context.addIssue({ code: 'custom', message: TOO_MANY });
    return z.NEVER;
  });

const TTL_PROBLEM = 'write seconds, or digits with s, m, h or d, such as "15m", and at least 1s';

/** JSON.parse turns a number with hundreds of digits into Infinity. It is still a duration, and longer than any rule gives. */
const BEYOND_NUMBERS = z.literal(Number.POSITIVE_INFINITY);

const toSeconds = (value: string | number, context: z.RefinementCtx): number => {
  const seconds = value === Number.POSITIVE_INFINITY ? value : parseDuration(value);
  if (seconds !== null && seconds >= 1) return seconds;
  context.addIssue({ code: 'custom', message: TTL_PROBLEM });
  return z.NEVER;
};

const ttl = z.union([z.number(), BEYOND_NUMBERS, z.string()], { error: TTL_PROBLEM }).transform(toSeconds);
/** In a form everything is text. */
export const ttlText = z.string().transform(toSeconds);

const NAME_PROBLEM = `write a name of 1 to ${MAX_NAME_LENGTH} characters`;
export const name = z.string(NAME_PROBLEM).min(1, NAME_PROBLEM).max(MAX_NAME_LENGTH, NAME_PROBLEM);

export const vendRequest = z.strictObject({
  permissions: permissions
    .optional()
    .describe('What the token may do, as type:names:actions. Without it: what the one rule that matches grants.'),
  ttl: ttl.optional().describe('Seconds, or digits with s, m, h or d. Without it: as the rule says.'),
  rule: name.optional().describe('The rule to use.'),
  instance: name.optional().describe('The InfluxDB instance that the token is for.'),
});

type Body = z.output<typeof vendRequest>;

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
