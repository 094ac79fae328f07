// A route that takes a credential. Any fault in the request goes to the use case, so that every refusal is recorded as an event of the
// route's kind. It never decides anything itself.

import { zValidator } from '@hono/zod-validator';
import { type Context, Hono } from 'hono';
import type * as z from 'zod/mini';
import type { Receipt } from '../audit/recorder.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import { type DoorEnv, readBearer } from '../web/door.ts';
import { readJsonBody, schemaFailure } from '../web/json-body.ts';
import { problem } from '../web/problem.ts';

/** A use case as a door sees it: it takes the request, or the fault in it, and records either. */
export type UseCase<Read, T> = (receipt: Receipt, read: Result<Read>) => Promise<Result<T>>;

/** `POST /` with a subject token and a JSON body. */
export function postJson<Schema extends z.ZodMiniObject, Read, T>(options: {
  readonly schema: () => Schema;
  /** As `readJsonBody` takes it. */
  readonly readSound?: (body: unknown) => z.output<Schema> | null;
  readonly useCase: UseCase<Read, T>;
  readonly read: (subjectToken: string, body: z.output<Schema>) => Read;
  readonly answer: (c: Context<DoorEnv>, value: T) => Response;
}): Hono<DoorEnv> {
  const { schema, readSound, useCase, read, answer } = options;
  const app = new Hono<DoorEnv>();
  app.post('/', async (c) => {
    const result = await useCase(c.get('receipt'), await readRequest(c));
    return result.ok ? answer(c, result.value) : problem(c, result.failure);
  });
  return app;

  async function readRequest(c: Context<DoorEnv>): Promise<Result<Read>> {
    const bearer = readBearer(c);
    if (!bearer.ok) return bearer;
    const body = await readJsonBody(c.req.raw, schema, readSound);
    return body.ok ? success(read(bearer.value, body.value)) : body;
  }
}

/** `GET /` with a subject token and a query. */
export function getQuery<Schema extends z.ZodMiniObject, Read, T>(
  app: Hono<DoorEnv>,
  options: {
    readonly schema: () => Schema;
    readonly useCase: UseCase<Read, T>;
    readonly read: (subjectToken: string, query: z.output<Schema>) => Read;
    readonly answer: (c: Context<DoorEnv>, value: T) => Response;
  },
): void {
  const { schema, useCase, read, answer } = options;
  const respond = async (c: Context<DoorEnv>, request: Result<Read>) => {
    const result = await useCase(c.get('receipt'), request);
    return result.ok ? answer(c, result.value) : problem(c, result.failure);
  };
  const validQuery = () =>
    zValidator('query', schema(), (parsed, context) => {
      if (parsed.success) return;
      const c = context as unknown as Context<DoorEnv>;
      const bearer = readBearer(c);
      return respond(c, bearer.ok ? schemaFailure('query', parsed.error.issues, Object.keys(schema().shape)) : bearer);
    });
  /** Made with the schema, for the first request that needs it. */
  let validator: ReturnType<typeof validQuery> | null = null;
  app.get(
    '/',
    (c, next) => {
      validator ??= validQuery();
      return validator(c as never, next);
    },
    (c) => {
      const bearer = readBearer(c);
      return respond(
        c,
        bearer.ok ? success(read(bearer.value, c.req.valid('query' as never) as z.output<Schema>)) : bearer,
      );
    },
  );
}

/** Refuses every method that the route does not have. Mount it last. */
export function refuseOtherMethods<Read, T>(
  app: Hono<DoorEnv>,
  allowed: string,
  useCase: UseCase<Read, T>,
  refusal: typeof problem = problem,
): void {
  app.all('/', async (c) => {
    const refused = failure('method_not_allowed', `Use ${allowed} here.`);
    const result = await useCase(c.get('receipt'), refused);
    return refusal(c, result.ok ? refused.failure : result.failure, { allow: allowed });
  });
}
