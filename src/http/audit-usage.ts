// `GET /v1/audit/usage`: when each rule was last used, for operators.
// It never shows who used it.

import { Hono } from 'hono';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer, type Shown } from '../web/door.ts';
import { problem } from '../web/problem.ts';
import { refuseOtherMethods } from './credential-route.ts';
import type { usageAnswer } from './openapi/audit-answers.ts';

export function auditUsage({ usage: useCase }: Pick<Service, 'usage'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    const result = await useCase(c.var.receipt, readBearer(c));
    if (!result.ok) return problem(c, result.failure);
    const { since, rules } = result.value;
    const body: Shown<typeof usageAnswer> = {
      since: new Date(since).toISOString(),
      rules: rules.map(({ rule, lastUsed, admissions }) => ({
        rule,
        last_used: new Date(lastUsed).toISOString(),
        admissions,
      })),
    };
    return answer(c, 200, body);
  });
  refuseOtherMethods(app, 'GET', useCase);
  return app;
}
