// The HTTP application: the order of the middleware, and which route is mounted where. What every caller needs is imported here; what people
// look at now and then is loaded when it is asked for. It never reads a request and never decides anything.

import { Hono } from 'hono';
import { failure } from './foundation/failure.ts';
import type { Runtime } from './foundation/runtime.ts';
import { auditEvents } from './http/audit-events.ts';
import { auditUsage } from './http/audit-usage.ts';
import { crossOrigin } from './http/cross-origin.ts';
import { explain } from './http/explain.ts';
import { firstPage } from './http/first-page.ts';
import { metadata, WELL_KNOWN } from './http/metadata.ts';
import { oauthError } from './http/oauth-error.ts';
import { oauthRevoke } from './http/oauth-revoke.ts';
import { oauthToken } from './http/oauth-token.ts';
import { readyz } from './http/readyz.ts';
import { switches } from './http/switches.ts';
import { tokens } from './http/tokens.ts';
import { whoami } from './http/whoami.ts';
import type { Service } from './service/service.ts';
import { answer, type DoorEnv, door } from './web/door.ts';
import { reportFault } from './web/internal-error.ts';
import { lazyDoor } from './web/lazy-door.ts';
import { problem } from './web/problem.ts';

const NOWHERE =
  'There is nothing at this address. Tokens are asked for by POST /v1/tokens; GET /docs lists every address.';

export function createApp(service: Service, runtime: Runtime): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.use(door(runtime));
  app.use(crossOrigin());
  app.route('/v1/tokens', tokens(service));
  app.route('/v1/explain', explain(service));
  app.route('/v1/whoami', whoami(service));
  app.route('/v1/switches', switches(service));
  app.route('/v1/audit/events', auditEvents(service));
  app.route('/v1/audit/usage', auditUsage(service));
  app.route('/oauth/token', oauthToken(service));
  app.route('/oauth/revoke', oauthRevoke(service));
  app.route(WELL_KNOWN, metadata(service));
  app.route('/readyz', readyz(service));
  lazyDoor(app, '/openapi.json', async () => (await import('./http/openapi/route.ts')).openapi());
  lazyDoor(app, '/docs', async () => (await import('./http/docs/route.tsx')).docs());
  lazyDoor(app, '/ui', async () => (await import('./ui/route.tsx')).ui({ service, runtime }));
  app.route('/', firstPage(service.entrance));
  app.get('/healthz', (c) => answer(c, 200, { status: 'ok' }));
  app.all('/healthz', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  app.notFound((c) => problem(c, failure('not_found', NOWHERE).failure));
  app.onError((error, c) => {
    const refuse = c.req.path.startsWith('/oauth/') ? oauthError : problem;
    return refuse(c, reportFault(error, c.get('receipt').id, runtime));
  });
  return app;
}
