// The tables that can be queried: `system.tokens` of the database `_internal`, and the tables that writes made.
// A listing shows a node's knowledge, expired tokens included, and never more of a hash than its first nine digits.
import type { Server } from './influxdb-authentication.ts';
import type { Token } from './influxdb-catalog.ts';
import type { Point } from './influxdb-line-protocol.ts';
import { formatGrant } from './influxdb-permissions.ts';
import type { SqlValue, Timestamp } from './influxdb-sql.ts';
import type { Row, Table } from './influxdb-sql-evaluation.ts';

const TOKEN_COLUMNS: Readonly<Record<string, (token: Token, server: Server) => SqlValue>> = {
  token_id: ({ id }) => BigInt(id),
  name: ({ name }) => name,
  hash: ({ hash }) => hash.slice(0, 9),
  created_at: ({ createdAt }) => time(createdAt),
  description: () => null,
  created_by_token_id: () => null,
  updated_at: ({ updatedAt }) => time(updatedAt),
  updated_by_token_id: () => null,
  expiry: ({ expiry }) => time(expiry),
  permissions: (token, server) => permissionsColumn(server, token),
};

/** The table `system.tokens` as a node sees it. */
export function tokensTable(server: Server, node: number): Table {
  const rows = server.catalog.tokens(node).map(
    (token): Row => ({
      get: (column) => TOKEN_COLUMNS[column]?.(token, server),
      *[Symbol.iterator]() {
        for (const [column, of] of Object.entries(TOKEN_COLUMNS)) yield [column, of(token, server)];
      },
    }),
  );
  return { columns: Object.keys(TOKEN_COLUMNS), rows };
}

function time(millis: number | null): Timestamp | null {
  return millis === null ? null : { nanos: BigInt(millis) * 1_000_000n };
}

function permissionsColumn(server: Server, { grants }: Token): string {
  const forms = grants === 'admin' ? ['*:*:*'] : grants.map((grant) => formatGrant(grant, server.catalog.databaseName));
  const plain = server.permissionsListing === 'plain' || server.edition === 'core';
  return plain ? forms.join(',') : JSON.stringify(forms);
}

/** What `SHOW TABLES` lists of a user database. */
export function tablesTable(points: readonly Point[]): Table {
  const names = [...new Set(points.map(({ table }) => table))].sort();
  const rows = names.map(
    (name) =>
      new Map<string, SqlValue>([
        ['table_catalog', 'public'],
        ['table_schema', 'iox'],
        ['table_name', name],
        ['table_type', 'BASE TABLE'],
      ]),
  );
  return { columns: ['table_catalog', 'table_schema', 'table_name', 'table_type'], rows };
}

/** A table of a user database, or null when nothing was written to it; later writes of a point replace its fields. */
export function pointsTable(points: readonly Point[], name: string): Table | null {
  const columns = new Set(['time']);
  const rows = new Map<string, Map<string, SqlValue>>();
  for (const point of points) {
    if (point.table !== name) continue;
    const tags = point.tags.toSorted(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify([tags, `${point.time}`]);
    const row = rows.get(key) ?? new Map<string, SqlValue>([...tags, ['time', { nanos: point.time }]]);
    for (const [column, value] of point.fields) row.set(column, value);
    for (const column of row.keys()) columns.add(column);
    rows.set(key, row);
  }
  return rows.size === 0 ? null : { columns: [...columns].sort(), rows: [...rows.values()] };
}
