// The frame of every page for people: the bar on top, the one style sheet before the page and the one script after it. Text is escaped by
// the renderer, so nothing that a claim holds becomes markup. It never loads anything from elsewhere.

import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import { Mark } from '../../web/look/mark.tsx';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

export type Place = 'token' | 'decision';

export interface FrameProps {
  readonly title: string;
  /** The one that the page's policy names: no other style or script counts. */
  readonly nonce: string;
  /** The service's clock, milliseconds: countdowns go by it and not by the reader's. */
  readonly now: number;
  /** Absent where nobody has signed in. */
  readonly person?: { readonly name: string; readonly endsAt: number; readonly csrf: string };
  readonly here?: Place;
  readonly children?: Child;
}

export function Frame({ title, nonce, now, person, here, children }: FrameProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{`${title} · influx-sts`}</title>
        <style nonce={nonce}>{raw(STYLE)}</style>
      </head>
      <body data-now={now}>
        <a class="skip" href="#main">
          Skip to the page
        </a>
        <header class="bar">
          <a class="brand" href="/ui">
            <Mark />
            influx-sts
          </a>
          {person === undefined ? null : <Places here={here} />}
          {person === undefined ? null : <Person person={person} />}
        </header>
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <p class="aside" role="status" id="said" />
        <script nonce={nonce}>{raw(SCRIPT)}</script>
      </body>
    </html>
  );
}

function Places({ here }: { readonly here: Place | undefined }) {
  const places = [
    ['token', '/ui', 'Tokens'],
    ['decision', '/ui/decision', 'Decisions'],
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

function Person({ person }: { readonly person: NonNullable<FrameProps['person']> }) {
  return (
    <form class="person" method="post" action="/ui/sign-out">
      <input type="hidden" name="csrf" value={person.csrf} />
      <span class="name" title={person.name}>
        {person.name}
      </span>
      <button class="quiet" type="submit">
        Sign out
      </button>
    </form>
  );
}
