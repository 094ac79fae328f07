// `GET /openapi.json`: the API's document, made once on the first request. It is the same for every policy and never reveals anything of
// it.

import { Hono } from 'hono';
import { failure } from '../../foundation/failure.ts';
import { answerText, type DoorEnv } from '../../web/door.ts';
import { problem } from '../../web/problem.ts';
import { createDocument } from './document.ts';
import type { OpenApiDocument } from './schemas.ts';

export interface Reference {
  readonly document: () => OpenApiDocument;
  readonly text: () => string;
}

export function createReference(): Reference {
  let document: OpenApiDocument | null = null;
  let text: string | null = null;
  const made = () => {
    document ??= createDocument();
    return document;
  };
  return {
    document: made,
    text: () => {
      text ??= JSON.stringify(made());
      return text;
    },
  };
}

export function openapi({ text }: Reference): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.get('/', (c) => answerText(c, 200, text(), { 'content-type': 'application/json' }));
  app.all('/', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  return app;
}
