// InfluxDB 3 Enterprise's token endpoints, called with an instance's admin token. Each call is one bounded request whose answer is
// sorted into what InfluxDB definitely did, definitely refused, or left unknown; of the last the operator is told. The admin token and
// the values of further headers never leave this closure.

import { withinDeadline } from '../foundation/deadline.ts';
import { credentialIn } from '../foundation/misplaced-credential.ts';
import { type Outbound, send, timedOut } from '../foundation/outbound.ts';
import type { Runtime } from '../foundation/runtime.ts';
import { type AdminToken, listedHash } from './admin-token.ts';
import {
  type CreateOutcome,
  type DeleteOutcome,
  isRefusedCredential,
  type RefusedAdminToken,
  type Row,
  readCreate,
  readDatabases,
  readDelete,
  readRows,
  withoutAdminToken,
} from './answer.ts';
import { type Silence, tellSilence } from './silence.ts';

/** A create or a delete is one catalogue write; if it takes longer than this, there is an outage. */
export const UPSTREAM_TIMEOUT_MS = 10_000;
/** A created token's record is below 500 bytes. */
export const MAX_ANSWER_BYTES = 16 * 1024;
/** A row of a listing is below 400 bytes; the longest listing asks for five thousand names, some of which may not be ours. */
const MAX_LISTING_BYTES = 8 * 1024 * 1024;

/** A name is at most 511 bytes; a server that answers with more than this has more databases than people look through. */
const MAX_DATABASES_BYTES = 1024 * 1024;

/** The body of `POST /api/v3/enterprise/configure/token`. */
export interface CreateTokenRequest {
  readonly token_name: string;
  readonly permissions: readonly {
    readonly resource_type: 'db' | 'system';
    readonly resource_names: readonly string[];
    readonly actions: readonly string[];
  }[];
  /** Whole seconds, at least 1: InfluxDB takes a missing one for "for ever" and 0 for "expired". */
  readonly expiry_secs: number;
}

export interface InfluxClient {
  /** The server that it calls. */
  readonly url: string;
  readonly createToken: (request: CreateTokenRequest) => Promise<CreateOutcome>;
  readonly deleteToken: (name: string) => Promise<DeleteOutcome>;
  /** Runs SQL on the `_internal` database; null when InfluxDB did not answer it. */
  readonly query: (
    sql: string,
    parameters: Readonly<Record<string, string>>,
  ) => Promise<readonly Row[] | RefusedAdminToken | null>;
  /** The names of all databases, `_internal` among them; null when InfluxDB did not tell. */
  readonly listDatabases: () => Promise<readonly string[] | RefusedAdminToken | null>;
  /** What InfluxDB's catalogue says of the admin token in use. */
  readonly describeAdminToken: () => Promise<AdminToken | RefusedAdminToken | Silence>;
}

export interface InfluxClientOptions {
  /** Its name in the policy, for the log. */
  readonly instance: string;
  readonly url: string;
  /** Tried in this order: if InfluxDB does not accept one, as during a rotation, the next is tried. */
  readonly adminTokens: readonly string[];
  /** Those of every instance: none of them is ever taken for a token that was made. */
  readonly neverMade?: readonly string[];
  /** Sent with every request, for what stands in front of the server. Their values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
}

export function createInfluxClient(
  { instance, url, adminTokens, neverMade = adminTokens, headers }: InfluxClientOptions,
  runtime: Pick<Runtime, 'fetch' | 'after' | 'alarm'>,
): InfluxClient {
  // The token that InfluxDB accepted last is tried first, so that a rotation costs one request and not one per call.
  let preferred = 0;

  const checkMade = withoutAdminToken(neverMade);
  const headersOf = adminTokens.map((token) => ({ ...headers, authorization: `Bearer ${token}` }));

  function call(method: string, path: string, body?: unknown, maxBytes = MAX_ANSWER_BYTES): Promise<Outbound> {
    return adminTokens.length === 1
      ? callWith(0, method, path, body, maxBytes)
      : callWithAnyInTime(method, path, body, maxBytes);
  }

  /** Two attempts may take no longer than one: code that waits for a late commit counts on it. */
  async function callWithAnyInTime(method: string, path: string, body: unknown, maxBytes: number): Promise<Outbound> {
    const attempts = callWithAny(method, path, body, maxBytes);
    return (await withinDeadline(attempts, UPSTREAM_TIMEOUT_MS, runtime)) ?? timedOut(UPSTREAM_TIMEOUT_MS);
  }

