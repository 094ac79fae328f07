// Lets programs in a browser call the service from a page of any origin (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol). This
// never gives a page more than it has: the API reads no cookie, so a request can do only what its credential can. The pages for people do
// read one, and no other page may call them.

import { createMiddleware } from 'hono/factory';
import { answer, type DoorEnv } from '../web/door.ts';

const ANY_PAGE = { 'access-control-allow-origin': '*' };

/** For the answer to a browser that asks before it sends. */
const ALLOWED = {
  ...ANY_PAGE,
  'access-control-allow-methods': 'GET, POST, DELETE',
  'access-control-allow-headers': 'authorization, content-type',
  // Seconds for which the browser may cache this answer.
  'access-control-max-age': '600',
};

/** The headers that a client uses. */
const READABLE = { ...ANY_PAGE, 'access-control-expose-headers': 'date, retry-after, www-authenticate, x-request-id' };

export function crossOrigin() {
  const shared = createMiddleware<DoorEnv>(async (c, next) => {
    const { method, headers } = c.req.raw;
    // Any other OPTIONS request is refused like an unknown method.
    if (method === 'OPTIONS' && headers.has('access-control-request-method')) return answer(c, 204, undefined, ALLOWED);
    await next();
    for (const [name, value] of Object.entries(READABLE)) c.res.headers.set(name, value);
  });
  return createMiddleware<DoorEnv>((c, next) => {
    const isPage = () => /^\/ui(\/|$)/.test(c.req.path);
    return c.req.raw.headers.has('origin') && !isPage() ? shared(c, next) : next();
  });
}
