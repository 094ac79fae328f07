// `/v1/explain`: why a request would be allowed or refused. The body is that of `POST /v1/tokens`; operators may add claims. It never makes
// a token.

import type { Hono } from 'hono';
import * as z from 'zod/mini';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, type Shown } from '../web/door.ts';
import { described, lazySchema } from '../web/lazy-schema.ts';
import { permissionRequest, vendRequest } from '../web/vend-request.ts';
import { postJson, refuseOtherMethods } from './credential-route.ts';
import type { explainAnswer } from './openapi/answers.ts';

export const explainRequest = lazySchema(() =>
  z
    .extend(vendRequest(), {
      claims: described(z.record(z.string(), z.unknown()), "Somebody else's claims; for operators."),
      issuer: described(
        z.string().check(z.minLength(1), z.maxLength(40)),
        'The issuer entry of the policy that would vouch for them.',
      ),
    })
    .check(
      z.refine(
        ({ claims, issuer }) => (claims === undefined) === (issuer === undefined),
        'claims and issuer go together',
      ),
    ),
);

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
      const body: Shown<typeof explainAnswer> = { ...explanation, request_id: c.get('receipt').id };
      return answer(c, 200, body);
    },
  });
  refuseOtherMethods(app, 'POST', useCase);
  return app;
}
