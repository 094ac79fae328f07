// The journey of a person to their issuer and back: /ui/sign-in, /ui/callback, /ui/renew and /ui/sign-out. What is under way is kept by the
// browser, sealed, and serves one answer. No refresh token is kept, and no token ever stands in an address.

import { type Context, Hono } from 'hono';
import { base64url } from 'jose';
import { failure, type Result } from '../../foundation/failure.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { Entrance, WayIn } from '../../service/entrance.ts';
import { dropCookie, LONGEST_VALUE, MAX_PART, readCookie, writeCookie } from './cookies.ts';
import type { UiEnv } from './env.ts';
import { HOME, localPath } from './local-path.ts';
import { type Attempt, createProvider } from './provider.ts';
import { createSeal, type Opened } from './seal.ts';
import { SESSION_MS } from './session.ts';

/** What the page about signing in shows. */
export interface SignInChoice {
  readonly ways: readonly { readonly name: string; readonly url: string }[];
  /** People come through a proxy such as Cloudflare Access, or may. */
  readonly proxied: boolean;
  /** Why there is no session, where there is more to say than that. */
  readonly problem: Result<never> | null;
  /** The person has just signed out. */
  readonly signedOut: boolean;
}

/** How the pages show what the journey comes to. */
export interface SignInViews {
  readonly choice: (c: Context<UiEnv>, choice: SignInChoice) => Promise<Response>;
}

/** A person may have to look for their phone. */
const JOURNEY_MS = 10 * 60_000;
const RANDOM_BYTES = 32;
/** A proxy of Cloudflare ends its own session there. */
const PROXY_SIGN_OUT = '/cdn-cgi/access/logout';

/** Where a person signs in, and then goes on to `next`; without an issuer they choose one. */
export function signInUrl(next: string, issuer?: string): string {
  const query = new URLSearchParams({ ...(issuer === undefined ? {} : { issuer }), next: localPath(next) });
  return `${HOME}/sign-in?${query}`;
}

/** Asks the issuer for a fresh token without a word to the person, and then goes on to `next`. */
export function renewUrl(next: string): string {
  return `${HOME}/renew?${new URLSearchParams({ next: localPath(next) })}`;
}

export function choiceOf(entrance: Entrance, next: string, more: Partial<SignInChoice> = {}): SignInChoice {
  const ways = entrance.ways.map(({ name }) => ({ name, url: signInUrl(next, name) }));
  return { ways, proxied: entrance.proxied, problem: null, signedOut: false, ...more };
}

