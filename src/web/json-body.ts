// Reads a JSON body strictly before the schema sees it: its type, its size, UTF-8, no duplicate keys. An empty body counts as `{}`. It
// never reads more than its limit.

import type * as z from 'zod/mini';
import { failure, type Result, success } from '../foundation/failure.ts';
import { parseJson } from '../foundation/json.ts';
import { readBounded } from '../foundation/outbound.ts';
import { showClaim } from '../identity/claim.ts';
import { nearestKey } from '../policy/language/nearest-key.ts';

/** A request names a few permissions; the largest sensible request is a tenth of this. */
export const MAX_BODY_BYTES = 16 * 1024;

/**
 * The body as the schema gives it, or what is wrong with it.
 *
 * @param readSound gives the same as the schema, or null for a body that it leaves to the schema
 */
export async function readJsonBody<Schema extends z.ZodMiniObject>(
  request: Request,
  schema: () => Schema,
  readSound: (body: unknown) => z.output<Schema> | null = () => null,
): Promise<Result<z.output<Schema>>> {
  const body = await readBounded(request, MAX_BODY_BYTES).catch(() => null);
  if (body === null) return malformed('it ended early');
  if (!body.ok) {
    if (body.fault === 'not_text') return malformed('it is not UTF-8');
    return failure('body_too_large', `The body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  if (body.text !== '' && !isJson(request.headers.get('content-type'))) {
    return failure('content_type_unsupported', 'Send the body as "Content-Type: application/json".');
  }
  const json = parseJson(body.text === '' ? '{}' : body.text);
  if (!json.ok) return malformed(json.problem);
  const sound = readSound(json.value);
  if (sound !== null) return success(sound);
  const parsed = schema().safeParse(json.value);
  return parsed.success
    ? success(parsed.data)
    : schemaFailure('body', parsed.error.issues, Object.keys(schema().shape));
}

function isJson(contentType: string | null): boolean {
  return contentType !== null && contentType.split(';')[0]!.trim().toLowerCase() === 'application/json';
}

function malformed(problem: string) {
  return failure('request_malformed', `The body cannot be read: ${problem}.`);
}

/** A short message for each fault, because the schema library's own dump does not help a caller. */
export function schemaFailure(
  part: 'body' | 'query' | 'form',
  issues: readonly z.core.$ZodIssue[],
  fields: readonly string[],
) {
  const errors = issues
    .slice(0, MAX_ISSUES)
    .map((issue) => ({ path: issue.path.map(String).join('.'), message: issueMessage(issue, fields) }));
  const detail = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  return failure('request_malformed', `The ${part} does not fit: ${detail}.`, { members: { errors } });
}

function issueMessage(issue: z.core.$ZodIssue, fields: readonly string[]): string {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys
      .slice(0, MAX_ISSUES)
      .map((key) => {
        const nearest = nearestKey(key.slice(0, MAX_KEY_LENGTH), fields);
        const list = `the fields are ${fields.join(', ')}`;
        return `there is no field ${showClaim(key)} (${nearest === null ? list : `did you mean "${nearest}"?`})`;
      })
      .join('; ');
  }
  return issue.code === 'invalid_type' && issue.path.length === 0
    ? 'it is not a JSON object such as {"ttl": "15m"}'
    : issue.message;
}

/** No field has a longer name; bounds the search for the one that was meant. */
const MAX_KEY_LENGTH = 40;
const MAX_ISSUES = 5;
