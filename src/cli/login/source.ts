// A subject token from a person's login, refreshed shortly before it expires. Two processes never refresh at once, because many issuers
// take a refresh token that comes twice for a stolen one.

import { refreshTokenGrant } from 'openid-client';
import { type SubjectTokenSource, unavailable } from '../../client/subject-token.ts';
import { discoverIssuer, loginProblem, readTokens } from './issuer.ts';
import type { Login, LoginStore } from './store.ts';

/** A token that expires sooner may expire on its way; seconds. */
const MARGIN = 60;

export function fromLogin(store: LoginStore): SubjectTokenSource {
  const again = `Sign in again: influx-sts login --url ${store.origin}`;

  async function current(): Promise<Login> {
    const login = await store.read();
    if (login === null) throw unavailable(`The login at ${store.path} cannot be read. ${again}`);
    return login;
  }

  async function refresh(login: Login): Promise<Login> {
    const { issuer, client_id, client_secret, shown, refresh_token: old } = login;
    if (old === undefined) throw unavailable(`The login has expired. ${again}`);
    const at = { issuer, client_id, ...(client_secret === undefined ? {} : { client_secret }) };
    try {
      const tokens = await refreshTokenGrant(await discoverIssuer(at), old);
      // Without a new one the old one stays good (RFC 6749 section 6).
      const fresh = readTokens(tokens, at, shown, tokens.refresh_token ?? old);
      if (!fresh.ok) throw unavailable(`The login cannot be refreshed: ${fresh.problem}. ${again}`);
      await store.write(fresh.value);
      return fresh.value;
    } catch (error) {
      const problem = loginProblem(error);
      if (problem === null) throw error;
      throw unavailable(
        `The login cannot be refreshed: ${problem.problem}. ${problem.refused ? again : ''}`.trim(),
        error,
        !problem.refused,
      );
    }
  }

  return async () => {
    const login = await current();
    if (isFresh(login)) return login.subject_token;
    return store.exclusively(async () => {
      const latest = await current();
      return (isFresh(latest) ? latest : await refresh(latest)).subject_token;
    });
  };
}

function isFresh({ expires_at: end }: Login): boolean {
  return end - MARGIN > Date.now() / 1000;
}