export function signIn(entrance: Entrance, runtime: Runtime, views: SignInViews): Hono<UiEnv> {
  const provider = createProvider(runtime, entrance.development);
  const seal = createSeal(entrance.keyring, runtime);
  const app = new Hono<UiEnv>();

  app.get('/sign-in', async (c) => {
    const next = localPath(c.req.query('next'));
    const named = c.req.query('issuer');
    const [only] = entrance.ways.length === 1 ? entrance.ways : [];
    const signedOut = c.req.query('signed_out') !== undefined;
    const way = named === undefined ? (signedOut ? undefined : only) : wayOf(named);
    if (way === undefined) return views.choice(c, choiceOf(entrance, next, { signedOut }));
    return depart(c, way, { next, silent: false });
  });

  app.get('/renew', async (c) => {
    const next = localPath(c.req.query('next'));
    const renewal = await seal.open('renewal', readCookie(c, 'sts-renewal'));
    const way = wayOf(renewal?.content.issuer);
    if (way === undefined) return c.redirect(signInUrl(next), 302);
    return depart(c, way, { next, silent: true });
  });

  app.get('/callback/:issuer', async (c) => {
    const journey = await seal.open('sign-in', readCookie(c, 'sts-sign-in'));
    // It serves one answer, whatever that is.
    dropCookie(c, 'sts-sign-in');
    const way = wayOf(c.req.param('issuer'));
    if (journey === null || way === undefined || journey.content.issuer !== way.name) {
      // Any site can lead a browser here, so nothing of the person's is dropped for it.
      const notBegun = failure('request_malformed', NOT_BEGUN);
      await entrance.begin(c.var.receipt, notBegun);
      return views.choice(c, choiceOf(entrance, HOME, { problem: notBegun }));
    }
    return arrive(c, way, journey.content as unknown as Journey);
  });

  app.post('/sign-out', (c) => {
    const proxied = !entrance.ways.some(({ name }) => name === c.var.session?.issuer);
    for (const name of ['sts-session', 'sts-sign-in', 'sts-renewal'] as const) dropCookie(c, name);
    return c.redirect(proxied ? PROXY_SIGN_OUT : `${HOME}/sign-in?signed_out`, 303);
  });
  return app;

  function wayOf(name: unknown): WayIn | undefined {
    return entrance.ways.find((way) => way.name === name);
  }

  async function depart(c: Context<UiEnv>, way: WayIn, to: { readonly next: string; readonly silent: boolean }) {
    const attempt: Attempt = { state: randomText(), nonce: randomText(), verifier: randomText() };
    const { silent, next } = to;
    const url = await provider.begin(way, attempt, { redirectUri: callbackOf(c, way), silent });
    if (!url.ok) return views.choice(c, choiceOf(entrance, next, { problem: url }));
    const journey: Journey = { ...attempt, issuer: way.name, next, silent: silent ? 1 : 0 };
    const sealed = await seal.seal('sign-in', { ...journey }, runtime.now() + JOURNEY_MS);
    writeCookie(c, 'sts-sign-in', sealed, JOURNEY_MS / 1000);
    return c.redirect(url.value, 302);
  }

  async function arrive(c: Context<UiEnv>, way: WayIn, journey: Journey): Promise<Response> {
    const { next, silent } = journey;
    const renewal = silent === 1 ? await seal.open('renewal', readCookie(c, 'sts-renewal')) : null;
    const parameters = new URL(c.req.url).searchParams;
    const token = await provider.finish(way, journey, { redirectUri: callbackOf(c, way), parameters });
    if (!token.ok && silent === 1 && token.failure.members?.issuer_error !== undefined) {
      // Nothing has gone wrong: the issuer wants to see the person.
      dropCookie(c, 'sts-renewal');
      return c.redirect(`${HOME}/sign-in?${new URLSearchParams({ issuer: way.name, next })}`, 302);
    }
    if (!token.ok) return arriveRefused(c, next, token);
    const read = { ok: true, value: { issuer: way.name, subjectToken: token.value } } as const;
    const begun = await entrance.begin(c.var.receipt, read);
    if (!begun.ok) return arriveRefused(c, next, begun, false);
    if (silent === 1 && renewal?.content.subject !== begun.value.subject) {
      // Somebody else has signed in at the issuer meanwhile: they say so themselves.
      dropCookie(c, 'sts-renewal');
      return c.redirect(signInUrl(next), 302);
    }
    return keep(c, way, { subjectToken: token.value, ...begun.value, next, renewal });
  }

  async function keep(
    c: Context<UiEnv>,
    way: WayIn,
    begun: {
      readonly subjectToken: string;
      readonly subject: string;
      readonly endsAt: number;
      readonly next: string;
      readonly renewal: Opened | null;
    },
  ): Promise<Response> {
    const now = runtime.now();
    const { subjectToken: token, subject, next, renewal } = begun;
    // Counted from the sign-in that the person took part in.
    const last = renewal?.endsAt ?? now + SESSION_MS;
    const endsAt = Math.min(begun.endsAt, last);
    const sealed = await seal.seal('session', { token, issuer: way.name }, endsAt);
    if (sealed.length > LONGEST_VALUE) return arriveRefused(c, next, failure('token_malformed', TOO_LARGE));
    writeCookie(c, 'sts-session', sealed, Math.floor((endsAt - now) / 1000));
    const forLater = await seal.seal('renewal', { issuer: way.name, subject }, last);
    // Beside a large session only a small one: servers refuse more than 16 KiB of headers. Without it the person signs in again.
    if (forLater.length > MAX_PART) dropCookie(c, 'sts-renewal');
    else writeCookie(c, 'sts-renewal', forLater, Math.floor((last - now) / 1000));
    return c.redirect(next, 303);
  }

  /** @param unrecorded the use case has not seen it yet */
  async function arriveRefused(c: Context<UiEnv>, next: string, refused: Result<never>, unrecorded = true) {
    dropCookie(c, 'sts-renewal');
    if (unrecorded) await entrance.begin(c.var.receipt, refused);
    return views.choice(c, choiceOf(entrance, next, { problem: refused }));
  }

  function randomText(): string {
    return base64url.encode(runtime.random(RANDOM_BYTES));
  }
}

/** One address for each issuer, so that no answer of one can pass for another's (RFC 9700 section 4.4.2.2). */
function callbackOf(c: Context<UiEnv>, { name }: WayIn): string {
  return `${new URL(c.req.url).origin}${HOME}/callback/${name}`;
}

interface Journey extends Attempt {
  readonly issuer: string;
  readonly next: string;
  readonly silent: 0 | 1;
}

const NOT_BEGUN =
  'This answer belongs to no sign-in that this browser has begun in the last ten minutes, so it was not accepted. Sign in again.';
const TOO_LARGE =
  "The token of your issuer is too large for the page's cookies. Let the issuer put less into it, such as fewer groups.";
