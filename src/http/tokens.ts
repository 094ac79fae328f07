// `/v1/tokens`: vend, list and revoke.
// It reads requests and writes answers, and never decides anything.

import { Hono } from 'hono';
import type * as z from 'zod';
import { success } from '../foundation/failure.ts';
import type { TokenPage } from '../service/list.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer } from '../web/door.ts';
import { problem } from '../web/problem.ts';
import { tokenBody } from '../web/token-answer.ts';
import { permissionRequest, readSound, vendRequest } from '../web/vend-request.ts';
import { getQuery, postJson, refuseOtherMethods } from './credential-route.ts';
import { cursorOf, listFilter, listQuery } from './list-query.ts';
import type { pageAnswer } from './openapi/answers.ts';

export function tokens({ exchange, list, revoke }: Pick<Service, 'exchange' | 'list' | 'revoke'>): Hono<DoorEnv> {
  const app = postJson({
    schema: vendRequest,
    readSound,
    useCase: exchange,
    read: (subjectToken, body) => ({ subjectToken, request: permissionRequest(body) }),
    answer: (c, token) => answer(c, 201, tokenBody(token)),
  });
  getQuery(app, {
    schema: listQuery,
    useCase: list,
    read: (subjectToken, query) => ({ subjectToken, filter: listFilter(query) }),
    answer: (c, page) => answer(c, 200, pageBody(page)),
  });
  refuseOtherMethods(app, 'GET, POST', exchange);
  app.route('/:name', oneToken({ revoke }));
  return app;
}

/** `DELETE /v1/tokens/{name}`, with a subject token or a lease. */
function oneToken({ revoke }: Pick<Service, 'revoke'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.delete('/', async (c) => {
    const bearer = readBearer(c);
    const name = c.req.param('name' as never) ?? '';
    const result = await revoke(c.get('receipt'), bearer.ok ? success({ credential: bearer.value, name }) : bearer);
    if (!result.ok) return problem(c, result.failure);
    return answer(c, result.value === 'revoked' ? 204 : 202, undefined);
  });
  refuseOtherMethods(app, 'DELETE', revoke);
  return app;
}

function pageBody({ entries, next, incomplete }: TokenPage): z.input<typeof pageAnswer> {
  return {
    tokens: entries.map(({ name, permissions, createdAt, expiresAt, endedAt, end, by }) => ({
      name: name.text,
      rule: name.rule,
      instance: name.instance,
      permissions: [...permissions],
      created_at: createdAt,
      expires_at: expiresAt,
      shared: name.shared,
      ...(endedAt === undefined ? {} : { ended_at: endedAt }),
      ...(end === undefined ? {} : { end }),
      ...(by === undefined ? {} : { revoked_by: by }),
    })),
    incomplete: [...incomplete],
    cursor: cursorOf(next),
  };
}
