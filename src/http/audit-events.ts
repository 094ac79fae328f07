// `/v1/audit/events`: the trail, page by page, and all that is kept of one request.
// It reads requests and writes answers, and never decides who may read.

import { Hono } from 'hono';
import { success } from '../foundation/failure.ts';
import { gateName } from '../service/audit-events.ts';
import type { Service } from '../service/service.ts';
import { answer, type DoorEnv, readBearer, type Shown } from '../web/door.ts';
import { problem } from '../web/problem.ts';
import { auditFilter, auditQuery, cursorTo } from './audit-query.ts';
import { getQuery, refuseOtherMethods } from './credential-route.ts';
import type { eventsAnswer, requestAnswer } from './openapi/audit-answers.ts';

type UseCases = Pick<Service, 'readAuditEvents' | 'showAuditRequest'>;

export function auditEvents({ readAuditEvents, showAuditRequest }: UseCases): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  getQuery(app, {
    schema: auditQuery,
    useCase: readAuditEvents,
    read: (subjectToken, query) => ({ subjectToken, query: auditFilter(query) }),
    answer: (c, { entries, silent, next }) => {
      const body: Shown<typeof eventsAnswer> = {
        events: entries,
        incomplete: silent.map(gateName),
        cursor: cursorTo(next),
      };
      return answer(c, 200, body);
    },
  });
  refuseOtherMethods(app, 'GET', readAuditEvents);
  app.route('/:request_id', oneRequest({ showAuditRequest }));
  return app;
}

function oneRequest({ showAuditRequest }: Pick<UseCases, 'showAuditRequest'>): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    const bearer = readBearer(c);
    const requestId = c.req.param('request_id' as never) ?? '';
    const asked = bearer.ok ? success({ subjectToken: bearer.value, requestId }) : bearer;
    const result = await showAuditRequest(c.var.receipt, asked);
    if (!result.ok) return problem(c, result.failure);
    const { entries, pending, silent } = result.value;
    const body: Shown<typeof requestAnswer> = { events: entries, open: pending, incomplete: silent.map(gateName) };
    return answer(c, 200, body);
  });
  refuseOtherMethods(app, 'GET', showAuditRequest);
  return app;
}
