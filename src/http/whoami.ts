// `GET /v1/whoami`: the caller's verified identity and the grants that are open to it.
// It never shows anything about another caller.

import { Hono } from 'hono';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer, type Shown } from '../web/door.ts';
import { problem } from '../web/problem.ts';
import { refuseOtherMethods } from './credential-route.ts';
import type { whoamiAnswer } from './openapi/answers.ts';

export function whoami({ whoami: useCase }: Pick<Service, 'whoami'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    const result = await useCase(c.get('receipt'), readBearer(c));
    if (!result.ok) return problem(c, result.failure);
    const { expiresAt, ...identity } = result.value;
    const body: Shown<typeof whoamiAnswer> = { ...identity, expires_at: new Date(expiresAt * 1000).toISOString() };
    return answer(c, 200, body);
  });
  refuseOtherMethods(app, 'GET', useCase);
  return app;
}
