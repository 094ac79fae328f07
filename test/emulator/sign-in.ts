// The parts of an issuer that let people sign in: the endpoints of the authorization code flow with PKCE, of the device flow and of refresh
// tokens (OpenID Connect Core, RFC 7636, RFC 8628). Every visitor is the same person, and is signed in at once.

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
  /** How often the device flow is told to wait. */
  readonly pending?: number;
}

export interface SignInOptions {
  readonly issuer: Issuer;
  readonly clientId: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Seconds. */
  readonly life?: () => number;
}

interface Code {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly nonce: string;
}

export function createSignIn({ issuer, clientId, claims, life = () => 3_600 }: SignInOptions): SignIn {
  const { iss } = issuer;
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
          return authorize(url.searchParams);
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
          return token(new URLSearchParams(await request.text()));
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
      authorization_response_iss_parameter_supported: true,
      ...signIn.faults.metadata,
    };
  }

  function authorize(parameters: URLSearchParams): Response {
    const sound =
      parameters.get('client_id') === clientId &&
      parameters.get('response_type') === 'code' &&
      parameters.get('code_challenge_method') === 'S256' &&
      /^http:\/\/127\.0\.0\.1:\d+\/callback$/.test(parameters.get('redirect_uri') ?? '');
    if (!sound) return new Response('not as it should be', { status: 400 });
    const code = crypto.randomUUID();
    const [challenge, redirectUri, nonce] = ['code_challenge', 'redirect_uri', 'nonce'].map(
      (one) => parameters.get(one) ?? '',
    );
    codes.set(code, { challenge: challenge!, redirectUri: redirectUri!, nonce: nonce! });
    const back = new URL(redirectUri!);
    const brought = { code, state: parameters.get('state'), iss, ...signIn.faults.callback };
    for (const [name, value] of Object.entries(brought)) if (value !== null) back.searchParams.set(name, value);
    return Response.redirect(back.href, 302);
  }

  async function token(parameters: URLSearchParams): Promise<Response> {
    signIn.tokenRequests.push(parameters);
    const { token: error, pending = 0 } = signIn.faults;
    if (error !== undefined) return refusal(error);
    switch (parameters.get('grant_type')) {
      case 'authorization_code': {
        const code = codes.get(parameters.get('code') ?? '');
        codes.delete(parameters.get('code') ?? '');
        const proof = createHash('sha256')
          .update(parameters.get('code_verifier') ?? '')
          .digest('base64url');
        if (code?.challenge !== proof || code.redirectUri !== parameters.get('redirect_uri'))
          return refusal('invalid_grant');
        return tokens({ nonce: code.nonce });
      }
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return asked++ < pending ? refusal('authorization_pending') : tokens({});
      case 'refresh_token': {
        const known = refreshTokens.delete(parameters.get('refresh_token') ?? '');
        return known ? tokens({}) : refusal('invalid_grant');
      }
      default:
        return refusal('unsupported_grant_type');
    }
  }

  async function tokens(more: Record<string, unknown>): Promise<Response> {
    const refreshToken = crypto.randomUUID();
    refreshTokens.add(refreshToken);
    const exp = Math.floor(Date.now() / 1000) + life();
    const own = { ...claims, exp, ...more, aud: clientId, ...signIn.faults.claims };
    return Response.json({
      access_token: await issuer.sign({ ...claims, exp, used_as: 'access token' }),
      id_token: await issuer.sign(own),
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: life(),
    });
  }

  function refusal(error: string): Response {
    return Response.json({ error, error_description: `the emulated issuer says ${error}` }, { status: 400 });
  }

  return signIn;
}
