// An issuer as the page's OpenID Connect provider: where people sign in there, and what it gives for a code. Authorization code with PKCE
// (RFC 7636), state, nonce and the issuer of the answer (RFC 9207). It keeps no token, and repeats nothing secret.

import {
  AuthorizationResponseError,
  type AuthorizationServer,
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type Client,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  calculatePKCECodeChallenge,
  clockTolerance,
  customFetch,
  None,
  processAuthorizationCodeResponse,
  ResponseBodyError,
  validateAuthResponse,
} from 'oauth4webapi';
import { type Failure, failure, type Result, success } from '../../foundation/failure.ts';
import { isJsonObject, parseJson } from '../../foundation/json.ts';
import { type Outbound, send } from '../../foundation/outbound.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import type { WayIn } from '../../service/entrance.ts';

/** What the browser keeps, sealed, until the issuer has sent it back. */
export interface Attempt {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface Provider {
  /** The address at the issuer. @param silent without a word to the person, or not at all */
  readonly begin: (
    way: WayIn,
    attempt: Attempt,
    asked: { readonly redirectUri: string; readonly silent: boolean },
  ) => Promise<Result<string>>;
  /** The subject token. @param answer what the browser brings back */
  readonly finish: (
    way: WayIn,
    attempt: Attempt,
    answer: { readonly redirectUri: string; readonly parameters: URLSearchParams },
  ) => Promise<Result<string>>;
}

const BOUNDS = { timeoutMs: 8_000, maxBytes: 128 * 1024 };
/** As long as the keys of an issuer are believed; a failure much shorter, and long enough that visitors in number cost it little. */
const FRESH_MS = 10 * 60_000;
const FAILED_MS = 10_000;

export function createProvider(runtime: Runtime, development: boolean): Provider {
  /** Plain data of each issuer, for as long as the isolate lives. */
  const known = new Map<string, { readonly found: Result<AuthorizationServer>; readonly until: number }>();
  const bounded = createFetch(runtime);

  async function discover({ iss }: WayIn): Promise<Result<AuthorizationServer>> {
    const before = known.get(iss);
    if (before !== undefined && before.until > runtime.now()) return before.found;
    const answer = await send(runtime, `${iss.replace(/\/$/, '')}/.well-known/openid-configuration`, {}, BOUNDS);
    const found = readMetadata(iss, answer, development);
    if (!found.ok) runtime.alarm('sign_in_unavailable', { issuer: iss, cause: found.failure.members?.cause });
    known.set(iss, { found, until: runtime.now() + (found.ok ? FRESH_MS : FAILED_MS) });
    return found;
  }

  return {
    begin: async (way, { state, nonce, verifier }, { redirectUri, silent }) => {
      const secret = way.clientSecret();
      if (!secret.ok) return secret;
      const server = await discover(way);
      if (!server.ok) return server;
      const { clientId, scope, audience } = way.login;
      const url = new URL(server.value.authorization_endpoint!);
      const parameters = {
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope,
        ...(audience === undefined ? {} : { audience }),
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(silent ? { prompt: 'none' } : {}),
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return success(url.href);
    },

    finish: async (way, { state, nonce, verifier }, { redirectUri, parameters }) => {
      const secret = way.clientSecret();
      if (!secret.ok) return secret;
      const server = await discover(way);
      if (!server.ok) return server;
      const client: Client = { client_id: way.login.clientId, [clockTolerance]: way.clockSkew };
      const options = { [customFetch]: bounded, [allowInsecureRequests]: development };
      try {
        const answer = validateAuthResponse(server.value, client, parameters, state);
        const proof = proofOf(secret.value, server.value);
        const response = await authorizationCodeGrantRequest(
          server.value,
          client,
          proof,
          answer,
          redirectUri,
          verifier,
          options,
        );
        const checks = { expectedNonce: nonce, requireIdToken: true };
        const tokens = await processAuthorizationCodeResponse(server.value, client, response, checks);
        return success(way.login.token === 'id' ? tokens.id_token! : tokens.access_token);
      } catch (error) {
        return { ok: false, failure: inWords(error) };
      }
    },
  };
}

/** OpenID Connect's default is Basic where the issuer does not say what it takes. */
function proofOf(secret: string | null, server: AuthorizationServer): ClientAuth {
  if (secret === null) return None();
  const taken = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
  return taken.includes('client_secret_basic') ? ClientSecretBasic(secret) : ClientSecretPost(secret);
}

function readMetadata(iss: string, outbound: Outbound, development: boolean): Result<AuthorizationServer> {
  if (!outbound.ok) return unavailable(outbound.detail);
  const { status, body } = outbound.answer;
  if (status !== 200) return unavailable(`its discovery document is answered with status ${status}`);
  const json = parseJson(body);
  if (!json.ok || !isJsonObject(json.value)) return unavailable('its discovery document is no JSON object');
  const { issuer, authorization_endpoint: page, token_endpoint: exchange } = json.value;
  if (issuer !== iss) return unavailable('its discovery document names another issuer');
  for (const address of [page, exchange]) {
    const { protocol } = typeof address === 'string' && URL.canParse(address) ? new URL(address) : { protocol: '' };
    if (protocol !== 'https:' && !(development && protocol === 'http:'))
      return unavailable('its discovery document names no https address at which people sign in');
  }
  return success(json.value as unknown as AuthorizationServer);
}

function unavailable(cause: string) {
  const detail = `The issuer at which you sign in cannot be used now: ${cause}. Try again in a moment.`;
  return failure('keys_unavailable', detail, { members: { cause } });
}

/** What the library fetches, within our bounds and through our own reader of JSON. */
function createFetch(runtime: Runtime) {
  return async (
    url: string,
    init: { readonly method: string; readonly body: unknown; readonly headers: Headers | Record<string, string> },
  ) => {
    const { method, body } = init;
    const headers = Object.fromEntries(new Headers(init.headers));
    const sent = await send(runtime, url, { method, headers, body: body as BodyInit }, BOUNDS);
    if (!sent.ok) throw new Unanswered(sent.detail);
    const json = parseJson(sent.answer.body);
    if (!json.ok) throw new Unanswered(`status ${sent.answer.status}, and no JSON`);
    const { status, contentType } = sent.answer;
    return new Response(JSON.stringify(json.value), { status, headers: { 'content-type': contentType } });
  };
}

/** Thrown through the library, and caught by `inWords`. */
class Unanswered extends Error {}

/** Errors about the issuer itself, not about the person (RFC 6749 section 4.1.2.1). */
const PASSING = ['server_error', 'temporarily_unavailable'];
/** Letters of a code of RFC 6749: anything else is not repeated. */
const CODE = /^[a-z_]{1,60}$/;

function inWords(error: unknown): Failure {
  if (error instanceof Unanswered) return unavailable(error.message).failure;
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const code = CODE.test(error.error) ? error.error : 'no';
    if (PASSING.includes(code)) return unavailable(`it says ${code}`).failure;
    const detail = `The issuer gave no token: it says ${code}.`;
    return failure('token_missing', detail, { members: { issuer_error: code } }).failure;
  }
  const detail = "The issuer's answer does not belong to this sign-in, so it was not accepted. Sign in again.";
  return failure('request_malformed', detail).failure;
}
