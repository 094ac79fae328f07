// Everything that the demo needs, on this machine's loopback interface: an emulated issuer, an emulated InfluxDB and the built Worker in
// workerd. It stores nothing and contacts nothing else; its keys and tokens end with it.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { formatFinding } from '../src/policy/build/report.ts';
import { bundleWorker, runWorker } from '../test/emulator/built-worker.ts';
import { createInfluxEmulator } from '../test/emulator/influxdb.ts';
import { createIssuer, type Issuer } from '../test/emulator/issuer.ts';
import { type Listener, listen } from '../test/emulator/listen.ts';
import { createSignIn, type SignIn } from '../test/emulator/sign-in.ts';
import { isJob, JOBS } from './jobs.ts';
import { PEOPLE } from './people.ts';
import { FIXED_PORTS, FREE_PORTS, type Ports } from './ports.ts';

export const DATABASES = ['ci_metrics', 'production', 'plant_berlin', 'plant_lyon'];

export interface StackOptions {
  /** Any free ones unless given. */
  readonly ports?: Ports;
  /** Ends the build. */
  readonly signal: AbortSignal;
  /** Called with each line that the Worker logs. */
  readonly onLog?: (line: string) => void;
}

export interface Stack {
  readonly serviceUrl: string;
  readonly influxUrl: string;
  readonly issuerUrl: string;
  /** Every line that the Worker has logged, oldest first. */
  readonly logs: readonly string[];
  readonly stop: () => Promise<void>;
}

/**
 * Starts everything, or stops what it had started and throws: an error with the code `EADDRINUSE` and the port when
 * one is taken.
 */
export async function startStack({ ports = FREE_PORTS, signal, onLog }: StackOptions): Promise<Stack> {
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.allSettled(stops.splice(0).map((one) => one()));
  };
  try {
    const issuer = await listenAsIssuer(ports.issuer);
    stops.push(issuer.close);
    const emulator = createInfluxEmulator({ databases: DATABASES });
    const influx = await listen((request) => emulator.fetch(request), ports.influx);
    stops.push(influx.close);
    await expectFree(ports.service);

    const policy = await readPolicy({ issuer: issuer.url, influx: influx.url });
    const worker = await runWorker(await bundleWorker(signal), {
      policy,
      secrets: { STS_KEY: randomBytes(32).toString('base64'), INFLUXDB3_ADMIN_TOKEN: emulator.adminToken },
      port: ports.service,
      ...(onLog === undefined ? {} : { onLog }),
    });
    stops.push(worker.stop);
    return { serviceUrl: worker.url, influxUrl: influx.url, issuerUrl: issuer.url, logs: worker.logs, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The issuer, and beside it `GET /sign/<job>`: the token that GitHub would hand to that job. Under `/people` stands another, at which people
 * sign in by saying who they are. A real issuer never signs for anyone who asks.
 */
async function listenAsIssuer(port: number): Promise<Listener> {
  let issuers: { readonly jobs: Issuer; readonly people: Issuer; readonly signIn: SignIn } | undefined;
  const listener = await listen(async (request) => {
    // Its address is known once it listens, and nobody learns it before it is ready.
    if (issuers === undefined) return new Response(null, { status: 503 });
    const { jobs, people, signIn } = issuers;
    const { pathname } = new URL(request.url);
    if (pathname.startsWith('/people/')) return (await signIn.fetch(request)) ?? people.fetch(request);
    const [, job] = /^\/sign\/([a-z]+)$/.exec(pathname) ?? [];
    if (request.method !== 'GET' || job === undefined || !isJob(job)) return jobs.fetch(request);
    return new Response(`${await jobs.sign(JOBS[job])}\n`, { headers: { 'content-type': 'text/plain' } });
  }, port);
  const [jobs, people] = await Promise.all(['', '/people'].map((path) => createIssuer({ iss: listener.url + path })));
  const signIn = createSignIn({
    issuer: people!,
    clientId: 'demo',
    // The page, by either name of this machine, and the command.
    redirects: /^http:\/\/(127\.0\.0\.1|localhost):\d+(\/ui\/callback\/people|\/callback)$/,
    claims: PEOPLE.engineer.claims,
    people: PEOPLE,
  });
  issuers = { jobs: jobs!, people: people!, signIn };
  return listener;
}

/** Checked before the build, because the build takes seconds. */
async function expectFree(port: number): Promise<void> {
  if (port === 0) return;
  const probe = await listen(async () => new Response(null, { status: 503 }), port);
  await probe.close();
}

/** demo/policy.yaml with the addresses that the emulators really have, compiled. */
async function readPolicy(addresses: { readonly issuer: string; readonly influx: string }): Promise<string> {
  const file = join(import.meta.dirname, 'policy.yaml');
  const text = await readFile(file, 'utf8');
  const placed = [
    [FIXED_PORTS.issuer, addresses.issuer],
    [FIXED_PORTS.influx, addresses.influx],
  ].reduce((sofar, [port, address]) => sofar.replaceAll(`http://127.0.0.1:${port}`, String(address)), text);
  const { policy, findings } = await compilePolicy(placed, { development: true });
  if (policy === null) throw new Error(findings.map((finding) => formatFinding(file, finding)).join('\n'));
  return JSON.stringify(policy);
}
