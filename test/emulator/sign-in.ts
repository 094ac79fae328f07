// The parts of an issuer that let people sign in: the endpoints of the authorization code flow with PKCE, of the device flow and of refresh
// tokens (OpenID Connect Core, RFC 7636, RFC 8628). Every visitor is the same person, and is signed in at once; unless there are several
// people to choose from, on a page with a button for each.

import { createHash } from 'node:crypto';
import type { Issuer } from './issuer.ts';

export interface SignIn {
  /** Answers what is the sign-in's to answer, discovery included; null for the rest. */
  readonly fetch: (request: Request) => Promise<Response | null>;
  /** Every token request's parameters, oldest first. */
  readonly tokenRequests: URLSearchParams[];
  /** How the next answers depart from the usual. */
  faults: SignInFaults;
}

export interface SignInFaults {
  /** Laid over what the browser brings back; a value of null leaves a parameter out. */
  readonly callback?: Readonly<Record<string, string | null>>;
  /** Laid over the metadata. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Laid over the claims of ID tokens. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The error of the token endpoint. */
  readonly token?: string;
  /** Takes any verifier, as an issuer does that knows no PKCE. */
  readonly withoutPkce?: boolean;
  /** Nobody is signed in at the issuer, so that it answers nothing without a word to the person. */
  readonly stranger?: boolean;
  /** How often the device flow is told to wait. */
  readonly pending?: number;
}

export interface Person {
  /** What their button says. */
  readonly label: string;
  readonly claims: Readonly<Record<string, unknown>>;
}

export interface SignInOptions {
  readonly issuer: Issuer;
  readonly clientId: string;
  /** Of a confidential client; it then proves itself with each code. */
  readonly clientSecret?: string;
  /** Where clients may be sent back; to the command by default. */
  readonly redirects?: RegExp;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The people that a visitor chooses from, by the name that their button sends. */
  readonly people?: Readonly<Record<string, Person>>;
  readonly now?: () => number;
  /** Seconds. */
  readonly life?: () => number;
}

interface Code {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly challenge: string;
  readonly redirectUri: string;
  readonly nonce: string;
}

