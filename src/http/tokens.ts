// `/v1/tokens`: the JSON door to the exchange.

import type { Hono } from 'hono';
import type { DatabaseToken } from '../influx/mint.ts';
import type { Service } from '../service.ts';
import { postJson, refuseOtherMethods } from './credential-route.ts';
import { answer, type DoorEnv } from './door.ts';
import { permissionRequest, vendRequest } from './vend-request.ts';

export function tokens({ exchange }: Pick<Service, 'exchange'>): Hono<DoorEnv> {
  const app = postJson({
    schema: vendRequest,
    useCase: exchange,
    read: (subjectToken, body) => ({ subjectToken, request: permissionRequest(body) }),
    answer: (c, token) => answer(c, 201, tokenBody(token)),
  });
  refuseOtherMethods(app, 'POST', exchange);
  return app;
}

function tokenBody(token: DatabaseToken) {
  return {
    token: token.token,
    lease: token.lease,
    name: token.name,
    permissions: token.permissions,
    expires_at: token.expiresAt,
    expires_in: token.expiresIn,
    rule: token.rule,
    instance: token.instance,
    url: token.url,
    shared: false,
    usable_after: token.usableAfter,
  };
}
