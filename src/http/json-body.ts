// Reads a JSON body strictly before the schema sees it: its type, its size, UTF-8, no duplicate keys. An empty body counts as `{}`.

import { zValidator } from '@hono/zod-validator';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type * as z from 'zod';
import { type Failure, failure } from '../failure.ts';
import { parseJson } from '../json.ts';
import { readBounded } from '../outbound.ts';
import type { DoorEnv } from './door.ts';

/** A request names a few permissions; the largest sensible one is a tenth of this. */
export const MAX_BODY_BYTES = 16 * 1024;

/** Answers a refusal, having recorded it. */
export type Refuse = (c: Context<DoorEnv>, failure: Failure) => Promise<Response>;

/** Two handlers: the strict reader, and the schema's validation of what it read. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, refuse: Refuse) {
  const strict = createMiddleware<DoorEnv>(async (c, next) => {
    const text = await readText(c.req.raw);
    if (typeof text !== 'string') return refuse(c, text);
    // Hono parses the cached text for the validator, so the body is read from the network once. Its cache holds promises, whatever
    // its type says.
    c.req.bodyCache.text = Promise.resolve(text) as unknown as string;
    return next();
  });
  const validate = zValidator('json', schema, (result, c) => {
    if (!result.success) return refuse(c as unknown as Context<DoorEnv>, schemaFailure('body', result.error.issues));
  });
  return [strict, validate] as const;
}

async function readText(request: Request): Promise<string | Failure> {
  const body = await readBounded(request, MAX_BODY_BYTES).catch(() => null);
  if (body === null) return malformed('it ended early');
  if (!body.ok) {
    if (body.fault === 'not_text') return malformed('it is not UTF-8');
    return failure('body_too_large', `The body is larger than ${MAX_BODY_BYTES} bytes.`).failure;
  }
  if (body.text === '') return '{}';
  if (!isJson(request.headers.get('content-type'))) {
    return failure('content_type_unsupported', 'Send the body as "Content-Type: application/json".').failure;
  }
  const json = parseJson(body.text);
  return json.ok ? body.text : malformed(json.problem);
}

function isJson(contentType: string | null): boolean {
  return contentType !== null && contentType.split(';')[0]!.trim().toLowerCase() === 'application/json';
}

function malformed(problem: string): Failure {
  return failure('request_malformed', `The body cannot be read: ${problem}.`).failure;
}

/** Short words for each fault; the schema library's own dump is of no use to a caller. */
export function schemaFailure(
  part: 'body' | 'query',
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): Failure {
  const errors = issues
    .slice(0, MAX_ISSUES)
    .map(({ path, message }) => ({ path: path.map(String).join('.'), message }));
  const detail = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  return failure('request_malformed', `The ${part} does not fit: ${detail}.`, { members: { errors } }).failure;
}

const MAX_ISSUES = 5;