export function createSignIn(options: SignInOptions): SignIn {
  const { issuer, clientId, clientSecret, claims, people, life = () => 3_600, now = Date.now } = options;
  const { redirects = /^http:\/\/127\.0\.0\.1:\d+\/callback$/ } = options;
  const { iss } = issuer;
  /** Whom the issuer knows by its own session: one browser, in tests and on one machine. */
  let signedIn: string | null = null;
  const base = new URL(iss).pathname.replace(/\/$/, '');
  const codes = new Map<string, Code>();
  const refreshTokens = new Set<string>();
  let asked = 0;

  const signIn: SignIn = {
    tokenRequests: [],
    faults: {},
    fetch: async (request) => {
      const url = new URL(request.url);
      const path = url.pathname.slice(base.length);
      switch (`${request.method} ${path}`) {
        case 'GET /.well-known/openid-configuration':
          return Response.json(metadata());
        case 'GET /authorize':
          return authorize(url);
        case 'POST /device':
          return Response.json({
            device_code: 'device',
            user_code: 'WDJB-MJHT',
            verification_uri: `${iss}/activate`,
            verification_uri_complete: `${iss}/activate?user_code=WDJB-MJHT`,
            expires_in: 60,
            interval: 1,
          });
        case 'POST /token':
          return token(new URLSearchParams(await request.text()), request.headers.get('authorization'));
        default:
          return null;
      }
    },
  };

  function metadata(): Record<string, unknown> {
    return {
      issuer: iss,
      authorization_endpoint: `${iss}/authorize`,
      token_endpoint: `${iss}/token`,
      device_authorization_endpoint: `${iss}/device`,
      jwks_uri: `${iss}/.well-known/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'offline_access'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: [clientSecret === undefined ? 'none' : 'client_secret_basic'],
      authorization_response_iss_parameter_supported: true,
      ...signIn.faults.metadata,
    };
  }

  function authorize(url: URL): Response {
    const parameters = url.searchParams;
    const sound =
      parameters.get('client_id') === clientId &&
      parameters.get('response_type') === 'code' &&
      parameters.get('code_challenge_method') === 'S256' &&
      redirects.test(parameters.get('redirect_uri') ?? '');
    if (!sound) return new Response('not as it should be', { status: 400 });
    const silent = parameters.get('prompt') === 'none';
    if (silent && signIn.faults.stranger === true) return back({ error: 'login_required' }, parameters);
    const chosen = parameters.get('person') ?? (silent ? signedIn : null);
    const person = chosen === null ? undefined : people?.[chosen];
    if (people !== undefined && person === undefined) {
      return silent ? back({ error: 'login_required' }, parameters) : choice(url, people);
    }
    signedIn = chosen;
    const code = crypto.randomUUID();
    const [challenge, redirectUri, nonce] = ['code_challenge', 'redirect_uri', 'nonce'].map(
      (one) => parameters.get(one) ?? '',
    );
    const claimed = person?.claims ?? claims;
    codes.set(code, { claims: claimed, challenge: challenge!, redirectUri: redirectUri!, nonce: nonce! });
    return back({ code }, parameters);
  }

  function back(answer: Readonly<Record<string, string>>, parameters: URLSearchParams): Response {
    const to = new URL(parameters.get('redirect_uri')!);
    const brought = { ...answer, state: parameters.get('state'), iss, ...signIn.faults.callback };
    for (const [name, value] of Object.entries(brought)) if (value !== null) to.searchParams.set(name, value);
    return Response.redirect(to.href, 302);
  }

  async function token(parameters: URLSearchParams, authorization: string | null): Promise<Response> {
    signIn.tokenRequests.push(parameters);
    if (clientSecret !== undefined && !provesItself(authorization)) return refusal('invalid_client');
    const { token: error, pending = 0 } = signIn.faults;
    if (error !== undefined) return refusal(error);
    switch (parameters.get('grant_type')) {
      case 'authorization_code': {
        const code = codes.get(parameters.get('code') ?? '');
        codes.delete(parameters.get('code') ?? '');
        const proof = createHash('sha256')
          .update(parameters.get('code_verifier') ?? '')
          .digest('base64url');
        const proven = code?.challenge === proof || signIn.faults.withoutPkce === true;
        if (code === undefined || !proven || code.redirectUri !== parameters.get('redirect_uri'))
          return refusal('invalid_grant');
        return tokens(code.claims, { nonce: code.nonce });
      }
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return asked++ < pending ? refusal('authorization_pending') : tokens(claims, {});
      case 'refresh_token': {
        const known = refreshTokens.delete(parameters.get('refresh_token') ?? '');
        return known ? tokens(claims, {}) : refusal('invalid_grant');
      }
      default:
        return refusal('unsupported_grant_type');
    }
  }

  async function tokens(person: Readonly<Record<string, unknown>>, more: Record<string, unknown>): Promise<Response> {
    const refreshToken = crypto.randomUUID();
    refreshTokens.add(refreshToken);
    const exp = Math.floor(now() / 1000) + life();
    const own = { ...person, exp, ...more, aud: clientId, ...signIn.faults.claims };
    return Response.json({
      access_token: await issuer.sign({ ...person, exp, used_as: 'access token' }),
      id_token: await issuer.sign(own),
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: life(),
    });
  }

  /** RFC 6749 section 2.3.1: both are form-encoded first. */
  function provesItself(authorization: string | null): boolean {
    const encode = (text: string) => new URLSearchParams({ '': text }).toString().slice(1);
    const given = decodeURIComponent(atob(authorization?.replace(/^Basic /, '') ?? ''));
    return given === decodeURIComponent(`${encode(clientId)}:${encode(clientSecret!)}`);
  }

  function refusal(error: string): Response {
    return Response.json({ error, error_description: `the emulated issuer says ${error}` }, { status: 400 });
  }

  return signIn;
}

/** The page on which a visitor says who they are; a real issuer asks for more than that. */
function choice(url: URL, people: Readonly<Record<string, Person>>): Response {
  const button = ([name, { label }]: [string, Person]) => {
    const to = new URL(url);
    to.searchParams.set('person', name);
    return `<p><a href="${to.href.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">${label}</a></p>`;
  };
  const style = `body{font:1.1rem/1.5 system-ui,sans-serif;max-width:28rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}
a{display:block;padding:.8rem 1rem;border:1px solid;border-radius:.5rem;text-decoration:none;color:inherit}a:focus,a:hover{outline:3px solid}`;
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sign in at the emulated issuer</title><style>${style}</style>
<h1>Who are you?</h1><p>This issuer is an emulator: it believes whatever you choose.</p>
${Object.entries(people).map(button).join('\n')}`;
  return new Response(page, { headers: { 'content-type': 'text/html; charset=utf-8' } });
}
