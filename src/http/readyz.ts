// `/readyz`: anyone learns whether the service is ready; an operator, each check.

import { Hono } from 'hono';
import { failure } from '../failure.ts';
import type { Service } from '../service.ts';
import { answer, type DoorEnv, readBearer } from './door.ts';
import { problem } from './problem.ts';

export function readyz({ readiness, isOperator }: Pick<Service, 'readiness' | 'isOperator'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    const { ready, policy, checks } = await readiness();
    const status = ready ? 'ready' : 'not_ready';
    const bearer = readBearer(c);
    const operator = bearer.ok && (await isOperator(c.var.receipt, bearer.value));
    return answer(c, ready ? 200 : 503, operator ? { status, policy, checks } : { status });
  });
  app.all('/', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  return app;
}
