// A database token as environment variables: the ones that InfluxDB's own command and clients read, and how a shell is told of them.

import type { DatabaseToken } from '../client/database-token.ts';
import { parseRequested } from '../policy/permission.ts';

export interface InfluxVariables {
  readonly INFLUXDB3_AUTH_TOKEN: string;
  readonly INFLUXDB3_HOST_URL: string;
  /** Absent where it is not clear. */
  readonly INFLUXDB3_DATABASE_NAME?: string;
}

/** @param database the one that was named, instead of the only one that the token is for. */
export function influxVariables(token: DatabaseToken, database: string | undefined): InfluxVariables {
  const databases = databasesOf(token);
  const [only] = databases.length === 1 && databases[0] !== '*' ? databases : [];
  const one = database ?? only;
  return {
    INFLUXDB3_AUTH_TOKEN: token.token,
    INFLUXDB3_HOST_URL: token.url,
    ...(one === undefined ? {} : { INFLUXDB3_DATABASE_NAME: one }),
  };
}

/** A complaint about a database that the token is not for, or null. */
export function foreignDatabase(token: DatabaseToken, database: string | undefined): string | null {
  const databases = databasesOf(token);
  if (database === undefined || databases.includes(database) || databases.includes('*')) return null;
  return `the token is not for the database "${database}", but for ${token.permissions.join(' ')}`;
}

/** Lines that a shell may evaluate; what has no value is unset, for it may be left from before. */
export function exportLines(variables: Readonly<Record<string, string | null>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) =>
    value === null ? `unset ${name}` : `export ${name}=${quoted(value)}`,
  );
}

/** Within single quotes a shell changes nothing, and one inside ends them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** "*" stands among them for all. */
function databasesOf({ permissions }: DatabaseToken): readonly string[] {
  const triples = permissions.flatMap((text) => {
    const parsed = parseRequested(text);
    return parsed.ok ? parsed.value : [];
  });
  return [...new Set(triples.flatMap(({ type, name }) => (type === 'db' ? [name] : [])))];
}
