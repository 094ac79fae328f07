// `/readyz`: tells anyone whether the service is ready, and an operator each check.
// It never shows a stranger why the service is not ready.

import { Hono } from 'hono';
import * as z from 'zod';
import { failure } from '../foundation/failure.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer, type Shown } from '../web/door.ts';
import { problem } from '../web/problem.ts';

const status = z.enum(['ready', 'not_ready']);

export const readyAnswer = z.union([
  z.strictObject({ status }).describe('For anyone.'),
  z
    .strictObject({
      status,
      policy: z.string().describe('The digest of the policy.'),
      checks: z.array(
        z.strictObject({
          name: z.string().meta({ examples: ['instance main', 'issuer github', 'gates'] }),
          ready: z.boolean(),
          admin_token: z.string().optional().describe('The name of the admin token that the instance accepts.'),
          reason: z.string().optional().describe('Why it is not ready.'),
          warnings: z.array(z.string()).describe('What will be a problem soon.'),
        }),
      ),
    })
    .describe('For operators.'),
]);

export function readyz({ readiness, isOperator }: Pick<Service, 'readiness' | 'isOperator'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    const { ready, policy, checks } = await readiness();
    const status = ready ? 'ready' : 'not_ready';
    const bearer = readBearer(c);
    const operator = bearer.ok && (await isOperator(c.var.receipt, bearer.value));
    const body: Shown<typeof readyAnswer> = operator ? { status, policy, checks } : { status };
    return answer(c, ready ? 200 : 503, body);
  });
  app.all('/', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  return app;
}