  async function callWithAny(method: string, path: string, body: unknown, maxBytes: number): Promise<Outbound> {
    let outbound: Outbound;
    let tried = 0;
    do {
      const at = (preferred + tried) % adminTokens.length;
      outbound = await callWith(at, method, path, body, maxBytes);
      if (!outbound.ok || !isRefusedCredential(outbound.answer)) {
        preferred = at;
        break;
      }
    } while (++tried < adminTokens.length);
    return outbound;
  }

  /** @param at the position of the admin token. */
  function callWith(at: number, method: string, path: string, body: unknown, maxBytes: number): Promise<Outbound> {
    const own = headersOf[at]!;
    const init =
      body === undefined
        ? { method, headers: own }
        : { method, headers: { ...own, 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return send(runtime, url + path, init, { timeoutMs: UPSTREAM_TIMEOUT_MS, maxBytes });
  }

  const report = (silence: Silence, method: string, path: string) =>
    tellSilence(silence, { instance, method, address: url + path }, runtime);

  async function select(sql: string, parameters: Readonly<Record<string, string>>) {
    const body = { db: '_internal', q: sql, params: parameters, format: 'json' };
    const path = '/api/v3/query_sql';
    const rows = readRows(await call('POST', path, body, MAX_LISTING_BYTES));
    if (rows !== 'refused' && 'why' in rows) report(rows, 'POST', path);
    return rows;
  }

  async function findByToken(at: number) {
    const hash = await listedHash(adminTokens[at]!);
    const rows = await select('SELECT name, hash, expiry FROM system.tokens WHERE hash = $hash', { hash });
    return Array.isArray(rows) ? rows.filter((row) => row.hash === hash) : rows;
  }

  return {
    url,
    createToken: async (request) => {
      const path = '/api/v3/enterprise/configure/token';
      const outcome = checkMade(readCreate(await call('POST', path, request)));
      if (outcome.kind === 'unknown') report(outcome, 'POST', path);
      return outcome;
    },
    deleteToken: async (name) => {
      const path = `/api/v3/configure/token?token_name=${encodeURIComponent(name)}`;
      const outcome = readDelete(await call('DELETE', path), name);
      if (typeof outcome === 'string') return outcome;
      report(outcome, 'DELETE', path);
      return 'failed';
    },
    query: async (sql, parameters) => {
      const rows = await select(sql, parameters);
      return rows !== 'refused' && 'why' in rows ? null : rows;
    },
    listDatabases: async () => {
      const path = '/api/v3/configure/database?format=json';
      const names = readDatabases(await call('GET', path, undefined, MAX_DATABASES_BYTES));
      if (names === 'refused' || !('why' in names)) return names;
      report(names, 'GET', path);
      return null;
    },
    describeAdminToken: async () => {
      const asked = preferred;
      let rows = await findByToken(asked);
      // InfluxDB may have accepted another token than the one that was searched for.
      if (preferred !== asked) rows = await findByToken(preferred);
      if (rows === 'refused' || 'why' in rows) return rows;
      const [row] = rows;
      // It is shown to operators, so it must not be a credential that a gateway sent back.
      if (typeof row?.name !== 'string' || credentialIn(row.name) !== null) {
        return { why: 'unreadable', cause: 'its catalogue does not list the admin token in use', lasting: false };
      }
      return { name: row.name, expiry: typeof row.expiry === 'string' ? row.expiry : null };
    },
  };
}
