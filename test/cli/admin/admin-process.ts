// Runs `influx-sts admin` as a process of its own against an emulated InfluxDB on a real socket. No run may print an admin token.

import { expect, onTestFinished } from 'vitest';
import { createInfluxEmulator, type InfluxEmulator, type InfluxEmulatorOptions } from '../../emulator/influxdb.ts';
import { listen } from '../../emulator/listen.ts';
import { run } from '../caller-process.ts';

/** `influx-sts admin ...`, which prints no admin token whatever happens. */
export async function admin(args: readonly string[], env: Record<string, string> = {}, input = '') {
  const ended = await run(['admin', ...args], env, input);
  expect(ended.out + ended.err).not.toContain('apiv3_');
  return ended;
}

type Handler = (request: Request) => Promise<Response>;

/** The address under which the handler can be reached until the test ends. */
export async function served(handler: Handler): Promise<string> {
  const listener = await listen(handler);
  onTestFinished(() => listener.close());
  return listener.url;
}

/** An emulated InfluxDB and its address. */
export async function database(options: InfluxEmulatorOptions = {}) {
  const influx = createInfluxEmulator(options);
  const env = { INFLUXDB3_ADMIN_TOKEN: influx.adminToken };
  return { influx, url: await served((request) => influx.fetch(request)), env };
}

/** Calls the server as an admin. */
export async function call(
  influx: InfluxEmulator,
  method: string,
  path: string,
  json: unknown,
  token = influx.adminToken,
) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const init = { method, headers, body: JSON.stringify(json) };
  return (await influx.fetch(new Request(`http://influx${path}`, init))).json();
}

/** The names of all admin tokens, in their order. */
export async function adminNames(influx: InfluxEmulator): Promise<string[]> {
  const q = "SELECT name FROM system.tokens WHERE permissions LIKE '%*:*:*%' ORDER BY name";
  const rows = (await call(influx, 'POST', '/api/v3/query_sql', { db: '_internal', q })) as { name: string }[];
  return rows.map(({ name }) => name);
}

/** Makes an admin token. */
export async function namedAdmin(influx: InfluxEmulator, name: string, seconds?: number): Promise<string> {
  const body = { token_name: name, expiry_secs: seconds };
  return ((await call(influx, 'POST', '/api/v3/configure/token/named_admin', body)) as { token: string }).token;
}
