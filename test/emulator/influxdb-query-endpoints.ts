// The query endpoints. SQL runs as far as influxdb-sql.ts goes; InfluxQL is authorized and then refused.
// JSON results omit null columns and print timestamps without a zone, as the real server's writer does.
import { forbidden, mayUseDatabase, type Routes, type Server } from './influxdb-authentication.ts';
import type { Token } from './influxdb-catalog.ts';
import { bodyText, type Call, jsonRefusal, Refusal, reply } from './influxdb-http.ts';
import { decodeJson, optional, scalars, string, struct } from './influxdb-json.ts';
import { parseSql, SqlError, type SqlValue } from './influxdb-sql.ts';
import { evaluate, type Result, type Table } from './influxdb-sql-evaluation.ts';
import { pointsTable, tablesTable, tokensTable } from './influxdb-tables.ts';
import { formatLocal } from './influxdb-timestamp.ts';
import type { PointStore } from './influxdb-write-endpoints.ts';

interface QueryRequest {
  db: string;
  q: string;
  format: string | null;
  params: Record<string, string | number | bigint | boolean | null> | null;
}

const queryRequest = struct<QueryRequest>('QueryRequest', {
  db: string,
  q: string,
  format: optional(string),
  params: optional(scalars),
});

const FORMATS: Record<string, { contentType: string; write: (result: Result) => string }> = {
  json: { contentType: 'application/json', write: ({ rows }) => `[${rows.map(jsonRow).join(',')}]` },
  jsonl: { contentType: 'application/jsonl', write: ({ rows }) => rows.map((row) => `${jsonRow(row)}\n`).join('') },
  csv: { contentType: 'text/csv', write: csv },
};
const ACCEPT: Record<string, string> = {
  '*/*': 'json',
  'application/json': 'json',
  'application/jsonl': 'jsonl',
  'text/csv': 'csv',
};

const SHOW_TABLES = /^\s*show\s+tables\s*;?\s*$/i;

/** Routes of the query endpoints. */
export function queryEndpoints(server: Server, store: PointStore): Routes {
  function querySql(call: Call, token: Token | null): Response {
    const { db, q, format, params } = readQuery(call);
    requireReadable(call, token, db);
    const { contentType, write } = formatOf(format, call.headers.get('accept'));
    try {
      if (SHOW_TABLES.test(q)) return reply(200, write(listTables(db, call.node)), { 'content-type': contentType });
      const query = parseSql(q);
      const table = tableOf(db, query.from, call.node);
      const context = { parameters: params ?? {}, nowNanos: BigInt(server.now()) * 1_000_000n };
      return reply(200, write(evaluate(query, table, context)), { 'content-type': contentType });
    } catch (error) {
      if (error instanceof SqlError) throw new Refusal(400, error.message);
      throw error;
    }
  }

  function requireReadable(call: Call, token: Token | null, db: string): void {
    if (!mayUseDatabase(server, call, token, db, 'read')) throw forbidden(server, 'handler');
    if (server.catalog.database(db, call.node) === undefined) {
      throw jsonRefusal(404, `query error: database not found: ${db}`);
    }
  }

  function listTables(db: string, node: number): Result {
    const { columns, rows } = tablesTable(store.of(server.catalog.database(db, node)!.id));
    return { columns, rows: rows.map((row) => new Map(row)) };
  }

  function tableOf(db: string, name: string[], node: number): Table {
    const qualified = name.join('.');
    if (db === '_internal' && qualified === 'system.tokens') return tokensTable(server, node);
    const database = server.catalog.database(db, node)!;
    const table = name.length === 1 ? pointsTable(store.of(database.id), qualified) : null;
    if (table === null) throw new SqlError(`Error during planning: table 'public.iox.${qualified}' not found`);
    return table;
  }

  function queryInfluxql(call: Call, token: Token | null): never {
    requireReadable(call, token, readQuery(call).db);
    throw new Refusal(400, 'the emulator does not run InfluxQL');
  }

  function queryV1(call: Call, token: Token | null): never {
    const db = call.url.searchParams.get('db') ?? new URLSearchParams(bodyText(call.body)).get('db');
    if (db === null) throw jsonRefusal(400, 'the emulator needs the parameter db');
    if (!mayUseDatabase(server, call, token, db, 'read')) throw jsonRefusal(401, 'unauthorized access');
    throw jsonRefusal(400, 'the emulator does not run InfluxQL');
  }

  return {
    'GET /api/v3/query_sql': querySql,
    'POST /api/v3/query_sql': querySql,
    'GET /api/v3/query_influxql': queryInfluxql,
    'POST /api/v3/query_influxql': queryInfluxql,
    'GET /query': queryV1,
    'POST /query': queryV1,
  };
}

/** The database that a query is for, or null when the query is malformed. */
export function queryDatabase(call: Call): string | null {
  try {
    return readQuery(call).db;
  } catch {
    return null;
  }
}

function readQuery(call: Call): QueryRequest {
  if (call.method === 'POST') return decodeJson(bodyText(call.body), queryRequest);
  const { searchParams } = call.url;
  const [db, q, params] = [searchParams.get('db'), searchParams.get('q'), searchParams.get('params')];
  if (db === null || q === null) throw new Refusal(400, "missing query parameters 'db' and 'q'");
  return { db, q, format: searchParams.get('format'), params: params === null ? null : decodeJson(params, scalars) };
}

function formatOf(format: string | null, accept: string | null): NonNullable<(typeof FORMATS)[string]> {
  if (format === null) {
    const type = accept ?? '*/*';
    const accepted = FORMATS[ACCEPT[type] ?? ''];
    if (accepted === undefined) throw new Refusal(400, `invalid mime type (${type})`);
    return accepted;
  }
  const known = FORMATS[format === 'json_lines' ? 'jsonl' : format];
  if (known === undefined) throw new Refusal(400, `the emulator does not write the format ${format}`);
  return known;
}

function jsonRow(row: Result['rows'][number]): string {
  const members = [...row].filter(([, value]) => value !== null);
  return `{${members.map(([column, value]) => `${JSON.stringify(column)}:${jsonValue(value)}`).join(',')}}`;
}

function jsonValue(value: SqlValue): string {
  if (typeof value === 'bigint') return `${value}`;
  if (typeof value === 'number' && Number.isInteger(value)) return value.toFixed(1);
  if (typeof value === 'object' && value !== null) return JSON.stringify(formatLocal(value.nanos));
  return JSON.stringify(value);
}

function csv({ columns, rows }: Result): string {
  const cell = (value: SqlValue) => {
    const text = typeof value === 'object' ? (value === null ? '' : formatLocal(value.nanos)) : `${value}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = [columns, ...rows.map((row) => columns.map((column) => cell(row.get(column) ?? null)))];
  return lines.map((line) => `${line.join(',')}\n`).join('');
}
