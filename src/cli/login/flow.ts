// The two ways in which a person signs in: in a browser on this machine (authorization code with PKCE, RFC 7636), or on another device
// (device grant, RFC 8628). Both end with the issuer's tokens, or reject with an error that `loginProblem` puts into words. It never stores
// a token.

import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  initiateDeviceAuthorization,
  pollDeviceAuthorizationGrant,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type TokenEndpointResponse,
} from 'openid-client';
import { plain } from '../shell/table.ts';
import type { Terminal } from '../shell/terminal.ts';
import { openBrowser } from './browser.ts';
import { loginProblem, personOf } from './issuer.ts';
import { listenOnLoopback } from './loopback.ts';

export interface Flow {
  readonly configuration: Configuration;
  /** The parameters for the issuer: scope, audience. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Aborts when nobody came in time. */
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
}

export interface BrowserFlow extends Flow {
  readonly port: number;
  readonly openBrowser: boolean;
}

/** Null when nobody came in time. */
export async function signInByBrowser(flow: BrowserFlow): Promise<TokenEndpointResponse | null> {
  const { configuration, parameters, signal, terminal } = flow;
  const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
  const loopback = await listenOnLoopback(flow.port, state);
  try {
    const url = buildAuthorizationUrl(configuration, {
      ...parameters,
      redirect_uri: loopback.redirectUri,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    terminal.err.line(`Sign in at:\n\n  ${url.href}\n`);
    const opened = flow.openBrowser && openBrowser(url.href, terminal.env);
    const elsewhere = 'If your browser is on another machine, use --device instead.';
    terminal.err.line(opened ? 'Your browser opens it now.' : elsewhere);

    const visit = await Promise.race([loopback.visit, abortion(signal)]);
    if (visit === null) return null;
    try {
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
      const tokens = await authorizationCodeGrant(configuration, visit.url, checks);
      const title = `You are signed in as ${personOf(tokens)}`;
      await visit.show({ title, text: 'You may close this tab and go back to your terminal.' });
      return tokens;
    } catch (error) {
      const problem = loginProblem(error)?.problem ?? 'something went wrong';
      await visit.show({ title: 'You are not signed in', text: `Your terminal says more. In short: ${problem}.` });
      throw error;
    }
  } finally {
    loopback.close();
  }
}

/** Null when nobody came in time. */
export async function signInByDevice({
  configuration,
  parameters,
  signal,
  terminal,
}: Flow): Promise<TokenEndpointResponse | null> {
  const device = await initiateDeviceAuthorization(configuration, parameters);
  const { verification_uri: address, verification_uri_complete: complete, user_code: code } = device;
  terminal.err.line(`Sign in, on any device, at:\n\n  ${plain(address)}\n\nwith the code:\n\n  ${plain(code)}\n`);
  if (complete !== undefined) terminal.err.line(`The same in one: ${plain(complete)}`);
  try {
    return await pollDeviceAuthorizationGrant(configuration, device, undefined, { signal });
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  }
}

function abortion(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
