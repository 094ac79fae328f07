// The endpoints that create, regenerate and delete tokens. Listing is a query and not found here.
// Permissions are not echoed, bad permissions are a 500, and a token's expiry counts from the server's own clock:
// each of these is how the real server behaves, however surprising.

import { type Routes, requireAdmin, type Server } from './influxdb-authentication.ts';
import { generateToken, hashToken, NameTaken, OPERATOR_TOKEN, type Token } from './influxdb-catalog.ts';
import { bodyText, type Call, missingParameter, Refusal, reply, requireJsonContentType } from './influxdb-http.ts';
import { type Decoder, decodeJson, list, optional, string, struct, u64 } from './influxdb-json.ts';
import { PermissionError, type PermissionSpec, resolvePermissions } from './influxdb-permissions.ts';
import { formatUtc } from './influxdb-timestamp.ts';
import { ConnectionReset } from './listen.ts';

/** The last millisecond that the server's date type can hold. */
const LATEST_MILLIS = 8_210_266_876_799_999n;

const createTokenRequest = struct<{ token_name: string; permissions: PermissionSpec[]; expiry_secs: bigint | null }>(
  'CreateTokenWithPermissionsRequest',
  {
    token_name: string,
    permissions: list(
      struct<PermissionSpec>('PermissionDetailsApi', {
        resource_type: string,
        resource_names: list(string),
        actions: list(string),
      }),
    ),
    expiry_secs: optional(u64),
  },
);

const createAdminRequest = struct<{ token_name: string; expiry_secs: bigint | null }>('CreateNamedAdminTokenRequest', {
  token_name: string,
  expiry_secs: optional(u64),
});

/** Routes of the token endpoints. */
export function tokenEndpoints(server: Server): Routes {
  const { catalog, version } = server;

  function createResourceToken(call: Call): Response {
    const { token_name: name, permissions, expiry_secs: lifetime } = read(call, createTokenRequest);
    if (!version.catalogV3 && catalog.hasTokenName(name)) throw new NameTaken(name);
    // The old catalog takes the id before it looks at the permissions, so a failure spends it.
    const id = version.catalogV3 ? undefined : catalog.takeTokenId();
    const databaseId = (database: string) => catalog.database(database, call.node)?.id;
    return issue(call, name, lifetime, resolvePermissions(permissions, databaseId, version), id);
  }

  function issue(call: Call, name: string, lifetime: bigint | null, grants: Token['grants'], id?: number): Response {
    const token = generateToken();
    // One reading of the clock, so that expiry and creation are exactly the lifetime apart.
    const createdAt = server.now();
    const expiry = lifetime === null ? null : expiryAfter(createdAt, lifetime);
    return created(catalog.addToken(call.node, { name, hash: hashToken(token), createdAt, expiry, grants }, id), token);
  }

  function expiryAfter(createdAt: number, seconds: bigint): number | null {
    const millis = BigInt(createdAt) + seconds * 1000n;
    if (millis <= LATEST_MILLIS) return Number(millis);
    // The old catalog panics here, which the client sees as a broken connection.
    if (!version.catalogV3) throw new ConnectionReset('the server panicked: duration not to overflow');
    return null;
  }

  const routes: Routes = {
    'POST /api/v3/configure/token/admin': (call) => issue(call, OPERATOR_TOKEN, null, 'admin'),

    'POST /api/v3/configure/token/admin/regenerate': (call, caller) => {
      requireAdmin(server, caller);
      const token = generateToken();
      const rotated = catalog.rotateOperatorToken(call.node, hashToken(token));
      if (rotated === undefined) throw new Refusal(500, 'missing admin token, cannot update');
      return created(rotated, token);
    },

    'POST /api/v3/configure/token/named_admin': (call, caller) => {
      requireAdmin(server, caller);
      const request = read(call, createAdminRequest);
      return issue(call, request.token_name, request.expiry_secs, 'admin');
    },

    'DELETE /api/v3/configure/token': (call, caller) => {
      requireAdmin(server, caller);
      const name = call.url.searchParams.get('token_name');
      if (name === null) throw missingParameter('token_name');
      if (name === OPERATOR_TOKEN) throw new Refusal(405, 'cannot delete operator token');
      if (!catalog.removeToken(call.node, name)) {
        throw new Refusal(404, `the requested resource was not found: ${name}`);
      }
      return reply(200, null);
    },
  };
  if (server.edition === 'enterprise') {
    routes['POST /api/v3/enterprise/configure/token'] = (call, caller) => {
      requireAdmin(server, caller);
      return createResourceToken(call);
    };
  }
  return Object.fromEntries(Object.entries(routes).map(([route, handler]) => [route, withCatalogErrors(handler)]));
}

function withCatalogErrors(handler: Routes[string]): Routes[string] {
  return (call, token) => {
    try {
      return handler(call, token);
    } catch (error) {
      if (error instanceof NameTaken) throw new Refusal(409, error.message);
      if (error instanceof PermissionError) throw new Refusal(500, error.message);
      throw error;
    }
  };
}

function read<T>(call: Call, decoder: Decoder<T>): T {
  requireJsonContentType(call.headers);
  return decodeJson(bodyText(call.body), decoder);
}

function created(record: Token, token: string): Response {
  const body = {
    id: record.id,
    name: record.name,
    token,
    hash: record.hash,
    created_at: formatUtc(record.createdAt),
    expiry: record.expiry === null ? null : formatUtc(record.expiry),
  };
  return reply(201, JSON.stringify(body), { 'content-type': 'json' });
}
