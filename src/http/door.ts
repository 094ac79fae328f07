// What every HTTP route shares: the request id, the headers of every answer, and how a credential is read.

import { createMiddleware } from 'hono/factory';
import { failure, type Result, success } from '../failure.ts';
import type { Runtime } from '../runtime.ts';
import { createUlid } from '../ulid.ts';

export interface DoorEnv {
  readonly Variables: {
    readonly requestId: string;
    /** Milliseconds since the epoch. */
    readonly receivedAt: number;
  };
}

/** Gives each request its id and each answer the headers that all of them carry. The caller's own id, if any, is not taken over. */
export function door(runtime: Runtime) {
  return createMiddleware<DoorEnv>(async (c, next) => {
    c.set('requestId', createUlid(runtime));
    c.set('receivedAt', runtime.now());
    await next();
    c.header('x-request-id', c.var.requestId);
    c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
  });
}

/** RFC 6750 section 2.1: the `Authorization` header alone, never a cookie, a query string or a proxy's header. */
export function readBearer(authorization: string | undefined): Result<string> {
  const match = /^bearer +(\S.*)$/i.exec(authorization ?? '');
  if (match === null) {
    return failure('token_missing', 'Send the subject token as "Authorization: Bearer <token>".');
  }
  return success(match[1]!.trimEnd());
}
