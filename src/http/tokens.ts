// `/v1/tokens`: vend, list and revoke.

import { zValidator } from '@hono/zod-validator';
import { type Context, Hono } from 'hono';
import type { DatabaseToken } from '../influx/mint.ts';
import type { TokenPage } from '../list.ts';
import type { Service } from '../service.ts';
import { postJson, receiptOf, refuseBy, refuseOtherMethods } from './credential-route.ts';
import { type DoorEnv, readBearer } from './door.ts';
import { schemaFailure } from './json-body.ts';
import { cursorOf, listFilter, listQuery } from './list-query.ts';
import { problem } from './problem.ts';
import { permissionRequest, vendRequest } from './vend-request.ts';

export function tokens({ exchange, list, revoke }: Pick<Service, 'exchange' | 'list' | 'revoke'>): Hono<DoorEnv> {
  const app = postJson({
    schema: vendRequest,
    useCase: exchange,
    read: (subjectToken, body) => ({ subjectToken, request: permissionRequest(body) }),
    answer: (c, token) => c.json(tokenBody(token), 201),
  });

  const refuseList = refuseBy(list);
  const validQuery = zValidator('query', listQuery, (result, c) => {
    const context = c as unknown as Context<DoorEnv>;
    const bearer = readBearer(context.req.header('authorization'));
    if (!bearer.ok) return refuseList(context, bearer.failure);
    if (!result.success) return refuseList(context, schemaFailure('query', result.error.issues));
  });
  app.get('/', validQuery, async (c) => {
    const bearer = readBearer(c.req.header('authorization'));
    const read = bearer.ok
      ? ({ ok: true, value: { subjectToken: bearer.value, filter: listFilter(c.req.valid('query')) } } as const)
      : bearer;
    const result = await list(receiptOf(c), read);
    return result.ok ? c.json(pageBody(result.value)) : problem(c, result.failure);
  });
  refuseOtherMethods(app, 'GET, POST', exchange);

  const one = new Hono<DoorEnv>();
  one.delete('/', async (c) => {
    const bearer = readBearer(c.req.header('authorization'));
    const read = bearer.ok
      ? ({ ok: true, value: { credential: bearer.value, name: c.req.param('name' as never) ?? '' } } as const)
      : bearer;
    const result = await revoke(receiptOf(c), read);
    if (!result.ok) return problem(c, result.failure);
    return c.body(null, result.value === 'revoked' ? 204 : 202);
  });
  refuseOtherMethods(one, 'DELETE', revoke);
  app.route('/:name', one);
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
    shared: token.shared,
    usable_after: token.usableAfter,
  };
}

function pageBody({ entries, next }: TokenPage) {
  return {
    tokens: entries.map(({ name, permissions, createdAt, expiresAt }) => ({
      name: name.text,
      rule: name.rule,
      instance: name.instance,
      permissions,
      created_at: createdAt,
      expires_at: expiresAt,
      shared: name.shared,
    })),
    cursor: cursorOf(next),
  };
}
