// Makes `@influxdata/influxdb3-client` refresh its token by itself. That client takes one token for its life, so there is one client for
// each token, and the previous one is closed once nothing uses it any more. The package is the user's: it is never imported here.

import type { DatabaseToken } from './database-token.ts';
import type { Session } from './session.ts';

/** What the adapter needs of an `InfluxDBClient`. */
export interface InfluxDBClientLike {
  write(...parameters: never[]): Promise<void>;
  query(...parameters: never[]): AsyncGenerator<unknown, void, void>;
  queryPoints(...parameters: never[]): AsyncGenerator<unknown, void, void>;
  getServerVersion(): Promise<string | undefined>;
  close(): Promise<void>;
}

/** The methods of the client that was connected, with its own parameters and results. */
export type RefreshingClient<C extends InfluxDBClientLike> = Pick<
  C,
  'write' | 'query' | 'queryPoints' | 'getServerVersion' | 'close'
>;

/** A connected client and how many calls are using it. */
interface Connected<C> {
  readonly client: C;
  readonly name: string;
  uses: number;
  superseded: boolean;
}

/**
 * @param connect makes the client for a token, such as
 *   `({ url, token }) => new InfluxDBClient({ host: url, token, database: 'metrics' })`.
 *
 * Closing it closes the connection and not the session, which others may use.
 */
export function createInfluxDBClient<C extends InfluxDBClientLike>(
  session: Pick<Session, 'token'>,
  connect: (token: DatabaseToken) => C,
): RefreshingClient<C> {
  let connected: Connected<C> | null = null;

  async function acquire(): Promise<Connected<C>> {
    const token = await session.token();
    const before = connected;
    const one =
      before?.name === token.name ? before : { client: connect(token), name: token.name, uses: 0, superseded: false };
    one.uses++;
    connected = one;
    if (before !== null && before !== one) await supersede(before);
    return one;
  }

  async function release(one: Connected<C>): Promise<void> {
    one.uses--;
    if (one.superseded && one.uses === 0) await one.client.close();
  }

  async function supersede(one: Connected<C>): Promise<void> {
    one.superseded = true;
    if (one.uses === 0) await one.client.close();
  }

  async function once<T>(call: (client: C) => Promise<T>): Promise<T> {
    const one = await acquire();
    try {
      return await call(one.client);
    } finally {
      await release(one);
    }
  }

  async function* stream(call: (client: C) => AsyncGenerator<unknown, void, void>) {
    const one = await acquire();
    try {
      yield* call(one.client);
    } finally {
      await release(one);
    }
  }

  const refreshing: InfluxDBClientLike = {
    write: (...parameters) => once((client) => client.write(...parameters)),
    query: (...parameters) => stream((client) => client.query(...parameters)),
    queryPoints: (...parameters) => stream((client) => client.queryPoints(...parameters)),
    getServerVersion: () => once((client) => client.getServerVersion()),
    close: async () => {
      const last = connected;
      connected = null;
      if (last !== null) await supersede(last);
    },
  };
  return refreshing as RefreshingClient<C>;
}
