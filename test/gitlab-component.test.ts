// The GitLab component: made of its inputs as GitLab does it, and its scripts run before the whole service.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest';
import { type Configuration, includeComponent } from './emulator/gitlab-component.ts';
import { type GitLabJobOptions, type GitLabJobResult, resolveJob, runGitLabJob } from './emulator/gitlab-job.ts';
import { type Addresses, type Stack, startStack } from './stack.ts';
import { until } from './until.ts';

const URL_IN_TEXT = 'https://sts.example.com';
const CLAIMS = { project_id: '2022', ref: 'main', ref_protected: 'true', pipeline_source: 'push' };

const policy = ({ service, issuer, influx }: Addresses) => `
audience: ${service}
issuers:
  gitlab: { preset: gitlab, issuer: "${issuer}/cluster" }
instances:
  main: { url: "${influx}", admin_token: INFLUXDB3_ADMIN_TOKEN }
rules:
  - name: ci-metrics
    issuer: gitlab
    when: { project_id: "2022", ref: main, ref_protected: "true" }
    allow: ["db:ci_metrics:read,write"]
    ttl: { default: 15m, max: 1h }
  - name: readers
    issuer: gitlab
    when: { project_id: "2022", ref: main, ref_protected: "true" }
    allow: ["db:ci_metrics:read"]
    ttl: 5m
    share: true
`;

let stack: Stack;
let component: string;
beforeAll(async () => {
  stack = await startStack({ policy });
  component = await readFile(join(import.meta.dirname, '../templates/token.yml'), 'utf8');
});
beforeEach(() => {
  stack.intercept = null;
  stack.calls.length = 0;
});
afterAll(() => stack.stop());

const WRITE =
  'curl -sS --fail-with-body "$INFLUXDB3_HOST_URL/api/v3/write_lp?db=ci_metrics" -H "Authorization: Bearer $INFLUXDB3_AUTH_TOKEN" --data-binary "build seconds=41"';
const INPUTS = { url: URL_IN_TEXT, audience: URL_IN_TEXT, permissions: 'db:ci_metrics:write' };

/** A job that extends the component. The service has no name and no https here; where its address stands does not change by that. */
function runJob(
  script: readonly string[],
  {
    inputs = INPUTS,
    ...options
  }: Partial<GitLabJobOptions> & { readonly inputs?: Configuration; claims?: object } = {},
): Promise<GitLabJobResult> {
  const text = JSON.stringify(includeComponent(component, inputs)).replaceAll(URL_IN_TEXT, stack.service);
  const configuration = { ...(JSON.parse(text) as Configuration), write: { extends: '.influx-sts', script } };
  const sign = (aud: string) => stack.cluster.sign({ ...CLAIMS, ...options.claims, aud });
  return runGitLabJob(resolveJob(configuration, 'write'), { sign, ...options });
}

test.each(['bash', 'sh'] as const)('a job writes with a token that is revoked after it, in %s', async (shell) => {
  const { code, log } = await runJob(
    [WRITE, 'echo "$INFLUXDB3_AUTH_TOKEN" | wc -c', 'env | grep ID_TOKEN || echo gone'],
    {
      shell,
    },
  );
  expect({ code, log }).toEqual({ code: 0, log: expect.stringMatching(/^\s*[6-9]\d\ngone\n$/) });
  expect(stack.calls.map(({ path }) => path)).toEqual(['/oauth/token', '/oauth/revoke']);
  expect(stack.liveTokens()).toEqual([]);
});

test('the token is for what the inputs say', async () => {
  const inputs = { ...INPUTS, permissions: 'db:ci_metrics:read db:ci_metrics:write', ttl: '10m', rule: 'ci-metrics' };
  const show = [
    'echo "$INFLUXDB3_DATABASE_NAME at $INFLUXDB3_HOST_URL"',
    'echo "$INFLUX_DATABASE at $INFLUX_HOST"',
    '[ "$INFLUX_TOKEN" = "$INFLUXDB3_AUTH_TOKEN" ] && env | grep -c ^INFLUX_TOKEN=apiv3_',
  ];
  const { code, log } = await runJob(show, { inputs: { ...inputs, instance: 'main', database: 'ci_metrics' } });
  expect({ code, log }).toEqual({ code: 0, log: `${`ci_metrics at ${stack.influx}\n`.repeat(2)}1\n` });
  const audit = stack.worker.logs.flatMap((line) => (line.includes('"kind":"vend"') ? [JSON.parse(line)] : [])).at(-1);
  expect(audit).toMatchObject({
    rule: 'ci-metrics',
    instance: 'main',
    permissions_given: ['db:ci_metrics:read,write'],
  });
  const life = Date.parse(audit.expires_at) - Date.parse(audit.time);
  expect(Math.round(life / 60_000)).toBe(10);
});

test("a database that was set for something else is not the script's", async () => {
  const variables = { INFLUXDB3_DATABASE_NAME: 'of_another_server', INFLUX_DATABASE: 'of_another_server' };
  const { code, log } = await runJob(['env | grep _DATABASE= || echo none'], { variables });
  expect({ code, log }).toEqual({ code: 0, log: expect.not.stringContaining('of_another_server') });
});

