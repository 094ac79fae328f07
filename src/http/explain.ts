// `/v1/explain`: why a request would be allowed or refused. The body is that of `POST /v1/tokens`; operators may add claims. It never makes
// a token.

import type { Hono } from 'hono';
import * as z from 'zod';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, type Shown } from '../web/door.ts';
import { permissionTexts, shownLimit, time } from '../web/token-answer.ts';
import { permissionRequest, vendRequest } from '../web/vend-request.ts';
import { postJson, refuseOtherMethods } from './credential-route.ts';

export const explainRequest = vendRequest
  .extend({
    claims: z.record(z.string(), z.unknown()).optional().describe("Somebody else's claims; for operators."),
    issuer: z.string().min(1).max(40).optional().describe('The issuer entry of the policy that would vouch for them.'),
  })
  .refine(({ claims, issuer }) => (claims === undefined) === (issuer === undefined), 'claims and issuer go together');

const verdict = z.enum(['yes', 'no', 'unknown']);
const VERDICT = 'Whether the claims meet it; unknown where the claims that were given do not tell.';

const explainedCondition = z.strictObject({
  claim: z.string().describe('The claim that is examined.'),
  verdict: verdict.describe(VERDICT),
  actual: z.string().describe('What the claim is.'),
  expected: z.string().optional().describe("Missing where it would reveal somebody else's id."),
});

const explainedRule = z.strictObject({
  rule: z.string().describe('Its name.'),
  effect: z
    .enum(['allow', 'deny', 'roles'])
    .describe('The effect of a match: it grants permissions, refuses them whatever else grants them, or gives roles.'),
  verdict: verdict.describe(`For all its conditions together. ${VERDICT}`),
  conditions: z.array(explainedCondition).describe('All of them must be met.'),
  instance: z.string().optional().describe('The InfluxDB instance that an allow rule grants on.'),
  max_ttl: z.string().optional().describe('The longest life of a token by an allow rule.'),
  until: time.optional().describe('From then on an allow rule grants nothing.'),
  ended: z.boolean().optional().describe('Whether that time has come; the verdict is then no.'),
  limit: shownLimit.optional().describe('What an allow rule gives at most.'),
  grants: z.array(z.string()).describe('What the rule allows, denies or gives.'),
  uncovered: permissionTexts
    .optional()
    .describe('Requested permissions that the allow rule does not cover; at most 20.'),
  denied: permissionTexts.optional().describe('Requested permissions that the deny rule refuses; at most 20.'),
});

export const explainAnswer = z.strictObject({
  outcome: z.enum(['allowed', 'refused']),
  reason: z.string().optional().describe('The reason for which the same request for a token would be refused.'),
  detail: z.string().describe('The decision in words, for people.'),
  rule: z.string().optional().describe('The rule that granted it.'),
  permissions: permissionTexts.optional(),
  rules: z.array(explainedRule).describe('Nearest first, at most 20.'),
  changes: z
    .array(z.strictObject({ of: z.enum(['caller', 'policy']), change: z.string() }))
    .describe('What would admit the caller: a change of their own situation, or one of the policy.'),
  request_id: z.string().describe('The same as `x-request-id`; leads to the audit line.'),
});

export function explain({ explain: useCase }: Pick<Service, 'explain'>): Hono<DoorEnv> {
  const app = postJson({
    schema: explainRequest,
    useCase,
    read: (subjectToken, { claims, issuer, ...request }) => ({
      subjectToken,
      request: permissionRequest(request),
      ...(claims === undefined || issuer === undefined ? {} : { about: { claims, issuer } }),
    }),
    answer: (c, explanation) => {
      const body: Shown<typeof explainAnswer> = { ...explanation, request_id: c.var.receipt.id };
      return answer(c, 200, body);
    },
  });
  refuseOtherMethods(app, 'POST', useCase);
  return app;
}
