// The page for people, mounted at /ui: which middleware stands before each request, and which page is where. It calls the use cases with
// the token of the session, exactly as the API does.

import { Hono } from 'hono';
import { createMiddleware } from 'hono/factory';
import { failure } from '../foundation/failure.ts';
import type { Runtime } from '../foundation/runtime.ts';
import type { Service } from '../service/service.ts';
import { reportFault } from '../web/internal-error.ts';
import { pages } from './pages/pages.tsx';
import { refusalPage } from './pages/refusal.tsx';
import { choicePage } from './pages/sign-in.tsx';
import { hasRenewal } from './session/cookies.ts';
import type { UiEnv } from './session/env.ts';
import { pageHeaders } from './session/headers.ts';
import { guardPosts, readSession } from './session/session.ts';
import { choiceOf, renewUrl, signIn } from './session/sign-in.ts';

export interface UiDependencies {
  readonly service: Service;
  readonly runtime: Runtime;
}

export function ui({ service, runtime }: UiDependencies): Hono<UiEnv> {
  const { entrance } = service;
  const app = new Hono<UiEnv>();
  app.use(pageHeaders(runtime, entrance.ok ? entrance.value.proxyOrigins : []));
  app.use(readSession(entrance, runtime));
  app.use(guardPosts(entrance, refusalPage));
  if (entrance.ok) app.route('/', signIn(entrance.value, runtime, { choice: choicePage }));

  const signedIn = createMiddleware<UiEnv>(async (c, next) => {
    if (!entrance.ok) return refusalPage(c, entrance.failure);
    if (c.var.session !== null) return next();
    const { pathname, search } = new URL(c.req.url);
    if (hasRenewal(c)) return c.redirect(renewUrl(pathname + search), 302);
    return choicePage(c, choiceOf(entrance.value, pathname + search));
  });
  for (const path of ['/', '/token', '/revoke', '/decisions']) app.use(path, signedIn);
  app.route('/', pages(service));

  const nowhere = entrance.ok ? failure('not_found', 'There is no page at this address.') : entrance;
  app.all('*', (c) => refusalPage(c, nowhere.failure));
  app.onError((error, c) => refusalPage(c, reportFault(error, c.var.receipt.id, runtime)));
  return app;
}
