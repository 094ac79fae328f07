// `GET /v1/audit/usage`: when each rule was last used, for operators.
// It never shows who used it.

import { Hono } from 'hono';
import * as z from 'zod';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer, type Shown } from '../web/door.ts';
import { problem } from '../web/problem.ts';
import { time } from '../web/token-answer.ts';
import { refuseOtherMethods } from './credential-route.ts';

export const usageAnswer = z.strictObject({
  since: time.describe('Since when uses are counted, without a gap; at most about 99 days ago.'),
  rules: z
    .array(
      z.strictObject({
        rule: z.string().describe('Its name; the policy may not have it any more.'),
        last_used: time.describe('The beginning of the hour, or of the day, in which it was used last.'),
        admissions: z.int().describe("How often, the service's own mints of shared tokens included."),
      }),
    )
    .describe('The rules that were used, by name.'),
});

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
