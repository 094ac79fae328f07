// The one fixture: a small world of emulated issuers, an emulated InfluxDB, a clock and the app itself in this process. Tests talk to it
// over HTTP semantics only. Time stands still unless a test moves it.

import { expect } from 'vitest';
import { createApp } from '../src/app.ts';
import type { AuditEvent } from '../src/audit/event.ts';
import { readSettings } from '../src/config.ts';
import type { Reason } from '../src/foundation/failure.ts';
import type { Runtime } from '../src/foundation/runtime.ts';
import type { OpenApiDocument } from '../src/http/openapi/schemas.ts';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { formatFinding } from '../src/policy/build/report.ts';
import type { CompiledPolicy } from '../src/policy/language/compiled.ts';
import { createService, type Service, type Stores } from '../src/service/service.ts';
import { type Checker, createChecker } from './documented.ts';
import { createInfluxEmulator, type InfluxEmulator, type InfluxEmulatorOptions } from './emulator/influxdb.ts';
import { createIssuer, createSigningKey, type Issuer, type SigningKey } from './emulator/issuer.ts';
import { githubActions } from './emulator/personas.ts';
import { createMemoryStores, type MemoryStores } from './memory-stores.ts';

export const AUDIENCE = 'https://sts.example.com';
export const GITHUB = 'https://token.actions.githubusercontent.com';
export const BACKEND = 'https://login.example.com/';
const INFLUX_HOST = 'influxdb.example.com:8181';
const START = Date.parse('2026-11-23T12:00:00Z');

/** A policy that most tests can use: a CI job, a backend with tenants, a denial. */
export const POLICY = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
  backend: { issuer: ${BACKEND} }