test('a job that fails revokes all the same', async () => {
  expect(await runJob(['exit 7'])).toEqual({ code: 7, log: '' });
  expect(stack.liveTokens()).toEqual([]);
});

test('a job that is cancelled in its script revokes all the same', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gitlab-script-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const begun = join(folder, 'begun');
  const cancel = new AbortController();
  const script = ['touch "$BEGUN"', 'sleep 60'];
  const running = runJob(script, { variables: { BEGUN: begun }, signal: cancel.signal });
  await until(() => existsSync(begun), 'the script runs');
  expect(stack.liveTokens()).toHaveLength(1);
  cancel.abort();
  expect((await running).code).not.toBe(0);
  expect(stack.liveTokens()).toEqual([]);
});

test('a job that is denied says why, once, and does not run', async () => {
  const { code, log } = await runJob(['echo it ran'], { claims: { ref: 'feature' } });
  expect(code).toBe(1);
  expect(log).toContain("ref is 'feature' but the rule wants 'main'");
  expect(log).not.toContain('it ran');
  expect(stack.calls).toHaveLength(1);
});

test('a service that is down for a moment is asked again', async () => {
  let down = 1;
  stack.intercept = () => (down-- > 0 ? { status: 503 } : null);
  expect((await runJob([WRITE])).code).toBe(0);
});

test('an answer of something else is no token', async () => {
  stack.intercept = () => ({ status: 200, body: '<html>' });
  const { code, log } = await runJob(['echo it ran']);
  expect({ code, log }).toEqual({ code: 1, log: expect.stringContaining('gave an answer without one') });
});

test('a connection that breaks behind the answer shows no token, and what was made is revoked', async () => {
  const answer = { access_token: 'apiv3_SECRET', lease: 'stsl_x', url: stack.influx };
  const body = JSON.stringify(answer);
  stack.intercept = ({ path }) =>
    path === '/oauth/token'
      ? { status: 200, headers: { 'content-length': String(body.length + 100), connection: 'close' }, body }
      : { status: 200 };
  const { code, log } = await runJob(['echo it ran']);
  expect(code).toBe(1);
  expect(log).toContain('No InfluxDB token: ');
  expect(log).not.toMatch(/apiv3_|stsl_|it ran/);
  expect(stack.calls.map(({ path }) => path)).toContain('/oauth/revoke');
});

test('nobody who sets variables can have the id token sent elsewhere', async () => {
  const text = JSON.stringify(includeComponent(component, INPUTS));
  const variables = Object.keys((JSON.parse(text) as Record<string, { variables: object }>)['.influx-sts']!.variables);
  expect(variables.filter((name) => /URL|HOST|ADDRESS/.test(name))).toEqual([]);
  for (const url of ["https://x';id;'", 'https://x/$(id)', 'https://x y', 'https://u@x']) {
    expect(() => includeComponent(component, { ...INPUTS, url })).toThrow('RegEx');
  }
});

test('a revocation that fails is said and fails nothing', async () => {
  stack.intercept = ({ path }) => (path === '/oauth/revoke' ? { status: 403 } : null);
  const { code, log } = await runJob(['true'], { inputs: { ...INPUTS, ttl: '2s' } });
  expect(code).toBe(0);
  expect(log).toContain('could not be revoked and lives until its end');
});

test('a shared token is used and left to its end', async () => {
  const { code } = await runJob(['test -n "$INFLUXDB3_AUTH_TOKEN"'], {
    inputs: { ...INPUTS, permissions: '', rule: 'readers' },
  });
  expect(code).toBe(0);
  expect(stack.calls.map(({ path }) => path)).toEqual(['/oauth/token']);
});

/** The commands that are given a token, or the answer with one, as an argument, which other processes can read. Builtins are no processes. */
function exposing(text: string): string[] {
  const commands = text.replace(/\\\n\s*/g, '').split('\n');
  const exposed = /\b(curl|sed|mkdir|rm) .*\$\{?(INFLUX_STS_ID_TOKEN|INFLUXDB3_AUTH_TOKEN|influx_sts_answer)/;
  return commands.filter((command) => exposed.test(command));
}

test('no token is an argument of any command', () => {
  expect(exposing(component)).toEqual([]);
});

test.each([
  ['in a line that continues another', 'subject_token@-', 'subject_token=$INFLUX_STS_ID_TOKEN'],
  ['in braces', '--retry 3', `-H "Authorization: Bearer $\{INFLUXDB3_AUTH_TOKEN}"`],
  ['to another program', 'sed -n', 'sed -n "$influx_sts_answer"'],
])('a token that is an argument is found: %s', (_, text, exposed) => {
  expect(component).toContain(text);
  expect(exposing(component.replace(text, () => exposed))).toHaveLength(1);
});

test('GitLab refuses inputs that cannot be meant', () => {
  expect(() => includeComponent(component, { url: 'http://sts.example.com', audience: 'x' })).toThrow('RegEx');
  expect(() => includeComponent(component, { url: URL_IN_TEXT })).toThrow('`audience` input: required');
  expect(() => includeComponent(component, { ...INPUTS, permission: '' })).toThrow('unknown input');
});
