// What a person sees when a page refuses, fails, or is none.

import type { Context } from 'hono';
import type { Failure } from '../../foundation/failure.ts';
import { WIRE } from '../../web/problem.ts';
import type { UiEnv } from '../session/env.ts';
import { show } from './frame.tsx';

export async function refusalPage(
  c: Context<UiEnv>,
  { reason, detail }: Failure,
  status: number = WIRE[reason].status,
): Promise<Response> {
  const content = (
    <>
      <p role="alert">{detail}</p>
      <p>
        <a href="/ui">Go to the first page</a>. Request id: {c.var.receipt.id}
      </p>
    </>
  );
  return show(c, WIRE[reason].title, content, status as 400);
}
