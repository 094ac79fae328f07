// Where the contract tests run: against the emulator in two versions, and against a real server when INFLUXDB3_URL and
// INFLUXDB3_ADMIN_TOKEN are set. Every suite works in two databases of its own, under names that nobody else uses, and
// removes all it made. It never touches the operator token.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createInfluxEmulator } from './influxdb.ts';
import { type Caller, createCaller, type Permission } from './influxdb-caller.ts';
import { type ServerVersion, serverVersion } from './influxdb-version.ts';
import { listen } from './listen.ts';

/** What a suite may use; the members that depend on the server are set when its tests run. */
export interface ContractSuite {
  /** Prefix of every name that the suite makes. */
  run: string;
  alpha: string;
  beta: string;
  url: string;
  adminToken: string;
  influx: Caller;
  version: ServerVersion;
  /** A fresh token name; whatever gets it is deleted at the end. */
  tokenName(): string;
  /** A token with the permissions. */
  mint(permissions: Permission[], expirySecs?: number): Promise<string>;
  /** Creates a database, to be dropped at the end. */
  newDatabase(name: string): Promise<string>;
  /** Has a database dropped at the end that a test creates in another way. */
  dropLater(name: string): void;
}

interface Target {
  url: string;
  adminToken: string;
  close(): Promise<void>;
}

async function emulator(version: string): Promise<Target> {
  const influx = createInfluxEmulator({ version });
  const { url, close } = await listen((request) => influx.fetch(request));
  return { url, adminToken: influx.adminToken, close };
}

const targets: [string, () => Promise<Target>][] = [
  ['the emulator of 3.11.2', () => emulator('3.11.2')],
  ['the emulator of 3.9.2', () => emulator('3.9.2')],
];
const { INFLUXDB3_URL, INFLUXDB3_ADMIN_TOKEN } = process.env;

/** Whether the environment names a real server. */
export const hasRealServer = INFLUXDB3_URL !== undefined && INFLUXDB3_ADMIN_TOKEN !== undefined;

if (INFLUXDB3_URL !== undefined && INFLUXDB3_ADMIN_TOKEN !== undefined) {
  const url = INFLUXDB3_URL.replace(/\/$/, '');
  targets.push(['a real server', async () => ({ url, adminToken: INFLUXDB3_ADMIN_TOKEN, close: async () => {} })]);
}

/** The permission on databases. */
export const db = (names: string[], actions: string[]): Permission => ({
  resource_type: 'db',
  resource_names: names,
  actions,
});

/** Bodies that a 403 of a v3 endpoint may have; which of them is not documented. */
export const FORBIDDEN_BODIES = ['', '{"error": "unauthorized to perform requested action with the token"}'];

/** Declares the tests once for each target. */
export function describeContract(title: string, declare: (suite: ContractSuite) => void): void {
  describe.each(targets)(`${title} of %s`, (_name, start) => {
    const run = `contract-${randomUUID().slice(0, 8)}`;
    const tokens = new Set<string>();
    const databases = new Set<string>();
    let close: () => Promise<void>;

    const suite = {
      run,
      alpha: `${run}-alpha`,
      beta: `${run}-beta`,
      tokenName(): string {
        const name = `${run}.${randomUUID().slice(0, 8)}`;
        tokens.add(name);
        return name;
      },
      async mint(permissions: Permission[], expirySecs = 600): Promise<string> {
        const answer = await suite.influx.create(suite.tokenName(), permissions, expirySecs);
        expect(answer.status, answer.text).toBe(201);
        return JSON.parse(answer.text).token;
      },
      async newDatabase(name: string): Promise<string> {
        databases.add(name);
        expect((await suite.influx.createDatabase(name)).status).toBe(200);
        return name;
      },
      dropLater: (name: string) => void databases.add(name),
    } as ContractSuite;

    beforeAll(async () => {
      const target = await start();
      close = target.close;
      suite.url = target.url;
      suite.adminToken = target.adminToken;
      suite.influx = createCaller(fetch, target.url, target.adminToken);
      const ping = await suite.influx.asAdmin('GET', '/ping');
      suite.version = serverVersion(ping.headers.get('x-influxdb-version') ?? '');
      await suite.newDatabase(suite.alpha);
      await suite.newDatabase(suite.beta);
    });

    afterAll(async () => {
      for (const name of tokens) await suite.influx.delete(name);
      for (const name of databases) await suite.influx.dropDatabase(name);
      await close();
    });

    declare(suite);
  });
}
