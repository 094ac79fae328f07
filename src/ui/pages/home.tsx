// The first page: who the service thinks you are.

import type { Context } from 'hono';
import { success } from '../../foundation/failure.ts';
import type { Service } from '../../service/service.ts';
import type { Session, UiEnv } from '../session/env.ts';
import { show } from './frame.tsx';
import { refusalPage } from './refusal.tsx';

export async function homePage(
  c: Context<UiEnv>,
  session: Session,
  { whoami }: Pick<Service, 'whoami'>,
): Promise<Response> {
  const asked = await whoami(c.var.receipt, success(session.subjectToken));
  if (!asked.ok) return refusalPage(c, asked.failure);
  return show(c, 'A token for a database', <p>You are {asked.value.description}.</p>);
}
