// `GET /v1/whoami`: the caller's verified identity and the grants open to it.

import { Hono } from 'hono';
import type { Service } from '../service.ts';
import { refuseOtherMethods } from './credential-route.ts';
import { answer, type DoorEnv, readBearer } from './door.ts';
import { problem } from './problem.ts';

export function whoami({ whoami: useCase }: Pick<Service, 'whoami'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    const result = await useCase(c.var.receipt, readBearer(c));
    if (!result.ok) return problem(c, result.failure);
    const { expiresAt, ...identity } = result.value;
    return answer(c, 200, { ...identity, expires_at: new Date(expiresAt * 1000).toISOString() });
  });
  refuseOtherMethods(app, 'GET', useCase);
  return app;
}
