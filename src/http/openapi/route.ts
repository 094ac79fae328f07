// `GET /openapi.json`: the API's document. It is the same for every policy and never reveals anything of it.

import { Hono } from 'hono';
import { failure } from '../../foundation/failure.ts';
import { answerText, type DoorEnv } from '../../web/door.ts';
import { problem } from '../../web/problem.ts';
import { apiDocument } from './document.ts';

export function openapi(): Hono<DoorEnv> {
  let text: string | null = null;
  const app = new Hono<DoorEnv>();
  app.get('/', (c) => {
    text ??= JSON.stringify(apiDocument());
    return answerText(c, 200, text, { 'content-type': 'application/json' });
  });
  app.all('/', (c) => problem(c, failure('method_not_allowed', 'Use GET here.').failure, { allow: 'GET' }));
  return app;
}
