// `GET /v1/whoami`: the caller's verified identity and the grants that are open to it.
// It never shows anything about another caller.

import { Hono } from 'hono';
import * as z from 'zod';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer, type Shown } from '../web/door.ts';
import { problem } from '../web/problem.ts';
import { permissionTexts, shownLimit, time } from '../web/token-answer.ts';
import { refuseOtherMethods } from './credential-route.ts';

export const whoamiAnswer = z.strictObject({
  issuer: z.string().describe("The policy's name for the issuer of the subject token."),
  subject: z.record(z.string(), z.string()).describe('The claims that identify the caller.'),
  description: z.string().describe('The identity in a few words.'),
  claims: z.record(z.string(), z.unknown()).describe('All claims of the subject token.'),
  notes: z.array(z.string()).describe('Claims that no condition of a policy can be made of, and why.'),
  expires_at: time.describe('The end of the subject token.'),
  roles: z.array(z.literal('operator')),
  grants: z
    .array(
      z.strictObject({
        rule: z.string(),
        instance: z.string(),
        permissions: permissionTexts,
        default_ttl: z.string(),
        max_ttl: z.string(),
        until: time.optional().describe('From then on the rule grants nothing.'),
        limit: shownLimit.optional().describe('What the rule gives at most.'),
      }),
    )
    .describe('The rules that match, at most 100.'),
});

export function whoami({ whoami: useCase }: Pick<Service, 'whoami'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    const result = await useCase(c.var.receipt, readBearer(c));
    if (!result.ok) return problem(c, result.failure);
    const { expiresAt, ...identity } = result.value;
    const body: Shown<typeof whoamiAnswer> = { ...identity, expires_at: new Date(expiresAt * 1000).toISOString() };
    return answer(c, 200, body);
  });
  refuseOtherMethods(app, 'GET', useCase);
  return app;
}
