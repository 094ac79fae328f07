// What a caller may ask for: the schema of the body of `POST /v1/tokens`. Every field is optional, no other field is accepted.

import * as z from 'zod';
import { showClaim } from '../identity/claim.ts';
import { parseDuration } from '../policy/duration.ts';
import type { PermissionRequest } from '../policy/evaluate.ts';
import { canonicalTriples, parseRequested, type Triple } from '../policy/permission.ts';

/** A token for more resources than this is a wildcard in disguise, and InfluxDB stores each of them for ever. */
const MAX_TRIPLES = 256;
const MAX_NAME_LENGTH = 64;

const PERMISSION_PROBLEM = 'write a permission as text, such as "db:metrics:write"';

const permission = z.string(PERMISSION_PROBLEM).transform((text, context): readonly Triple[] => {
  const parsed = parseRequested(text);
  if (parsed.ok) return parsed.value;
  context.addIssue({ code: 'custom', message: `${showClaim(text)} cannot be asked for: ${parsed.problem}` });
  return z.NEVER;
});

const permissions = z
  .array(permission, 'write a list of permissions, such as ["db:metrics:write"]')
  .min(1, 'name at least one permission, or leave the field out')
  .max(MAX_TRIPLES, `at most ${MAX_TRIPLES} permissions`)
  .transform((lists) => canonicalTriples(lists.flat()))
  .refine((triples) => triples.length <= MAX_TRIPLES, `at most ${MAX_TRIPLES} permissions`);

const TTL_PROBLEM = 'write seconds, or digits with s, m, h or d, such as "15m", and at least 1s';

const ttl = z.union([z.number(), z.string()], { error: TTL_PROBLEM }).transform((value, context) => {
  const seconds = parseDuration(value);
  if (seconds !== null && seconds >= 1) return seconds;
  context.addIssue({ code: 'custom', message: TTL_PROBLEM });
  return z.NEVER;
});

const NAME_PROBLEM = `write a name of 1 to ${MAX_NAME_LENGTH} characters`;
const name = z.string(NAME_PROBLEM).min(1, NAME_PROBLEM).max(MAX_NAME_LENGTH, NAME_PROBLEM);

export const vendRequest = z.strictObject({
  permissions: permissions.optional(),
  ttl: ttl.optional(),
  rule: name.optional(),
  instance: name.optional(),
});

/** The request as the decision takes it. */
export function permissionRequest(body: z.output<typeof vendRequest>): PermissionRequest {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
