// `GET /docs`: the API's document as a page for people, rendered once on the first request. The page never loads anything and runs no
// script.

import { Hono } from 'hono';
import { failure } from '../../foundation/failure.ts';
import { answerText, type DoorEnv } from '../../web/door.ts';
import { problem } from '../../web/problem.ts';
import { apiDocument } from '../openapi/document.ts';
import { Page } from './page.tsx';
import { STYLE } from './style.ts';

interface Rendered {
  readonly html: string;
  readonly policy: string;
}

export function docs(): Hono<DoorEnv> {
  let rendered: Rendered | null = null;
  const app = new Hono<DoorEnv>();
  app.get('/', async (c) => {
    rendered ??= {
      html: `<!doctype html>${(<Page document={apiDocument()} />).toString()}`,
      policy: await contentSecurityPolicy(STYLE),
    };
    return answerText(c, 200, rendered.html, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': rendered.policy,
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
  });
  app.all('/', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  return app;
}

/** The one thing that the page may have is this style sheet. */
async function contentSecurityPolicy(style: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style)));
  const hash = btoa(String.fromCharCode(...digest));
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
