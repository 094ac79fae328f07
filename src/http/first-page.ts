// `GET /`: leads a browser to the page for people, or to the documentation where nobody can sign in. Programs find nothing here.

import { Hono } from 'hono';
import type { Service } from '../service/service.ts';
import { answerText, type DoorEnv } from '../web/door.ts';

export function firstPage(entrance: Service['entrance']): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  const open = entrance.ok && (entrance.value.ways.length > 0 || entrance.value.proxied);
  app.get('/', async (c, next) => {
    if (!/\btext\/html\b/i.test(c.req.header('accept') ?? '')) return next();
    return answerText(c, 302, null, { location: open ? '/ui' : '/docs', vary: 'accept' });
  });
  return app;
}
