// `/readyz`: tells anyone whether the service is ready, and an operator each check.
// It never shows a stranger why the service is not ready.

import { Hono } from 'hono';
import { failure } from '../foundation/failure.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer, type Shown } from '../web/door.ts';
import { problem } from '../web/problem.ts';
import type { readyAnswer } from './openapi/answers.ts';

export function readyz({ readiness, isOperator }: Pick<Service, 'readiness' | 'isOperator'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    const { ready, policy, checks } = await readiness();
    const status = ready ? 'ready' : 'not_ready';
    const bearer = readBearer(c);
    const operator = bearer.ok && (await isOperator(c.get('receipt'), bearer.value));
    const body: Shown<typeof readyAnswer> = operator ? { status, policy, checks } : { status };
    return answer(c, ready ? 200 : 503, body);
  });
  app.all('/', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  return app;
}
