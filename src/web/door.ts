// What every HTTP route shares: the request id, the headers of every answer, and how a credential is read. It never interprets a body, and
// never trusts an id from the caller.

import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type * as z from 'zod';
import type { Receipt } from '../audit/recorder.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { createUlid } from '../foundation/ulid.ts';
import { discardUnread } from './unread-body.ts';

export interface DoorEnv {
  readonly Variables: { readonly receipt: Receipt };
}

/** A value that fits a schema, with any of its parts readonly. */
export type Shown<Schema extends z.ZodType> = Frozen<z.input<Schema>>;
type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;

/** Gives each request its id, and reads the rest of its body. An id from the caller is ignored. */
export function door(runtime: Runtime) {
  return createMiddleware<DoorEnv>(async (c, next) => {
    const { headers } = c.req.raw;
    c.set('receipt', {
      id: createUlid(runtime),
      receivedAt: runtime.now(),
      isGone: () => c.req.raw.signal.aborted,
      // Only the platform can set this header; a request without it came from inside.
      source: headers.get('cf-connecting-ip') ?? 'inside',
    });
    await next();
    // A body that was accepted has been read to its end.
    if (!(c.res.ok && c.req.raw.bodyUsed)) await discardUnread(c.req.raw, runtime);
  });
}

/** A JSON answer with the headers that every answer carries. `undefined` is no body at all. */
export function answer(
  c: Context<DoorEnv>,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  if (body === undefined) return answerText(c, status, null, headers);
  return answerText(c, status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

/** An answer of any type, with the headers that every answer carries. */
export function answerText(
  c: Context<DoorEnv>,
  status: number,
  text: string | null,
  headers: Readonly<Record<string, string>>,
): Response {
  return new Response(text, {
    status,
    headers: {
      'x-request-id': c.get('receipt').id,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...headers,
    },
  });
}

/** RFC 6750 section 2.1: the `Authorization` header alone, never a cookie, a query string or a proxy's header. */
export function readBearer(c: Context<DoorEnv>): Result<string> {
  const match = /^bearer +(\S.*)$/i.exec(c.req.raw.headers.get('authorization') ?? '');
  if (match === null) {
    return failure('token_missing', 'Send the subject token as "Authorization: Bearer <token>".');
  }
  return success(match[1]!.trimEnd());
}
