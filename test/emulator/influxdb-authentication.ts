// Who is calling, and the ways of saying no to them. Missing, unknown, deleted and expired tokens get one and the same answer. Neither
// prefix nor length of a token is checked: every credential is hashed and looked up.
import { type Catalog, hashToken, type Token } from './influxdb-catalog.ts';
import { type Call, Refusal } from './influxdb-http.ts';
import { allowsDatabase, allowsSystem } from './influxdb-permissions.ts';
import type { ServerVersion } from './influxdb-version.ts';

/** What every endpoint knows about the server that it belongs to. */
export interface Server {
  catalog: Catalog;
  version: ServerVersion;
  edition: 'enterprise' | 'core';
  now: () => number;
  /** Unset: JSON where the router refuses, empty where a handler refuses. */
  forbiddenBody: 'json' | 'empty' | undefined;
  permissionsListing: 'json' | 'plain';
}

/** Answers a call; the token is null on the paths that need none. */
export type Handler = (call: Call, token: Token | null) => Response;

/** Handlers by method and path, such as "GET /health". */
export type Routes = Record<string, Handler>;

const MALFORMED = JSON.stringify({
  error:
    'Authorization header was malformed, the request was not in the form of ' +
    "'Authorization: <auth-scheme> <token>', supported auth-schemes are Bearer, Token and Basic",
}).replace(':', ': ');
const UNAUTHENTICATED = '{"error": "the request was not authenticated"}';
const FORBIDDEN = 'unauthorized to perform requested action with the token';

/** Finds the token of a call in what the node knows, or refuses with 401. */
export function authenticate(server: Server, call: Call): Token {
  const presented = credential(call);
  const token = presented === null ? undefined : server.catalog.tokenByHash(hashToken(presented), call.node);
  const valid = token !== undefined && (token.expiry === null || token.expiry > server.now());
  if (!valid) throw new Refusal(401, 'the request was not authenticated', UNAUTHENTICATED);
  return token;
}

function credential(call: Call): string | null {
  const fromQuery = ['/query', '/write'].includes(call.url.pathname) ? call.url.searchParams.get('p') : null;
  const header = call.headers.get('authorization');
  if (fromQuery !== null || header === null) return fromQuery;
  const [scheme, value, ...rest] = header.split(' ');
  if (value === undefined || value === '' || rest.length > 0) throw malformed();
  if (scheme === 'Bearer' || scheme === 'Token') return value;
  if (scheme === 'Basic') return basicPassword(value);
  throw malformed();
}

function basicPassword(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64');
  // Node's decoder skips what is not base64, so only a value that encodes back to itself was well formed.
  if (bytes.toString('base64') !== encoded) throw malformed();
  const [, password, ...rest] = bytes.toString('utf8').split(':');
  if (password === undefined || rest.length > 0) throw malformed();
  return password;
}

function malformed(): Refusal {
  return new Refusal(400, 'Authorization header was malformed', MALFORMED);
}

/** A 403 from the router or from within a handler; the two differ in their bodies. */
export function forbidden(server: Server, from: 'router' | 'handler'): Refusal {
  const form = server.forbiddenBody ?? (from === 'router' ? 'json' : 'empty');
  return new Refusal(403, FORBIDDEN, form === 'json' ? `{"error": "${FORBIDDEN}"}` : null);
}

/** Refuses tokens that are not admin tokens. */
export function requireAdmin(server: Server, token: Token | null): void {
  if (token?.grants !== 'admin') throw forbidden(server, 'router');
}

/** Whether a token may do something with the database of a name, which need not exist. */
export function mayUseDatabase(server: Server, call: Call, token: Token | null, name: string, action: string): boolean {
  if (token === null) return false;
  if (token.grants === 'admin') return true;
  return allowsDatabase(token.grants, server.catalog.database(name, call.node)?.id ?? null, action);
}

/** Refuses tokens without the permission to read a system resource; a null token is a path without authorization. */
export function requireSystem(server: Server, token: Token | null, resource: string): void {
  if (token === null || token.grants === 'admin') return;
  if (!allowsSystem(token.grants, resource)) throw forbidden(server, 'router');
}
