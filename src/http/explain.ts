// `/v1/explain`: why a request would be allowed or refused. The body is that of `POST /v1/tokens`; operators may add claims.

import type { Hono } from 'hono';
import * as z from 'zod';
import type { Service } from '../service.ts';
import { postJson, refuseOtherMethods } from './credential-route.ts';
import { answer, type DoorEnv } from './door.ts';
import { permissionRequest, vendRequest } from './vend-request.ts';

export const explainRequest = vendRequest
  .extend({ claims: z.record(z.string(), z.unknown()).optional(), issuer: z.string().min(1).max(40).optional() })
  .refine(({ claims, issuer }) => (claims === undefined) === (issuer === undefined), 'claims and issuer go together');

export function explain({ explain: useCase }: Pick<Service, 'explain'>): Hono<DoorEnv> {
  const app = postJson({
    schema: explainRequest,
    useCase,
    read: (subjectToken, { claims, issuer, ...request }) => ({
      subjectToken,
      request: permissionRequest(request),
      ...(claims === undefined || issuer === undefined ? {} : { about: { claims, issuer } }),
    }),
    answer: (c, explanation) => answer(c, 200, { ...explanation, request_id: c.var.receipt.id }),
  });
  refuseOtherMethods(app, 'POST', useCase);
  return app;
}
