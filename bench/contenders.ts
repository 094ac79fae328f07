// What is measured: the built service and the floor, each in a workerd of its own, before one upstream; and the callers' tokens.
// Keys, policy and secrets are made for the run and forgotten with it.

import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compilePolicy } from '../src/policy/build/compile.ts';
import { formatFinding } from '../src/policy/build/report.ts';
import { buildWorker } from '../test/emulator/built-worker.ts';
import { createIssuer, type Issuer } from '../test/emulator/issuer.ts';
import { githubActions } from '../test/emulator/personas.ts';
import { type BareWorker, startWorkerd } from './workerd.ts';

const FOLDER = join(import.meta.dirname, '../dist/bench');
const AUDIENCE = 'https://sts.example.com';
const GITHUB = 'https://token.actions.githubusercontent.com';
const ADMIN_TOKEN = `apiv3_${'A'.repeat(86)}`;
const COMPATIBILITY_DATE = '2026-07-30';
const UPSTREAM_START_TIMEOUT_MS = 10_000;

/** The number of distinct subject tokens for each kind of caller; they are sent in turn. */
const TOKENS = 1_000;
/** A table of ordinary size, in which one rule matches the caller. */
const RULES = 100;
const FIRST_REPOSITORY = 100_000;

/** As in wrangler.toml; the benchmark's policy uses none of them on its path. */
const OBJECTS = [
  { binding: 'GATES', className: 'GateObject' },
  { binding: 'SWITCHBOARD', className: 'SwitchboardObject' },
  { binding: 'LIMITS', className: 'LimitObject' },
  { binding: 'SHARED_TOKENS', className: 'SharedTokenObject' },
  { binding: 'DELETIONS', className: 'PendingDeletionObject' },
];

export interface Contenders {
  readonly service: BareWorker;
  readonly floor: BareWorker;
  /** Signed jobs that a rule admits. */
  readonly admitted: readonly string[];
  /** Signed jobs of repositories that no rule knows. */
  readonly strangers: readonly string[];
  readonly stop: () => void;
}

export async function startContenders(): Promise<Contenders> {
  // Otherwise the files of an older build would be mistaken for those of this one.
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const [bundle, issuer, upstream] = await Promise.all([
    buildWorker(FOLDER),
    createIssuer({ iss: GITHUB }),
    startUpstream(),
  ]);
  await Promise.all([
    writeFile(join(FOLDER, bundle.policyModule), await policyJson(issuer, upstream.url)),
    copyFile(join(import.meta.dirname, 'floor.js'), join(FOLDER, 'floor.js')),
  ]);
  const common = { folder: FOLDER, compatibilityDate: COMPATIBILITY_DATE };
  const [service, floor] = await Promise.all([
    startWorkerd('service', {
      ...common,
      modules: [
        '(name = "index.js", esModule = embed "index.js")',
        `(name = "${bundle.policyModule}", text = embed "${bundle.policyModule}")`,
      ],
      // A bare workerd has no rate limiter. A stand-in is enough: no revocation is measured, and the others stop nobody when they fail.
      bindings: { STS_KEY: btoa('k'.repeat(32)), INFLUXDB3_ADMIN_TOKEN: ADMIN_TOKEN, REVOCATIONS: 'none', SOURCES: 'none', IDENTITIES: 'none' },
      objects: OBJECTS,
    }),
    startWorkerd('floor', {
      ...common,
      modules: ['(name = "floor.js", esModule = embed "floor.js")'],
      bindings: {
        JWK: JSON.stringify(issuer.jwks().keys[0]),
        ADMIN_TOKEN,
        UPSTREAM: `${upstream.url}/api/v3/enterprise/configure/token`,
      },
    }),
  ]);
  const jobs = (firstRepository: number) =>
    Promise.all(
      Array.from({ length: TOKENS }, (_, at) =>
        issuer.sign(githubActions({ aud: AUDIENCE, repository_id: String(firstRepository + (at % RULES)) })),
      ),
    );
  return {
    service,
    floor,
    admitted: await jobs(FIRST_REPOSITORY),
    strangers: await jobs(FIRST_REPOSITORY + RULES),
    stop: () => {
      service.stop();
      floor.stop();
      upstream.stop();
      for (const { log } of [service, floor]) rmSync(log);
    },
  };
}

/** Single use is off, because the tokens are sent more than once, and a Durable Object is not part of the comparison. */
async function policyJson(issuer: Issuer, upstream: string): Promise<string> {
  const rules = Array.from(
    { length: RULES },
    (_, at) => `
  - name: job-${at}
    issuer: github
    when: { repository_id: "${FIRST_REPOSITORY + at}", repository_owner_id: "77", ref: refs/heads/main, event_name: [push, workflow_dispatch] }
    allow: ["db:ci_metrics:write"]
    ttl: 15m`,
  );
  const text = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions, single_use: false, jwks: ${JSON.stringify(issuer.jwks())} }
instances:
  main: { url: "${upstream}", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:${rules.join('')}
  - name: never-from-forks
    issuer: github
    when: { event_name: pull_request_target }
    deny: ["db:*:write"]
`;
  const { policy, findings } = await compilePolicy(text, { development: true });
  if (policy === null) throw new Error(findings.map((finding) => formatFinding('bench policy', finding)).join('\n'));
  return JSON.stringify(policy);
}

function startUpstream(): Promise<{ readonly url: string; readonly stop: () => void }> {
  const child = fork(join(import.meta.dirname, 'upstream.ts'), {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const stop = () => void child.kill('SIGKILL');
  process.once('exit', stop);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the upstream did not start in time')), UPSTREAM_START_TIMEOUT_MS);
    child.once('error', reject);
    child.once('message', (port) => {
      clearTimeout(timer);
      resolve({ url: `http://127.0.0.1:${String(port)}`, stop });
    });
  });
}
