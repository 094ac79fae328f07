// An emulator of InfluxDB 3 Enterprise (and Core) over HTTP, in memory: token management, authentication and
// authorization, line protocol writes, a small SQL subset and the probes, with faults and a clock that tests control.
// It reproduces the wire contract, including what is odd about it. It never speaks gRPC, never stores anything and is
// no place to run data through.
import { randomUUID } from 'node:crypto';
import { authenticate, type Routes, type Server } from './influxdb-authentication.ts';
import { createCatalog, generateToken, hashToken } from './influxdb-catalog.ts';
import { databaseEndpoints } from './influxdb-database-endpoints.ts';
import { createFaults, type Faults, type Operation } from './influxdb-faults.ts';
import { type Call, Refusal, reply } from './influxdb-http.ts';
import { formatGrant } from './influxdb-permissions.ts';
import { probeEndpoints } from './influxdb-probes.ts';
import { queryDatabase, queryEndpoints } from './influxdb-query-endpoints.ts';
import { tokenEndpoints } from './influxdb-token-endpoints.ts';
import { loadAdminTokenFile, loadPermissionTokensFile } from './influxdb-token-files.ts';
import { serverVersion } from './influxdb-version.ts';
import { createPointStore, writeEndpoints } from './influxdb-write-endpoints.ts';

export type { Fault, Faults, Operation } from './influxdb-faults.ts';

export interface InfluxEmulatorOptions {
  /** Epoch milliseconds. */
  now?: () => number;
  /** A named admin token that exists from the start; a generated one by default. */
  adminToken?: string;
  version?: string;
  edition?: 'enterprise' | 'core';
  /** Nodes that share one catalog. */
  nodes?: number;
  /** How long other nodes take to learn of a change to the catalog. */
  syncIntervalMs?: number;
  databases?: string[];
  /** Probes that need no token. */
  disableAuthz?: string[];
  /** Body of a 403 on the v3 endpoints; unset, the router answers JSON and the handlers nothing. */
  forbiddenBody?: 'json' | 'empty';
  /** Form of the column `permissions` in `system.tokens`. */
  permissionsListing?: 'json' | 'plain';
  /** Parsed content of an admin token file, read at the start. */
  adminTokenFile?: unknown;
  /** Parsed content of a permission tokens file, read at the start. */
  permissionTokensFile?: unknown;
}

export interface RecordedRequest {
  method: string;
  /** Path with the query string. */
  path: string;
  operation: Operation;
  node: number;
  at: number;
  /** Null when no answer went out. */
  status: number | null;
}

export interface TokenRecord {
  id: number;
  name: string;
  hash: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Epoch milliseconds; null means never. */
  expiry: number | null;
  /** In the form type:names:actions, one string for each entry of the request. */
  permissions: string[];
}

export interface InfluxEmulator {
  adminToken: string;
  /** Rejects with a TypeError when the connection breaks and with the signal's reason when that aborts. */
  fetch(request: Request, node?: number): Promise<Response>;
  faults: Faults;
  /** Everything received, in order. */
  requests: RecordedRequest[];
  /** How many requests to create a resource token were received, whatever became of them. */
  creates(): number;
  /** All tokens in the catalog that are not admin tokens, expired ones included. */
  tokens(): TokenRecord[];
  /** Puts tokens that can do nothing into the catalog, known to all nodes at once: quicker than as many requests. */
  seed(tokens: Iterable<Pick<TokenRecord, 'name' | 'createdAt' | 'expiry'>>): void;
  /** Known to all nodes at once. */
  createDatabase(name: string): void;
  /** Known to all nodes at once. */
  dropDatabase(name: string): void;
  /** The lines written to a database, in order. */
  points(database: string): string[];
}

const PRESET_ADMIN = 'preset-admin';
const PREFLIGHT = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': '*',
  'access-control-allow-headers': '*',
  'access-control-max-age': '86400',
};
const PROBES: Record<string, string> = {
  '/health': 'health',
  '/api/v1/health': 'health',
  '/ping': 'ping',
  '/metrics': 'metrics',
  '/ready': 'ready',
};

