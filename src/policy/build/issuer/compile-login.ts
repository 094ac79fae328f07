// `login:` of an issuer entry: the clients with which people sign in there, and whether the service would take the tokens that they get.
// No I/O.

import type { Preset } from '../../../identity/preset.ts';
import type { Login, PageLogin, TrustedIssuer } from '../../../identity/trusted-issuer.ts';
import type { Report } from '../report.ts';
import type { LoginEntry } from '../schema.ts';
import type { Path } from '../source.ts';

export interface LoginContext {
  /** Of the entry: the service takes tokens for these. */
  readonly audiences: readonly string[];
  readonly singleUse: boolean;
  /** Whether the issuer is found by discovery, which alone says where people sign in. */
  readonly discovered: boolean;
  readonly preset: Preset;
}

/** Nothing where the entry has no login, or the report says why it can have none. */
export function compileLogin(
  entry: LoginEntry | undefined,
  context: LoginContext,
  path: Path,
  report: Report,
): TrustedIssuer['login'] {
  if (entry === undefined) return undefined;
  const obstacle = obstacleTo(context);
  if (obstacle !== null) {
    report.error(path, obstacle.message, obstacle.fix);
    return undefined;
  }
  const { cli, page } = entry;
  if (cli === undefined && page === undefined) {
    const fix = 'write login: { cli: { client_id: ID } }, or login: { page: { client_id: ID, client_secret: NAME } }';
    report.error(path, 'the login says neither how the command signs people in nor how the page does', fix);
    return undefined;
  }
  return {
    ...(cli === undefined ? {} : { cli: client(cli, context, [...path, 'cli'], report) }),
    ...(page === undefined ? {} : { page: clientOfPage(page, context, [...path, 'page'], report) }),
  };
}

function obstacleTo({ singleUse, discovered, preset }: LoginContext): { message: string; fix: string } | null {
  if (preset.proxiesPage === true) {
    const message = 'Cloudflare Access signs people in by itself, and hands over its token';
    return { message, fix: 'remove "login:", and put an Access application in front of /ui' };
  }
  if (singleUse) {
    const message =
      'a token of this issuer is good for one exchange, and a person who has signed in shows theirs again and again';
    return { message, fix: 'remove "login:", or let people sign in at another issuer' };
  }
  if (!discovered) {
    const message = 'where people sign in is found by OpenID Connect discovery, which this entry does not use';
    return { message, fix: 'remove "jwks_uri:" or "jwks:" where the issuer has discovery, or remove "login:"' };
  }
  return null;
}

type ClientEntry = NonNullable<LoginEntry['cli']>;

function client(entry: ClientEntry, { audiences }: LoginContext, path: Path, report: Report): Login {
  const { client_id: clientId, scope, audience } = entry;
  const token = entry.token ?? (audience === undefined ? 'id' : 'access');
  const listed = audiences.map((one) => JSON.stringify(one)).join(', ');
  if (token === 'id' && audience !== undefined) {
    const message = 'an ID token is for the client itself, whatever "audience" says';
    report.error([...path, 'audience'], message, 'remove "audience:", or write token: access');
  } else if (token === 'id' && !audiences.includes(clientId)) {
    const message = `an ID token is for the client "${clientId}", which is no audience of this issuer`;
    const fix = `write audience: [${[listed, JSON.stringify(clientId)].filter((one) => one !== '').join(', ')}] in the issuer's entry`;
    report.error([...path, 'client_id'], message, fix);
  } else if (token === 'access' && audience === undefined) {
    const message = 'the audience of the access token is not said, so that nobody can tell whether it is trusted';
    report.error(path, message, `add "audience:" with one of ${listed}`);
  } else if (token === 'access' && !audiences.includes(audience!)) {
    const message = `the access token is for "${audience}", which is no audience of this issuer`;
    report.error([...path, 'audience'], message, `write one of ${listed}, or add it to "audience:" of the issuer`);
  }
  return {
    clientId,
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    token,
  };
}

function clientOfPage(
  entry: NonNullable<LoginEntry['page']>,
  context: LoginContext,
  path: Path,
  report: Report,
): PageLogin {
  const { scope = 'openid', client_secret: clientSecret } = entry;
  if (!scope.split(' ').includes('openid')) {
    const message =
      'without the scope openid there is no ID token, which proves that the answer belongs to this sign-in';
    report.error([...path, 'scope'], message, `write scope: ${JSON.stringify(`openid ${scope}`)}`);
  }
  if (scope.split(' ').includes('offline_access')) {
    const message = 'offline_access asks for a refresh token, which the page never keeps';
    report.warn([...path, 'scope'], message, 'remove it');
  }
  return {
    ...client(entry, context, path, report),
    scope,
    ...(clientSecret === undefined ? {} : { clientSecret }),
  };
}
