// The lines that the page gives with a token, run as they stand against the emulated InfluxDB. It speaks HTTP alone, so what asks by gRPC
// is compiled and not run.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { snippetsFor } from '../../src/ui/pages/snippets.ts';
import { createInfluxEmulator } from '../emulator/influxdb.ts';
import { createCaller } from '../emulator/influxdb-caller.ts';
import { type Listener, listen } from '../emulator/listen.ts';

const run = promisify(execFile);
const influx = createInfluxEmulator({ databases: ['prod', 'other'] });
let upstream: Listener;
/** Beside `node_modules`, so that the client is found. */
let folder: string;
beforeAll(async () => {
  upstream = await listen((request) => influx.fetch(request));
  folder = await mkdtemp(join(import.meta.dirname, '../../dist/snippets-'));
});
afterAll(() => Promise.all([upstream.close(), rm(folder, { recursive: true })]));

let made = 0;

/** By title, for a token that InfluxDB knows. */
async function snippets(actions: readonly string[], database = 'prod'): Promise<ReadonlyMap<string, string>> {
  const permissions = [{ resource_type: 'db', resource_names: [database], actions: [...actions] }] as const;
  const caller = createCaller(influx.fetch, upstream.url, influx.adminToken);
  const { text } = await caller.create(`t-${++made}`, structuredClone(permissions) as never, 60);
  const { token } = JSON.parse(text) as { token: string };
  const all = snippetsFor({ url: upstream.url, token, permissions: [`db:${database}:${actions}`] });
  return new Map(all.map((snippet) => [snippet.title, snippet.text]));
}

async function runScript(text: string): Promise<string> {
  const file = join(folder, 'snippet.mjs');
  await writeFile(file, text);
  return (await run(process.execPath, [file], { timeout: 20_000 })).stdout;
}

test('curl writes and reads, and the shell keeps what the environment says', async () => {
  const { curl, environment } = await read(['read', 'write']);
  const script = `${environment}\n${curl}\necho " $INFLUX_HOST $INFLUX_DATABASE"`;
  const { stdout } = await run('bash', ['-euc', script]);
  expect(influx.points('prod')[0]).toMatch(/^weather,city=Berlin temperature=21\.5/);
  expect(stdout).toContain('"table_name":"weather"');
  expect(stdout).toContain(` ${upstream.url} prod`);

  async function read(actions: readonly string[]) {
    const all = await snippets(actions);
    return { curl: all.get('curl')!, environment: all.get('Environment')! };
  }
});

test('JavaScript writes with the official client', async () => {
  const before = influx.points('prod').length;
  await runScript((await snippets(['write'])).get('JavaScript')!);
  expect(influx.points('prod').length).toBe(before + 1);
});

test('JavaScript that reads is a program, of calls that the official client has', async () => {
  const text = (await snippets(['read'])).get('JavaScript')!;
  const unused = text.replace(/^(await|for await) /gm, 'if (!client) $&');
  const used = [...unused.matchAll(/client\.(\w+)\(/g)].map(([, method]) => `typeof client.${method}`);
  expect(await runScript(`${unused}\nconsole.log(${used.join(', ')});`)).toBe('function function\n');
});

test('what a token cannot do is not among them', async () => {
  const titles = async (...actions: string[]) => [...(await snippets(actions, 'other')).keys()];
  const both = ['Environment', 'influxdb3', 'curl', 'Python', 'JavaScript', 'Go'];
  expect(await titles('read')).toEqual([...both, 'Grafana']);
  expect(await titles('write')).toEqual([...both, 'Telegraf']);
  expect(await titles('read', 'write')).toEqual([...both, 'Telegraf', 'Grafana']);
  const reading = [...(await snippets(['read'], 'other')).values()].join('\n');
  expect(reading).not.toMatch(/write/i);
});

test('Grafana takes a data source of SQL, and the name of a token of all databases is left to be filled in', async () => {
  const source = parse((await snippets(['read'])).get('Grafana')!) as { datasources: Record<string, unknown>[] };
  expect(source.datasources[0]).toMatchObject({
    type: 'influxdb',
    url: upstream.url,
    jsonData: { version: 'SQL', dbName: 'prod', insecureGrpc: true },
    secureJsonData: { token: expect.stringMatching(/^apiv3_/) },
  });
  const every = snippetsFor({ url: 'https://i.example', token: 'apiv3_x', permissions: ['db:*:read'] });
  expect(every[0]!.text).toContain("INFLUX_DATABASE='DATABASE'");
  expect(every.map(({ text }) => text).join('\n')).not.toContain('insecureGrpc');
});

test('a token for the probes of the server asks one of them', async () => {
  const [probe] = snippetsFor({ url: 'https://i.example', token: 'apiv3_x', permissions: ['system:health:read'] });
  expect(probe).toEqual({
    title: 'curl',
    text: "curl -sS 'https://i.example/health' -H 'Authorization: Bearer apiv3_x'",
  });
});
