// The frame of every page for people: the bar on top, the one style sheet before the page and the one script after it. Text is escaped by
// the renderer, so nothing that a claim holds becomes markup. It never loads anything from elsewhere.

import type { Context } from 'hono';
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { ICON, Mark } from '../../web/look/mark.tsx';
import type { Session, UiEnv } from '../session/env.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

type Place = 'tokens' | 'decisions';

export interface FrameProps {
  readonly title: string;
  readonly here?: Place;
  /** Of the person, where it is known. */
  readonly name?: string;
  readonly status?: number;
}

/** Answers with a page. */
export function show(c: Context<UiEnv>, { status = 200, ...frame }: FrameProps, content: Child): Response {
  const { session, nonce, receipt } = c.var;
  const page = (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${frame.title} · influx-sts`}</title>
        <link rel="icon" href={ICON} />
        <style nonce={nonce}>{raw(STYLE)}</style>
      </head>
      {/* The service's clock: countdowns go by it and not by the reader's. */}
      <body data-now={String(receipt.receivedAt)}>
        <a class="skip" href="#main">
          Skip to the page
        </a>
        <header class="bar">
          <a class="brand" href="/ui">
            <Mark />
            influx-sts
          </a>
          {session === null ? null : (
            <>
              <Places here={frame.here} />
              <Person session={session} name={frame.name} />
            </>
          )}
        </header>
        <main id="main" tabindex={-1}>
          {content}
        </main>
        <p class="aside" role="status" id="said" />
        <script nonce={nonce}>{raw(SCRIPT)}</script>
      </body>
    </html>
  );
  return c.html(`<!doctype html>${page.toString()}`, status as 200);
}

function Places({ here }: { readonly here: Place | undefined }) {
  const places = [
    ['tokens', '/ui', 'Tokens'],
    ['decisions', '/ui/decisions', 'Decisions'],
    ['api', '/docs', 'API'],
  ] as const;
  return (
    <nav aria-label="Pages">
      {places.map(([place, href, name]) => (
        <a href={href} aria-current={place === here ? 'page' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}

function Person({ session, name }: { readonly session: Session; readonly name: string | undefined }) {
  return (
    <form class="person" method="post" action="/ui/sign-out">
      <input type="hidden" name="csrf" value={session.csrf} />
      <span class="name" title={name}>
        {name ?? `signed in at ${session.issuer}`}
      </span>
      <button class="quiet" type="submit">
        Sign out
      </button>
    </form>
  );
}
