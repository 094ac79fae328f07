// Who is at the page: the session of a request, and whether a form of it is one of ours. The session cookie holds the subject token alone,
// sealed; the token is verified by each use case, so that nothing here has to be believed.

import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { base64url } from 'jose';
import { type Failure, failure, type Result, success } from '../../foundation/failure.ts';
import { equalInConstantTime } from '../../foundation/keyring.ts';
import { readBounded } from '../../foundation/outbound.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { Entrance } from '../../service/entrance.ts';
import { readCookie } from './cookies.ts';
import type { Session, UiEnv } from './env.ts';
import { createSeal } from './seal.ts';

export type { Session } from './env.ts';

/** By which Cloudflare Access hands its token over; never looked at unless the policy trusts a team of it. */
const PROXY_HEADER = 'cf-access-jwt-assertion';
/** A form holds a few fields, and perhaps a subject token. */
const MAX_FORM_BYTES = 24 * 1024;
/** However long the token lives. */
export const SESSION_MS = 8 * 60 * 60_000;

export function readSession(entrance: Result<Entrance>, runtime: Runtime) {
  return createMiddleware<UiEnv>(async (c, next) => {
    c.set('session', entrance.ok ? await sessionOf(c, entrance.value, runtime) : null);
    c.set('form', new URLSearchParams());
    await next();
  });
}

async function sessionOf(c: Context<UiEnv>, entrance: Entrance, runtime: Runtime): Promise<Session | null> {
  const { keyring, readProxied, proxied, ways } = entrance;
  const handed = proxied ? (c.req.header(PROXY_HEADER) ?? null) : null;
  const ofProxy = handed === null ? null : readProxied(handed);
  if (handed !== null && ofProxy !== null) return withCsrf(handed, ofProxy);
  const opened = await createSeal(keyring, runtime).open('session', readCookie(c, 'sts-session'));
  if (opened === null) return null;
  const { token, issuer } = opened.content;
  // An issuer that has left the policy, or its login, is no way in any more.
  const known = ways.some(({ name }) => name === issuer);
  if (!known || typeof token !== 'string' || typeof issuer !== 'string') return null;
  return withCsrf(token, { issuer, endsAt: opened.endsAt });

  async function withCsrf(subjectToken: string, more: Pick<Session, 'issuer' | 'endsAt'>): Promise<Session> {
    return { subjectToken, ...more, csrf: base64url.encode(await keyring.authenticate('form', subjectToken)) };
  }
}

/** Shows a refusal as a page. */
export type Refuse = (c: Context<UiEnv>, refused: Failure, status?: number) => Promise<Response>;

/** Reads the form of a POST, and lets none pass that a page of this session has not sent; refusals are recorded. */
export function guardPosts(entrance: Result<Entrance>, refuse: Refuse) {
  return createMiddleware<UiEnv>(async (c, next) => {
    if (c.req.method === 'GET' || c.req.method === 'HEAD') return next();
    const form = await readForm(c.req.raw);
    if (form.ok) c.set('form', form.value);
    const checked = form.ok ? checkPost(c, c.var.session) : form;
    if (checked.ok) return next();
    if (entrance.ok) await entrance.value.begin(c.var.receipt, checked);
    // The sender was understood, and may not (RFC 9110 section 15.5.4).
    return refuse(c, checked.failure, checked.failure.reason === 'request_malformed' ? 403 : undefined);
  });
}

/** The origin is our own, and the form carries what only a page of this session was given. */
export function checkPost(c: Context<UiEnv>, session: Session | null): Result<null> {
  const origin = c.req.header('origin');
  if (origin === undefined || origin !== new URL(c.req.url).origin) {
    return failure('request_malformed', 'This form was not sent by a page of this service, so nothing was done.');
  }
  if (session === null) {
    return failure('token_missing', 'Your session has ended, so nothing was done. Sign in, and send the form again.');
  }
  const encode = (text: string) => new TextEncoder().encode(text);
  if (!equalInConstantTime(encode(c.var.form.get('csrf') ?? ''), encode(session.csrf))) {
    return failure(
      'request_malformed',
      'This form belongs to another session, so nothing was done. Go back, load the page again, and send it from there.',
    );
  }
  return success(null);
}

async function readForm(request: Request): Promise<Result<URLSearchParams>> {
  const [type] = (request.headers.get('content-type') ?? '').split(';');
  if (type!.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    return failure('content_type_unsupported', 'Send the form as the page does.');
  }
  const body = await readBounded(request, MAX_FORM_BYTES).catch(() => null);
  if (body === null) return failure('request_malformed', 'The form did not arrive as a whole.');
  if (body.ok) return success(new URLSearchParams(body.text));
  return body.fault === 'too_large'
    ? failure('body_too_large', `The form is larger than ${MAX_FORM_BYTES} bytes.`)
    : failure('request_malformed', 'The form is no text.');
}
