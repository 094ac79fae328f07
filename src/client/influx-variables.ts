// A database token as environment variables, under every name by which InfluxDB's own programs read one. It never sets one set without the
// other, because a program would then use what another login has left in the other.

import type { DatabaseToken } from './database-token.ts';

/** By name. Unset the undefined ones, because their values may be left from another server. @param database null where it is not clear. */
export function influxVariables(
  { token, url }: Pick<DatabaseToken, 'token' | 'url'>,
  database: string | null,
): Readonly<Record<string, string | undefined>> {
  return {
    // The command `influxdb3`.
    INFLUXDB3_AUTH_TOKEN: token,
    INFLUXDB3_HOST_URL: url,
    INFLUXDB3_DATABASE_NAME: database ?? undefined,
    // The clients for JavaScript, Python, Go, Java and C#.
    INFLUX_HOST: url,
    INFLUX_TOKEN: token,
    INFLUX_DATABASE: database ?? undefined,
  };
}
