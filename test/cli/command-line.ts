// Runs the command in this process with a terminal that remembers, and files of its own. It never touches the checkout's policy.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { bootstrapCommand } from '../../src/cli/bootstrap/bootstrap.ts';
import { policyCommand } from '../../src/cli/policy/policy.ts';
import type { Channel, Terminal } from '../../src/cli/shell/terminal.ts';

export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
  /** What was printed as JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: outputs have many shapes, and an expectation on a wrong one fails by itself.
  readonly json: () => any;
}

type Run = (args: readonly string[], terminal: Terminal) => Promise<number>;

/** `influx-sts policy ...` */
export const policy = (args: readonly string[], env: Record<string, string> = {}) =>
  inProcess(policyCommand.run, args, env);

/** `influx-sts bootstrap ...`, which prints no token whatever happens. */
export async function bootstrap(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  const ran = await inProcess(bootstrapCommand.run, args, env);
  expect(ran.out + ran.err).not.toContain('apiv3_');
  return ran;
}

/** Any command. @param heard is told each line for people while the command runs. */
export async function inProcess(
  command: Run,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  heard: (line: string) => void = () => {},
): Promise<Ran> {
  const written = { out: '', err: '' };
  const channel = (name: 'out' | 'err'): Channel => ({
    line: (text) => {
      written[name] += `${text}\n`;
      if (name === 'err') heard(text);
    },
    paint: (_style, text) => text,
  });
  const exit = await command(args, { out: channel('out'), err: channel('err'), env });
  return { exit, ...written, json: () => JSON.parse(written.out) };
}

export interface Folder {
  readonly path: (name: string) => string;
  /** Writes a file and returns its path; what is no text is written as JSON. */
  readonly write: (name: string, content: unknown) => Promise<string>;
  readonly read: (name: string) => Promise<string>;
}

/** An empty folder that goes with the test. */
export async function folder(): Promise<Folder> {
  const root = await mkdtemp(join(tmpdir(), 'influx-sts-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const path = (name: string) => join(root, name);
  return {
    path,
    write: async (name, content) => {
      await writeFile(path(name), typeof content === 'string' ? content : JSON.stringify(content));
      return path(name);
    },
    read: (name) => readFile(path(name), 'utf8'),
  };
}

/** Signed by nobody: the command only decodes tokens. */
export function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', kid: 'k1' })}.${part(claims)}.${Buffer.from('nobody-signed-this').toString('base64url')}`;
}

export const AUDIENCE = 'https://sts.example.com';
export const GITHUB = 'https://token.actions.githubusercontent.com';

export const POLICY = `
audience: ${AUDIENCE}
issuers:
  github: { preset: github-actions }
  backend: { issuer: https://login.example.com/ }
instances:
  main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: ci-metrics
    issuer: github
    when: { repository_id: "123456", ref: refs/heads/main, event_name: [push, workflow_dispatch] }
    allow: ["db:ci_metrics:write"]
  - name: tenant-self
    issuer: backend
    when: { tenant: { exists: true } }
    allow: ["db:tenant_{tenant}:read"]
  - name: never-from-forks
    issuer: github
    when: { event_name: pull_request_target }
    deny: ["db:*:write"]
tests:
  - { name: main writes, issuer: github, claims: { repository_id: "123456", ref: refs/heads/main, event_name: push }, request: ["db:ci_metrics:write"], expect: ci-metrics }
  - { name: a tenant reads, issuer: backend, claims: { tenant: a }, expect: tenant-self }
  - { name: forks do not write, issuer: github, claims: { repository_id: "123456", ref: refs/heads/main, event_name: pull_request_target }, request: ["db:ci_metrics:write"], expect: { denied: denied_by_rule } }
`;
