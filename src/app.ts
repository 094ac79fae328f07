// The HTTP application: the order of the middleware, and which route is mounted where.
// It never reads a request and never decides anything.

import { Hono } from 'hono';
import { failure } from './foundation/failure.ts';
import type { Runtime } from './foundation/runtime.ts';
import { auditUsage } from './http/audit-usage.ts';
import { crossOrigin } from './http/cross-origin.ts';
import { docs } from './http/docs/route.tsx';
import { explain } from './http/explain.ts';
import { metadata, WELL_KNOWN } from './http/metadata.ts';
import { oauthError } from './http/oauth-error.ts';
import { oauthRevoke } from './http/oauth-revoke.ts';
import { oauthToken } from './http/oauth-token.ts';
import { createReference, openapi } from './http/openapi/route.ts';
import { readyz } from './http/readyz.ts';
import { tokens } from './http/tokens.ts';
import { whoami } from './http/whoami.ts';
import type { Service } from './service/service.ts';
import { answer, type DoorEnv, door } from './web/door.ts';
import { reportFault } from './web/internal-error.ts';
import { problem } from './web/problem.ts';

const NOWHERE =
  'There is nothing at this address. Tokens are asked for by POST /v1/tokens; GET /docs lists every address.';

export function createApp(service: Service, runtime: Runtime): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  const reference = createReference();
  app.use(door(runtime));
  app.use(crossOrigin());
  app.route('/v1/tokens', tokens(service));
  app.route('/v1/explain', explain(service));
  app.route('/v1/whoami', whoami(service));
  app.route('/v1/audit/usage', auditUsage(service));
  app.route('/oauth/token', oauthToken(service));
  app.route('/oauth/revoke', oauthRevoke(service));
  app.route(WELL_KNOWN, metadata(service));
  app.route('/readyz', readyz(service));
  app.route('/openapi.json', openapi(reference));
  app.route('/docs', docs(reference));
  app.get('/healthz', (c) => answer(c, 200, { status: 'ok' }));
  app.all('/healthz', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  app.notFound((c) => problem(c, failure('not_found', NOWHERE).failure));
  app.onError((error, c) => {
    const refuse = c.req.path.startsWith('/oauth/') ? oauthError : problem;
    return refuse(c, reportFault(error, c.var.receipt.id, runtime));
  });
  return app;
}
