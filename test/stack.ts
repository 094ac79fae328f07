// The service over real HTTP, for whatever stands outside it - the client, the command, the action, other people's libraries: the built
// Worker in workerd, behind a front that records each call and may answer in its place, with an issuer and an InfluxDB that listen.

import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { formatFinding } from '../src/policy/build/report.ts';
import { type RunningWorker, readBundle, runWorker } from './emulator/built-worker.ts';
import { createInfluxEmulator, type InfluxEmulator, type InfluxEmulatorOptions } from './emulator/influxdb.ts';
import { createIssuer, type Issuer } from './emulator/issuer.ts';
import { type Listener, listen } from './emulator/listen.ts';
import { TEST_BUNDLE } from './global-setup.ts';

export interface Addresses {
  /** The service's own, as its callers see it. */
  readonly service: string;
  readonly issuer: string;
  readonly influx: string;
}

/** Emulated: one that signs for CI jobs as GitHub does, and one that signs for service accounts. */
export interface Issuers {
  readonly github: Issuer;
  readonly cluster: Issuer;
}

export interface StackOptions {
  /** Policy text in YAML. */
  readonly policy?: (addresses: Addresses) => string;
  readonly influx?: InfluxEmulatorOptions;
  /** Beside those that every service has. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Answers at the issuers' address in their place: a sign-in page, a runner's id token endpoint. */
  readonly beside?: (request: Request, issuers: Issuers) => Promise<Response | null>;
}

/** What the front may do with a call instead of passing it on: answer it, break the connection, or first wait. */
export type Intercept = (call: { readonly method: string; readonly path: string }) => FrontAnswer | null;
export type FrontAnswer =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'reset'
  /** The service does what it was asked, and its answer is lost. */
  | 'lose_answer'
  | { readonly delayMs: number }
  | { readonly until: Promise<unknown> };

export interface Stack extends Addresses, Issuers {
  readonly worker: RunningWorker;
  readonly influxdb: InfluxEmulator;
  /** What the service was asked, oldest first. */
  readonly calls: { readonly method: string; readonly path: string }[];
  /** Set by a test; null passes everything on. */
  intercept: Intercept | null;
  /** Names of the vended tokens that InfluxDB still accepts. */
  readonly liveTokens: () => string[];
  readonly stop: () => Promise<void>;
}

/**
 * CI jobs of repository 123456, whose tokens are for single use and for the service's own address; and the service accounts `app`,
 * `dashboards`, which share a token, and `operator`, whose tokens are for the audience `cluster`.
 */
export const STACK_POLICY = ({ service, issuer, influx }: Addresses): string => `
audience: ${service}
issuers:
  github: { preset: github-actions, issuer: "${issuer}", audience: "${service}" }
  cluster: { issuer: "${issuer}/cluster", audience: cluster }
instances:
  main: { url: "${influx}", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: ci-metrics
    issuer: github
    when: { repository_id: "123456", ref: refs/heads/main }
    allow: ["db:ci_metrics:read,write"]
    ttl: { default: 15m, max: 1h }
  - name: operators
    issuer: cluster
    when: { sub: operator }
    roles: [operator]
  - name: app
    issuer: cluster
    when: { sub: app }
    allow: ["db:ci_metrics:write"]
    ttl: { default: 15m, max: 1h }
  - name: dashboards
    issuer: cluster
    when: { sub: dashboards }
    allow: ["db:ci_metrics:read"]
    ttl: 15m
    share: true
`;

export async function startStack(options: StackOptions = {}): Promise<Stack> {
  let issuers: Issuers | undefined;
  const issuer = await listen(async (request) => {
    // Nobody is told the address before they are there.
    if (issuers === undefined) return new Response(null, { status: 503 });
    const { pathname } = new URL(request.url);
    const asked = pathname.startsWith('/cluster/') ? issuers.cluster : issuers.github;
    return (await options.beside?.(request, issuers)) ?? asked.fetch(request);
  });
  const [github, cluster] = await Promise.all([
    createIssuer({ iss: issuer.url }),
    createIssuer({ iss: `${issuer.url}/cluster` }),
  ]);
  issuers = { github, cluster };
  const influxdb = createInfluxEmulator({ databases: ['ci_metrics'], ...options.influx });
  const influx = await listen((request) => influxdb.fetch(request));

  const calls: Stack['calls'] = [];
  let worker: RunningWorker | undefined;
  let intercept: Intercept | null = null;
  const front = await listenInFront(
    () => worker!.url,
    (call) => {
      calls.push(call);
      return intercept?.(call) ?? null;
    },
  );
  const addresses = { service: front.url, issuer: issuer.url, influx: influx.url };
  const { policy, findings } = await compilePolicy((options.policy ?? STACK_POLICY)(addresses), { development: true });
  if (policy === null) throw new Error(findings.map((finding) => formatFinding('policy', finding)).join('\n'));
  worker = await runWorker(await readBundle(TEST_BUNDLE), {
    policy: JSON.stringify(policy),
    secrets: { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: influxdb.adminToken, ...options.secrets },
  });
  const running = worker;
  return {
    ...addresses,
    worker,
    influxdb,
    ...issuers,
    calls,
    get intercept() {
      return intercept;
    },
    set intercept(next) {
      intercept = next;
    },
    liveTokens: () =>
      influxdb.tokens().flatMap(({ name, expiry }) => (expiry !== null && expiry > Date.now() ? [name] : [])),
    stop: async () => {
      await front.close();
      await running.stop();
      await Promise.all([influx.close(), issuer.close()]);
    },
  };
}

/** Passes requests on with their headers as they are, `Host` included, so that the service sees the address that callers use. */
async function listenInFront(target: () => string, decide: Intercept): Promise<Listener> {
  const server = createServer(async (incoming, outgoing) => {
    const { method = 'GET', url: path = '/' } = incoming;
    const answer = decide({ method, path });
    if (answer === 'reset') return void incoming.socket.destroy();
    if (answer !== null && answer !== 'lose_answer' && 'status' in answer) {
      incoming.resume();
      return void outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    }
    if (answer !== null && answer !== 'lose_answer') {
      await ('until' in answer ? answer.until : new Promise((go) => setTimeout(go, answer.delayMs)));
    }
    const passed = httpRequest(target() + path, { method, headers: incoming.headers }, (response) => {
      if (answer === 'lose_answer') return void incoming.socket.destroy();
      outgoing.writeHead(response.statusCode!, response.headers);
      response.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
