// The page of a visitor who is not signed in: where they can sign in, and why they are not.

import type { Context } from 'hono';
import { WIRE } from '../../web/problem.ts';
import type { UiEnv } from '../session/env.ts';
import type { SignInChoice } from '../session/sign-in.ts';
import { show } from './frame.tsx';

export async function choicePage(c: Context<UiEnv>, { ways, problem, signedOut }: SignInChoice): Promise<Response> {
  const refused = problem === null || problem.ok ? null : problem.failure;
  const title = refused !== null ? 'You are not signed in' : signedOut ? 'You are signed out' : 'Sign in';
  const content = (
    <>
      {refused === null ? null : (
        <p role="alert">
          {refused.detail} Request id: {c.var.receipt.id}
        </p>
      )}
      {ways.map(({ name, url }) => (
        <p>
          <a href={url}>Sign in with {name}</a>
        </p>
      ))}
    </>
  );
  return show(c, title, content, refused === null ? 200 : (WIRE[refused.reason].status as 400));
}