instances:
  main: { url: "https://${INFLUX_HOST}", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: ci-metrics
    issuer: github
    when: { repository_id: "123456", repository_owner_id: "77", ref: refs/heads/main, event_name: [push, workflow_dispatch] }
    allow: ["db:ci_metrics:write"]
    ttl: 15m
  - name: tenant-self
    issuer: backend
    when: { tenant: { exists: true } }
    allow: ["db:tenant_{tenant}:read"]
    ttl: { default: 15m, max: 1h }
  - name: dashboards
    issuer: backend
    when: { client_id: dashboards }
    allow: ["db:tenant_*:read", "system:metrics,health:read"]
    ttl: 30m
  - name: never-from-forks
    issuer: github
    when: { event_name: pull_request_target }
    deny: ["db:*:write"]
`;

export interface WorldOptions {
  /** Policy text in YAML; `POLICY` by default. */
  readonly policy?: string;
  readonly development?: boolean;
  readonly influx?: InfluxEmulatorOptions;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the rest of the network answers; by default every other host is unreachable. */
  readonly elsewhere?: (request: Request) => Promise<Response>;
  /** How a request of the service reaches InfluxDB; straight to its first node by default. */
  readonly upstream?: (request: Request, influx: InfluxEmulator) => Promise<Response>;
  /** What the service is given for the stores in memory, such as ones that fail or that count their calls. */
  readonly stores?: (memory: MemoryStores) => Stores;
  /** Divides every deadline of the service, so that a test of slowness need not wait as long as a caller would. */
  readonly hurry?: number;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The body parsed as JSON; null where it is something else. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read answers of many shapes, and an expectation on a wrong one fails by itself.
  readonly body: any;
  readonly text: string;
}

export interface World {
  readonly service: Service;
  /** Where claims, shared tokens and pending deletions are kept. */
  readonly stores: MemoryStores;
  readonly policy: CompiledPolicy;
  readonly influx: InfluxEmulator;
  readonly github: Issuer;
  readonly backend: Issuer;
  readonly clock: { now: number; advance: (milliseconds: number) => void };
  readonly events: AuditEvent[];
  readonly alarms: { readonly name: string; readonly facts: Readonly<Record<string, unknown>> }[];
  /** Hosts that the service has called, in order. */
  readonly calls: string[];
  /** Every answer is held against the document of the API. */
  readonly request: (path: string, init?: RequestInit) => Promise<Reply>;
  /** `POST /v1/tokens`; `body` is sent as JSON, a string as it is. */
  readonly vend: (subjectToken: string, body?: unknown) => Promise<Reply>;
  /** A subject token of the CI job that the rule `ci-metrics` admits, with changed claims. */
  readonly ciToken: (overrides?: Record<string, unknown>) => Promise<string>;
  readonly backendToken: (claims: Record<string, unknown>) => Promise<string>;
  /** Waits for the work that outlives the answers. */
  readonly settle: () => Promise<void>;
  /** The service deployed again with changed settings, in the same world: stored state is still there. */
  readonly restart: (env: Readonly<Record<string, string | undefined>>) => World;
}

/** Of each policy text, by whether it is for development: most worlds have the same, and nobody changes it. */
const compiled = new Map<string, ReturnType<typeof compilePolicy>>();

function compiledOnce(text: string, development: boolean): ReturnType<typeof compilePolicy> {
  const key = `${development} ${text}`;
  const known = compiled.get(key) ?? compilePolicy(text, { development });
  compiled.set(key, known);
  return known;
}

export async function createWorld(options: WorldOptions = {}): Promise<World> {
  const { policy, findings } = await compiledOnce(options.policy ?? POLICY, options.development ?? false);
  if (policy === null) throw new Error(findings.map((finding) => formatFinding('policy', finding)).join('\n'));

  const clock = {
    now: START,
    advance: (milliseconds: number) => {
      clock.now += milliseconds;
    },
  };
  const now = () => clock.now;
  const influx = createInfluxEmulator({ now, databases: ['ci_metrics', 'tenant_a', 'tenant_b'], ...options.influx });
  const github = await createIssuer({ iss: GITHUB, now, key: await firstKeyOf(GITHUB) });
  const backend = await createIssuer({ iss: BACKEND, now, key: await firstKeyOf(BACKEND) });

  const events: AuditEvent[] = [];
  const alarms: World['alarms'] = [];
  const calls: string[] = [];
  const background: Promise<unknown>[] = [];
  const runtime: Runtime = {
    fetch: async (url, init) => {
      const request = new Request(url, init);
      const { host } = new URL(request.url);
      calls.push(host);
      if (host === INFLUX_HOST) return options.upstream?.(request, influx) ?? influx.fetch(request);
      if (host === new URL(GITHUB).host) return github.fetch(request);
      if (host === new URL(BACKEND).host) return backend.fetch(request);
      if (options.elsewhere !== undefined) return options.elsewhere(request);
      throw new TypeError('unreachable');
    },
    now,
    random: (size) => crypto.getRandomValues(new Uint8Array(size)),
    waitUntil: (work) => background.push(work),
    after: (milliseconds, action) => {
      const timer = setTimeout(action, milliseconds / (options.hurry ?? 1));
      return () => clearTimeout(timer);
    },
    alarm: (name, facts) => alarms.push({ name, facts }),
  };
  const start = (changes: WorldOptions['env'], kept?: MemoryStores): World => {
    const env = {
      STS_KEY: btoa('k'.repeat(32)),
      INFLUXDB3_ADMIN_TOKEN: influx.adminToken,
      ...options.env,
      ...changes,
    };
    const settings = readSettings(env, JSON.stringify(policy), [], runtime);
    if (!settings.ok) throw new Error(settings.failure.detail);
    const stores = createMemoryStores(settings.value, runtime, kept);
    const service = createService(
      settings.value,
      options.stores?.(stores) ?? stores,
      (event) => events.push(event),
      runtime,
    );
    const app = createApp(service, runtime);

    const request: World['request'] = async (path, init) => {
      const response = await app.request(path, init);
      const text = await response.text();
      const { status, headers } = response;
      checker ??= createChecker((await (await app.request('/openapi.json')).json()) as OpenApiDocument);
      checker.check({ method: init?.method ?? 'GET', path, status, headers, text });
      const json = /json$/.test(headers.get('content-type') ?? '');
      return { status, headers, body: json ? JSON.parse(text) : null, text };
    };
    return {
      service,
      stores,
      policy,
      influx,
      github,
      backend,
      clock,
      events,
      alarms,
      calls,
      request,
      vend: (subjectToken, body) =>
        request('/v1/tokens', {
          method: 'POST',
          headers: {
            authorization: `Bearer ${subjectToken}`,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
        }),
      ciToken: (overrides) => github.sign(githubActions({ aud: AUDIENCE, ...overrides })),
      backendToken: (claims) => backend.sign({ aud: AUDIENCE, ...claims }),
      settle: async () => {
        while (background.length > 0) await background.pop();
      },
      restart: (more) => start({ ...changes, ...more }, stores),
    };
  };
  return start({});
}

/** One for all worlds of a file: the document does not depend on the policy. */
let checker: Checker | null = null;

/**
 * RSA keys take long to make, so an issuer begins with the same one in each world of a test file. No two issuers share one: they would
 * accept each other's tokens and hide a fault.
 */
const firstKeys = new Map<string, Promise<SigningKey>>();

function firstKeyOf(iss: string): Promise<SigningKey> {
  const key = firstKeys.get(iss) ?? createSigningKey('RS256');
  firstKeys.set(iss, key);
  return key;
}

/**
 * Expects everything that a refusal promises: status and reason, a problem body, no create upstream, exactly one audit event with the
 * reason, no secret in the answer, the events or the alarms, and no call to a host that no policy names.
 */
export function expectRefusal(
  world: World,
  reply: Reply,
  status: number,
  reason: Reason,
  secrets: readonly string[] = [],
): void {
  expect({ status: reply.status, reason: reply.body?.reason, detail: reply.body?.detail }).toMatchObject({
    status,
    reason,
  });
  expect(reply.headers.get('content-type')).toBe('application/problem+json');
  expect(reply.headers.get('cache-control')).toBe('no-store');
  expect(reply.headers.get('x-request-id')).toBe(reply.body.request_id);
  expect(world.influx.creates()).toBe(0);
  expect(world.events.map((event) => [event.id, event.outcome, event.reason])).toEqual([
    [reply.body.request_id, 'refused', reason],
  ]);
  expectNoSecrets(world, reply.text, secrets);
  const trusted = [INFLUX_HOST, new URL(GITHUB).host, new URL(BACKEND).host];
  expect(world.calls.filter((host) => !trusted.includes(host))).toEqual([]);
}

/** No token, key or signature may show in an answer, an event or an alarm. `secrets` are subject tokens: their signatures are looked for. */
export function expectNoSecrets(world: World, answer: string, secrets: readonly string[] = []): void {
  const seen = [answer, JSON.stringify(world.events), JSON.stringify(world.alarms)].join('\n');
  const signatures = secrets
    .map((token) => token.split('.').at(-1) ?? '')
    .filter((signature) => signature.length >= 16);
  for (const secret of [world.influx.adminToken, 'apiv3_', ...signatures]) expect(seen).not.toContain(secret);
}
