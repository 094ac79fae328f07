// The page of a visitor who is not signed in: where they can sign in, and why they are not.

import type { Context } from 'hono';
import { WIRE } from '../../web/problem.ts';
import type { UiEnv } from '../session/env.ts';
import type { SignInChoice } from '../session/sign-in.ts';
import { show } from './frame.tsx';

export async function choicePage(
  c: Context<UiEnv>,
  { ways, proxied, problem, signedOut }: SignInChoice,
): Promise<Response> {
  const refused = problem === null || problem.ok ? null : problem.failure;
  const title = refused !== null ? 'You are not signed in' : signedOut ? 'You are signed out' : 'Sign in';
  const status = refused === null ? 200 : WIRE[refused.reason].status;
  return show(
    c,
    { title, status },
    <div class="narrow">
      <h1>{title}</h1>
      {refused === null ? (
        <p class="lead">
          {signedOut
            ? 'Your live tokens stay until they end; sign in again to revoke one.'
            : 'Get a token for a database that lives for minutes or hours, see which tokens live in your name, and end one with a click.'}
        </p>
      ) : (
        <>
          <p class="notice bad" role="alert">
            {refused.detail}
          </p>
          <p class="soft small">
            Request id <code>{c.var.receipt.id}</code>
          </p>
        </>
      )}
      {ways.length === 0 ? (
        <p>
          {proxied
            ? 'You sign in at Cloudflare Access, which has not let you through to here: open the page by the address that Access protects. '
            : 'The policy names no issuer to sign in with. '}
          <a href="/docs">The API</a> takes the tokens of the issuers that it trusts.
        </p>
      ) : (
        <div class="act">
          {ways.map(({ name, url }) => (
            <a class="button go" href={url}>
              Sign in with {name}
            </a>
          ))}
        </div>
      )}
      <ol class="steps">
        <li>
          <strong>Sign in</strong> with the account that you have anyway.
        </li>
        <li>
          <strong>Choose</strong> a database and for how long, within what the policy gives you.
        </li>
        <li>
          <strong>Copy</strong> the token or the lines for your tool. It ends by itself.
        </li>
      </ol>
    </div>,
  );
}
