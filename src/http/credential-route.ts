// A route that takes a credential: one method, the subject token read first, and every refusal recorded as an event of the route's
// kind, the ones that never reach the use case included.

import { type Context, Hono } from 'hono';
import type * as z from 'zod';
import type { Receipt } from '../audit/recorder.ts';
import { type Failure, failure, type Result } from '../failure.ts';
import { type DoorEnv, readBearer } from './door.ts';
import { jsonBody } from './json-body.ts';
import { problem } from './problem.ts';

/** A use case as a door sees it: it takes what was read, or what was wrong with it, and records either. */
type UseCase<Read, T> = (receipt: Receipt, read: Result<Read>) => Promise<Result<T>>;

export function receiptOf(c: Context<DoorEnv>): Receipt {
  return { id: c.var.requestId, receivedAt: c.var.receivedAt };
}

/** Answers a fault of the request itself, having had the use case record it. */
export function refuseBy<Read, T>(useCase: UseCase<Read, T>) {
  return async (c: Context<DoorEnv>, fault: Failure): Promise<Response> => {
    const result = await useCase(receiptOf(c), { ok: false, failure: fault });
    return problem(c, result.ok ? fault : result.failure);
  };
}

/** Refuses every method that the route was not given. To be mounted last. */
export function refuseOtherMethods<Read, T>(app: Hono<DoorEnv>, allowed: string, useCase: UseCase<Read, T>): void {
  app.all('/', (c) => {
    c.header('allow', allowed);
    return refuseBy(useCase)(c, failure('method_not_allowed', `Use ${allowed} here.`).failure);
  });
}

/** `POST /` with a subject token and a JSON body. */
export function postJson<Schema extends z.ZodType, Read, T>(options: {
  readonly schema: Schema;
  readonly useCase: UseCase<Read, T>;
  readonly read: (subjectToken: string, body: z.output<Schema>) => Read;
  readonly answer: (c: Context<DoorEnv>, value: T) => Response;
}): Hono<DoorEnv> {
  const { schema, useCase, read, answer } = options;
  const refuse = refuseBy(useCase);
  const app = new Hono<DoorEnv>();
  app.post(
    '/',
    async (c, next) => {
      const bearer = readBearer(c.req.header('authorization'));
      return bearer.ok ? next() : refuse(c, bearer.failure);
    },
    ...jsonBody(schema, refuse),
    async (c) => {
      const bearer = readBearer(c.req.header('authorization'));
      if (!bearer.ok) return refuse(c, bearer.failure);
      const body = c.req.valid('json' as never) as z.output<Schema>;
      const result = await useCase(receiptOf(c), { ok: true, value: read(bearer.value, body) });
      return result.ok ? answer(c, result.value) : problem(c, result.failure);
    },
  );
  return app;
}
