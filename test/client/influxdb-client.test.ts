// The adapter with InfluxDB's own client: writes go on over many token lives, and each client is closed once nothing uses it.

import { HttpError, InfluxDBClient, setLogger } from '@influxdata/influxdb3-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import type { DatabaseToken } from '../../src/client/database-token.ts';
import { webEnvironment } from '../../src/client/environment.ts';
import { createInfluxDBClient, type InfluxDBClientLike } from '../../src/client/influxdb-client.ts';
import { createSession } from '../../src/client/session.ts';
import { type Stack, startStack } from '../stack.ts';

setLogger({ error: () => {}, warn: () => {} });

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());

/**
 * Making a token takes a moment, so that the whole seconds that are left of it are one less than it lives; and of those, the session
 * replaces it as early as chance lets it. A renewal then has 1.35 s, however loaded the machine is.
 */
const LIFE_S = 2;
const CREATION_MS = 20;
const connect = ({ url, token }: DatabaseToken) => new InfluxDBClient({ host: url, token, database: 'ci_metrics' });

test("writes through InfluxDB's client over three token lives without a failed write", async () => {
  stack.influxdb.faults.always('create', { kind: 'slow', ms: CREATION_MS });
  const client = createClient({
    url: stack.service,
    subjectToken: () => stack.cluster.sign({ aud: 'cluster', sub: 'app' }),
    environment: { ...webEnvironment, chance: () => 0 },
  });
  const names = new Set<string>();
  const session = createSession({
    client,
    request: { rule: 'app', ttl: `${LIFE_S}s` },
    onToken: ({ name }) => void names.add(name),
  });
  const influx = createInfluxDBClient(session, connect);
  const until = Date.now() + 3 * LIFE_S * 1000 + 300;
  let writes = 0;
  while (Date.now() < until) {
    await influx.write(`build,job=unit seconds=${writes++}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await influx.close();
  expect(names.size).toBeGreaterThanOrEqual(4);
  expect(stack.influxdb.points('ci_metrics')).toHaveLength(writes);
});

test("a refusal of InfluxDB's reaches the caller as that client words it", async () => {
  const token = { token: 'apiv3_unknown', name: 'n', url: stack.influx } as DatabaseToken;
  const influx = createInfluxDBClient({ token: async () => token }, connect);
  await expect(influx.write('build seconds=1')).rejects.toBeInstanceOf(HttpError);
});

test('closes the client of a replaced token once the last query on it has ended', async () => {
  const log: string[] = [];
  let current = 'first';
  const session = { token: async () => ({ name: current }) as DatabaseToken };
  const influx = createInfluxDBClient(session, ({ name }) => ({
    write: async () => void log.push(`write ${name}`),
    query: async function* () {
      yield `row 1 of ${name}`;
      yield `row 2 of ${name}`;
    },
    queryPoints: async function* () {},
    getServerVersion: async () => name,
    close: async () => void log.push(`close ${name}`),
  }));
  const query = (influx as InfluxDBClientLike).query();
  expect((await query.next()).value).toBe('row 1 of first');
  current = 'second';
  await influx.write();
  expect(log).toEqual(['write second']);
  expect((await query.next()).value).toBe('row 2 of first');
  await query.next();
  expect(log).toEqual(['write second', 'close first']);
  await influx.close();
  expect(log.at(-1)).toBe('close second');
});
