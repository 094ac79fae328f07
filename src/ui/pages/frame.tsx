// What stands around each page: title, who is signed in, and the way out. It never shows a token.

import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { UiEnv } from '../session/env.ts';

export function show(
  c: Context<UiEnv>,
  title: string,
  content: Child,
  status: 200 | 400 | 401 | 403 | 404 | 405 | 500 | 502 | 503 = 200,
) {
  const { session } = c.var;
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
      </head>
      <body>
        <header>
          <a href="/ui">influx-sts</a>
          {session === null ? null : (
            <form method="post" action="/ui/sign-out">
              <input type="hidden" name="csrf" value={session.csrf} />
              <button type="submit">Sign out</button>
            </form>
          )}
        </header>
        <main>
          <h1>{title}</h1>
          {content}
        </main>
      </body>
    </html>
  );
  return c.html(`<!doctype html>${page.toString()}`, status);
}
