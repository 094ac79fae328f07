// `/v1/tokens`: the JSON door to the exchange.

import { type Context, Hono } from 'hono';
import { type Failure, failure } from '../failure.ts';
import type { DatabaseToken } from '../influx/mint.ts';
import type { Service } from '../service.ts';
import { type DoorEnv, readBearer } from './door.ts';
import { jsonBody } from './json-body.ts';
import { problem } from './problem.ts';
import { permissionRequest, vendRequest } from './vend-request.ts';

export function tokens(service: Service): Hono<DoorEnv> {
  const receipt = (c: Context<DoorEnv>) => ({ id: c.var.requestId, receivedAt: c.var.receivedAt });

  /** A request that cannot reach the exchange is still its event. */
  async function refuse(c: Context<DoorEnv>, fault: Failure): Promise<Response> {
    const result = await service.exchange({ ...receipt(c), read: { ok: false, failure: fault } });
    return problem(c, result.ok ? fault : result.failure);
  }

  const app = new Hono<DoorEnv>();
  app.post(
    '/',
    async (c, next) => {
      const bearer = readBearer(c.req.header('authorization'));
      return bearer.ok ? next() : refuse(c, bearer.failure);
    },
    ...jsonBody(vendRequest, refuse),
    async (c) => {
      const bearer = readBearer(c.req.header('authorization'));
      if (!bearer.ok) return refuse(c, bearer.failure);
      const read = { subjectToken: bearer.value, request: permissionRequest(c.req.valid('json')) };
      const result = await service.exchange({ ...receipt(c), read: { ok: true, value: read } });
      return result.ok ? c.json(tokenBody(result.value), 201) : problem(c, result.failure);
    },
  );
  app.all('/', (c) => {
    c.header('allow', 'POST');
    return refuse(c, failure('method_not_allowed', 'Use POST here.').failure);
  });
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
