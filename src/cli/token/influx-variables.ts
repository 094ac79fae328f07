// A database token as environment variables: which database they name, and how a shell sets them. It never prints or exports anything
// itself.

import type { DatabaseToken } from '../../client/database-token.ts';
import { influxVariables } from '../../client/influx-variables.ts';
import { parseRequested } from '../../policy/language/permission.ts';

/** @param database the one that was named, instead of the only one that the token is for. */
export function variablesFor(
  token: DatabaseToken,
  database: string | undefined,
): Readonly<Record<string, string | undefined>> {
  const databases = databasesOf(token);
  const [only] = databases.length === 1 && databases[0] !== '*' ? databases : [];
  return influxVariables(token, database ?? only ?? null);
}

/** A message about a database that the token is not for, or null. */
export function foreignDatabase(token: DatabaseToken, database: string | undefined): string | null {
  const databases = databasesOf(token);
  if (database === undefined || databases.includes(database) || databases.includes('*')) return null;
  return `the token is not for the database "${database}", but for ${token.permissions.join(' ')}`;
}

/** Lines that a shell can evaluate. A variable without a value is unset, because it may be left from before. */
export function exportLines(variables: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(variables).map(([name, value]) =>
    value === undefined ? `unset ${name}` : `export ${name}=${quoted(value)}`,
  );
}

/** Within single quotes a shell changes nothing, and one inside ends them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** "*" means all databases. */
function databasesOf({ permissions }: DatabaseToken): readonly string[] {
  const triples = permissions.flatMap((text) => {
    const parsed = parseRequested(text);
    return parsed.ok ? parsed.value : [];
  });
  return [...new Set(triples.flatMap(({ type, name }) => (type === 'db' ? [name] : [])))];
}
