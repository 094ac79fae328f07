// The HTTP application: middleware order and mounting, nothing else.

import { Hono } from 'hono';
import { failure } from './failure.ts';
import { answer, type DoorEnv, door } from './http/door.ts';
import { explain } from './http/explain.ts';
import { metadata } from './http/metadata.ts';
import { oauthRevoke } from './http/oauth-revoke.ts';
import { oauthToken } from './http/oauth-token.ts';
import { problem } from './http/problem.ts';
import { readyz } from './http/readyz.ts';
import { tokens } from './http/tokens.ts';
import { whoami } from './http/whoami.ts';
import type { Runtime } from './runtime.ts';
import type { Service } from './service.ts';

export function createApp(service: Service, runtime: Runtime): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.use(door(runtime));
  app.route('/v1/tokens', tokens(service));
  app.route('/v1/explain', explain(service));
  app.route('/v1/whoami', whoami(service));
  app.route('/oauth/token', oauthToken(service));
  app.route('/oauth/revoke', oauthRevoke(service));
  app.route('/.well-known/oauth-authorization-server', metadata(service));
  app.route('/readyz', readyz(service));
  app.get('/healthz', (c) => answer(c, 200, { status: 'ok' }));
  app.all('/healthz', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  app.notFound((c) => problem(c, failure('not_found', 'There is nothing at this address.').failure));
  // A throw is a bug of ours: the operator gets its kind and place, the caller an id to quote. Its message may quote input.
  app.onError((error, c) => {
    const place = (error.stack ?? '')
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .map((line) => line.trim());
    runtime.alarm('internal_error', { request_id: c.var.receipt.id, error: error.name, place });
    return problem(
      c,
      failure('internal_error', 'This is a fault of the service. Quote the request id to its operator.').failure,
    );
  });
  return app;
}