/** Starts an emulated cluster; throws what would make the real server refuse to start. */
export function createInfluxEmulator(options: InfluxEmulatorOptions = {}): InfluxEmulator {
  const now = options.now ?? Date.now;
  const nodes = options.nodes ?? 1;
  const catalog = createCatalog(now, nodes, options.syncIntervalMs ?? 0);
  const server: Server = {
    catalog,
    version: serverVersion(options.version ?? '3.11.2'),
    edition: options.edition ?? 'enterprise',
    now,
    forbiddenBody: options.forbiddenBody,
    permissionsListing: options.permissionsListing ?? 'json',
  };
  const clusterUuid = randomUUID();
  const faults = createFaults();
  const requests: RecordedRequest[] = [];
  const points = createPointStore();
  const withoutToken = new Set(options.disableAuthz ?? []);
  const routes: Routes = {
    ...tokenEndpoints(server),
    ...databaseEndpoints(server),
    ...writeEndpoints(server, points),
    ...queryEndpoints(server, points),
    ...probeEndpoints(server),
  };

  const adminToken = options.adminToken ?? generateToken();
  catalog.addToken(null, {
    name: PRESET_ADMIN,
    hash: hashToken(adminToken),
    createdAt: now(),
    expiry: null,
    grants: 'admin',
  });
  for (const name of options.databases ?? []) catalog.addDatabase(null, name);
  if (options.adminTokenFile !== undefined) loadAdminTokenFile(server, options.adminTokenFile);
  if (options.permissionTokensFile !== undefined) loadPermissionTokensFile(server, options.permissionTokensFile);

  function isPublic(call: Call): boolean {
    const { pathname } = call.url;
    return pathname === '/api/v3/configure/token/admin' || withoutToken.has(PROBES[pathname] ?? '');
  }

  function answer(call: Call): Response {
    if (call.method === 'OPTIONS') return reply(204, null, PREFLIGHT);
    try {
      // Authentication comes before routing: an unknown path without a token is a 401.
      const token = isPublic(call) ? null : authenticate(server, call);
      const handler = routes[`${call.method} ${call.url.pathname}`];
      if (handler === undefined) throw new Refusal(404, 'Not found');
      const response = handler(call, token);
      response.headers.set('access-control-allow-origin', '*');
      return response;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return reply(error.status, error.body);
    }
  }

  function respond(call: Call): Response {
    const response = answer(call);
    response.headers.set('cluster-uuid', clusterUuid);
    return response;
  }

  return {
    adminToken,
    faults,
    requests,
    async fetch(request, node = 0) {
      if (!Number.isInteger(node) || node < 0 || node >= nodes) throw new RangeError(`there is no node ${node}`);
      request.signal.throwIfAborted();
      const url = new URL(request.url);
      const body = new Uint8Array(await request.arrayBuffer());
      const call: Call = { method: request.method, url, headers: request.headers, body, node };
      const operation = operationOf(call);
      const path = url.pathname + url.search;
      const record: RecordedRequest = { method: call.method, path, operation, node, at: now(), status: null };
      requests.push(record);
      const response = await faults.apply(operation, () => respond(call), request.signal);
      record.status = response.status;
      return response;
    },
    creates: () => requests.filter(({ operation }) => operation === 'create').length,
    tokens: () =>
      catalog.tokens(null).flatMap(({ id, name, hash, createdAt, expiry, grants }) => {
        if (grants === 'admin') return [];
        const permissions = grants.map((grant) => formatGrant(grant, catalog.databaseName));
        return [{ id, name, hash, createdAt, expiry, permissions }];
      }),
    seed(tokens) {
      for (const token of tokens) catalog.addToken(null, { ...token, hash: hashToken(generateToken()), grants: [] });
    },
    createDatabase(name) {
      catalog.addDatabase(null, name);
    },
    dropDatabase(name) {
      catalog.dropDatabase(null, name);
    },
    points(name) {
      const database = catalog.database(name, null);
      return database === undefined ? [] : points.of(database.id).map(({ line }) => line);
    },
  };
}

function operationOf(call: Call): Operation {
  const { pathname } = call.url;
  if (PROBES[pathname] !== undefined) return 'probe';
  switch (pathname) {
    case '/api/v3/enterprise/configure/token':
      return call.method === 'POST' ? 'create' : 'other';
    case '/api/v3/configure/token':
      return call.method === 'DELETE' ? 'delete' : 'other';
    case '/api/v3/configure/database':
      return 'database';
    case '/api/v3/query_sql':
      return queryDatabase(call) === '_internal' ? 'list' : 'query';
    case '/api/v2/write':
    case '/api/v3/write_lp':
    case '/write':
      return 'write';
    default:
      return 'other';
  }
}
