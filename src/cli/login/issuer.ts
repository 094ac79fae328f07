// The issuer at which a person signs in, found by OpenID Connect discovery, and the token of it that the command will show the service. It
// puts the issuer's errors into words, and never repeats a token or a secret.

import {
  AuthorizationResponseError,
  allowInsecureRequests,
  ClientError,
  ClientSecretPost,
  type Configuration,
  type CustomFetchOptions,
  customFetch,
  discovery,
  None,
  ResponseBodyError,
  type TokenEndpointResponse,
} from 'openid-client';
import { faultOf } from '../../foundation/network-fault.ts';
import { USER_AGENT } from '../../foundation/version.ts';
import { parseToken } from '../../identity/token.ts';
import type { Parsed } from '../../policy/language/permission.ts';
import type { Login, Shown } from './store.ts';

export interface Issuer {
  /** Its address, as its tokens name it. */
  readonly issuer: string;
  readonly client_id: string;
  /** Some issuers give one to programs on people's machines too, where it is not really secret. */
  readonly client_secret?: string;
}

/** For one request, seconds: a refresh makes two, and other processes wait for it (`store.ts`). */
const TIMEOUT_S = 10;

/** Rejects with what `loginProblem` puts into words. */
export async function discoverIssuer({ issuer, client_id, client_secret }: Issuer): Promise<Configuration> {
  const address = new URL(issuer);
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(address.hostname);
  const authentication = client_secret === undefined ? None() : ClientSecretPost(client_secret);
  const options = {
    execute: loopback ? [allowInsecureRequests] : [],
    timeout: TIMEOUT_S,
    // The library would give its own name.
    [customFetch]: (url: string, { headers, ...init }: CustomFetchOptions) =>
      fetch(url, { ...init, headers: { ...headers, 'user-agent': USER_AGENT } } as RequestInit),
  };
  return discovery(address, client_id, {}, authentication, options);
}

/** The default scopes; not every issuer knows the scope that gives a refresh token. */
export function defaultScope(configuration: Configuration): string {
  const known = configuration.serverMetadata().scopes_supported ?? [];
  return known.includes('offline_access') ? 'openid offline_access' : 'openid';
}

/** Why people cannot sign in at this issuer in that way, or null. */
export function lacking(configuration: Configuration, device: boolean): string | null {
  const { authorization_endpoint: page, device_authorization_endpoint: codes } = configuration.serverMetadata();
  if (device) return codes === undefined ? 'it has no sign-in on another device; leave --device out' : null;
  return page === undefined ? 'it has no sign-in for people' : null;
}

/** The login that these tokens make. */
export function readTokens(
  tokens: TokenEndpointResponse,
  issuer: Issuer,
  shown: Shown,
  refreshToken = tokens.refresh_token,
): Parsed<Login> {
  const token = tokens[shown];
  if (token === undefined) return { ok: false, problem: `the issuer gave no ${shown}` };
  const parsed = parseToken(token);
  const exp = parsed.ok ? parsed.value.claims.exp : undefined;
  if (typeof exp !== 'number') {
    return { ok: false, problem: `the issuer's ${shown} is no JWT with an end, so no service can verify it` };
  }
  const refresh = refreshToken === undefined ? {} : { refresh_token: refreshToken };
  return { ok: true, value: { ...issuer, shown, subject_token: token, expires_at: exp, ...refresh } };
}

/** The person whom the issuer has signed in, by the name that tells the user most: it may be somebody else. */
export function personOf(tokens: TokenEndpointResponse): string {
  const parsed = tokens.id_token === undefined ? null : parseToken(tokens.id_token);
  const { email, preferred_username: name, sub } = parsed?.ok ? parsed.value.claims : {};
  return [email, name, sub].find((one): one is string => typeof one === 'string' && one !== '') ?? 'somebody unnamed';
}

export interface LoginProblem {
  readonly problem: string;
  /** The issuer or the person refused. */
  readonly refused: boolean;
}

/** Errors about the issuer itself, not about the caller (RFC 6749 section 4.1.2.1). */
const PASSING = ['server_error', 'temporarily_unavailable'];

/** In words, without any secret; null for anything that is not a fault of the issuer or the network. */
export function loginProblem(error: unknown): LoginProblem | null {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    const { error: code, error_description: description } = error;
    return {
      problem: `the issuer says ${code}${description ? ` (${description})` : ''}`,
      refused: !PASSING.includes(code),
    };
  }
  if (error instanceof ClientError) {
    const { message, cause } = error;
    const why = cause instanceof Error && cause.message !== '' ? `: ${cause.message}` : '';
    return { problem: `the issuer's answer is not accepted: ${message}${why}`, refused: false };
  }
  // What `fetch` rejects with.
  if (error instanceof TypeError) {
    return { problem: `the issuer cannot be reached: ${faultOf(error).words}`, refused: false };
  }
  return null;
}
