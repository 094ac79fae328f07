// `/readyz`: anyone learns whether the service is ready; an operator, each check.

import { Hono } from 'hono';
import { failure } from '../failure.ts';
import type { Service } from '../service.ts';
import { receiptOf } from './credential-route.ts';
import { type DoorEnv, readBearer } from './door.ts';
import { problem } from './problem.ts';

export function readyz({ readiness, isOperator }: Pick<Service, 'readiness' | 'isOperator'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    const { ready, policy, checks } = await readiness();
    const status = ready ? 'ready' : 'not_ready';
    const bearer = readBearer(c.req.header('authorization'));
    const operator = bearer.ok && (await isOperator(receiptOf(c), bearer.value));
    return c.json(operator ? { status, policy, checks } : { status }, ready ? 200 : 503);
  });
  app.all('/', (c) => {
    c.header('allow', 'GET');
    return problem(c, failure('method_not_allowed', 'Use GET here.').failure);
  });
  return app;
}
