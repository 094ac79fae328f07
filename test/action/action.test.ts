// The action as it is committed, run as GitHub's runner runs it, before the whole service over HTTP.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { ActionsRunner, StepResult } from '../emulator/actions-runner.ts';
import { STACK_POLICY } from '../stack.ts';
import { type Jobs, MAIN, startJobs, use } from './job.ts';

let jobs: Jobs;
beforeAll(async () => {
  const several = `  - name: several
    issuer: github
    when: { repository_id: "123456", ref: refs/heads/several }
    allow: ["db:ci_metrics,other:read"]
`;
  const influx = { databases: ['ci_metrics', 'other'] };
  jobs = await startJobs({ policy: (addresses) => STACK_POLICY(addresses) + several, influx });
});
afterEach(() => jobs.reset());
afterAll(() => jobs.stop());

const vends = () => jobs.stack.calls.filter(({ method, path }) => method === 'POST' && path === '/v1/tokens');
const url = () => jobs.stack.service;

/** What is left of the secret in the text, in any form that a program could have printed it in; in vain, if the masks are good. */
function formsIn(text: string, secret: string): string[] {
  const bare = secret.slice(secret.indexOf('_') + 1);
  const contexts = ['', 'a', 'ab', 'Bearer ', 'Token ', 'user:', 'x'.repeat(20)];
  const encoded = contexts.flatMap((before) =>
    [secret, bare].flatMap((one) => {
      const base64 = Buffer.from(`${before}${one}\n`).toString('base64');
      return [base64, base64.replaceAll('+', '-').replaceAll('/', '_')].map((form) =>
        form.slice(before.length + 12, -8),
      );
    }),
  );
  return [secret, bare, encodeURIComponent(secret), ...encoded].filter((form) => text.includes(form));
}

test('a job gets a token that InfluxDB takes, and the last step revokes it', async () => {
  const runner = await jobs.job();
  const main = await use(runner, { url: url(), permissions: 'db:ci_metrics:write', ttl: '10m' });
  expect(main.code).toBe(0);
  expect(main.outputs).toEqual({
    token: expect.stringMatching(/^apiv3_/),
    url: jobs.stack.influx,
    database: 'ci_metrics',
    name: jobs.stack.liveTokens()[0],
    'expires-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    permissions: 'db:ci_metrics:write',
    rule: 'ci-metrics',
    instance: 'main',
  });
  const written = await runner.shell(
    `curl -sS --fail-with-body "$URL/api/v3/write_lp?db=ci_metrics" -H "Authorization: Bearer $TOKEN" --data-binary 'build seconds=41'`,
    { URL: main.outputs.url!, TOKEN: main.outputs.token! },
  );
  expect(written.code).toBe(0);
  expect(await runner.post()).toMatchObject({ code: 0, annotations: [], log: 'The token is revoked.\n' });
  expect(jobs.stack.liveTokens()).toEqual([]);
});

test('it asks for an id token for the service, and shows it to nobody else', async () => {
  const runner = await jobs.job();
  await use(runner, { url: url() });
  expect(jobs.idTokens.asked).toEqual([url()]);
  await runner.post();
});

test('permissions stand on lines of their own, because a database list has commas', async () => {
  const runner = await jobs.job();
  const { outputs } = await use(runner, { url: url(), permissions: 'db:ci_metrics:read\ndb:ci_metrics:write\n' });
  expect(outputs.permissions?.split('\n').sort()).toEqual(['db:ci_metrics:read,write']);
  await runner.post();
});

test("later steps get the token by InfluxDB's own variables only where that is asked", async () => {
  const quiet = await jobs.job();
  await use(quiet, { url: url() });
  expect(quiet.env).toEqual({});
  await quiet.post();

  const runner = await jobs.job();
  const { outputs } = await use(runner, { url: url(), 'export-env': 'true' });
  expect(runner.env).toEqual({
    INFLUXDB3_AUTH_TOKEN: outputs.token,
    INFLUXDB3_HOST_URL: jobs.stack.influx,
    INFLUXDB3_DATABASE_NAME: 'ci_metrics',
    INFLUX_TOKEN: outputs.token,
    INFLUX_HOST: jobs.stack.influx,
    INFLUX_DATABASE: 'ci_metrics',
  });
  await runner.post();
});

test('a database that was there before is emptied where the token is for several', async () => {
  const left = { INFLUXDB3_DATABASE_NAME: 'of_another_token', INFLUX_DATABASE: 'of_another_token' };
  const runner = await jobs.job(left);
  jobs.idTokens.claims = { ...MAIN, ref: 'refs/heads/several' };
  await use(runner, { url: url(), 'export-env': 'true' });
  expect(runner.env).toMatchObject({
    INFLUX_HOST: jobs.stack.influx,
    INFLUXDB3_DATABASE_NAME: '',
    INFLUX_DATABASE: '',
  });
  await runner.post();
});

test('the database is the one that the workflow names', async () => {
  const runner = await jobs.job();
  await use(runner, { url: url(), 'export-env': 'true', database: 'other' });
  expect(runner.env).toMatchObject({ INFLUXDB3_DATABASE_NAME: 'other', INFLUX_DATABASE: 'other' });
  await runner.post();
});

test('a token may be kept to its end', async () => {
  const runner = await jobs.job();
  const { outputs } = await use(runner, { url: url(), revoke: 'false', ttl: '5s' });
  expect((await runner.post()).code).toBe(0);
  expect(jobs.stack.liveTokens()).toEqual([outputs.name]);
  await jobs.stack.influxdb.fetch(
    new Request(`${jobs.stack.influx}/api/v3/configure/token?token_name=${outputs.name}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${jobs.stack.influxdb.adminToken}` },
    }),
  );
});

test('the log and the summary hold the token in no form', async () => {
  const runner = await jobs.job();
  const main = await use(runner, { url: url() });
  const post = await runner.post();
  for (const secret of [main.outputs.token!, [...runner.masks].find((mask) => mask.startsWith('stsl_'))!]) {
    expect(formsIn(main.printed + main.summary + post.printed + post.summary, secret)).toEqual([]);
  }
  expect([...runner.masks].some((mask) => mask.startsWith('eyJ') && mask.split('.').length === 3)).toBe(true);
});

test('a step that prints the token in any form prints stars', async () => {
  const runner = await jobs.job();
  const { outputs } = await use(runner, { url: url(), 'export-env': 'true' });
  const token = outputs.token!;
  const { log } = await runner.shell(`
    echo "$INFLUXDB3_AUTH_TOKEN"
    echo "\${INFLUXDB3_AUTH_TOKEN#apiv3_}"
    for before in '' a ab 'Bearer ' 'Token ' 'user:' 'a-user-of-any-length:'; do
      printf '%s' "$before$INFLUXDB3_AUTH_TOKEN" | base64 -w0; echo
      printf '%s' "$before$INFLUXDB3_AUTH_TOKEN" | base64 -w0 | tr '+/' '-_'; echo
      printf '%s' "$before\${INFLUXDB3_AUTH_TOKEN#apiv3_}" | base64 -w0; echo
      echo "$before$INFLUXDB3_AUTH_TOKEN" | base64 -w0; echo
    done
    printf '%s' "$INFLUXDB3_AUTH_TOKEN" | base64
    printf 'Bearer %s' "$INFLUXDB3_AUTH_TOKEN" | base64
    node -p 'encodeURIComponent(process.env.INFLUXDB3_AUTH_TOKEN)'
    node -p 'JSON.stringify({ token: process.env.INFLUXDB3_AUTH_TOKEN })'
    curl -sv "http://user:$INFLUXDB3_AUTH_TOKEN@127.0.0.1:9/" 2>&1 || true
  `);
  expect(log.split('\n').length).toBeGreaterThan(30);
  expect(formsIn(log, token)).toEqual([]);
  // The log must not hold a long piece of it either.
  const bytes = ['', 'Bearer '].map((before) => Buffer.from(before + token).toString('base64'));
  for (const whole of bytes) {
    const pieces = Array.from({ length: whole.length - 20 }, (_, at) => whole.slice(at + 10, at + 30));
    expect(pieces.filter((piece) => piece.length === 20 && log.includes(piece))).toEqual([]);
  }
  await runner.post();
});

test('the summary says what the job got', async () => {
  const runner = await jobs.job();
  const { summary, outputs } = await use(runner, { url: url() });
  for (const told of ['main', 'db:ci_metrics:read,write', 'ci-metrics', outputs['expires-at']!])
    expect(summary).toContain(`<code>${told}</code>`);
  await runner.post();
});

/** The one thing that a failed job shows first. */
function onlyError({ code, annotations, outputs }: StepResult): string {
  expect({ code, outputs }).toEqual({ code: 1, outputs: {} });
  expect(annotations.map(({ level }) => level)).toEqual(['error']);
  return `${annotations[0]!.title}\n${annotations[0]!.text}`;
}

test('a job that is denied is told which claim kept it out and what to change, and asks once', async () => {
  jobs.idTokens.claims = { ...MAIN, ref: 'refs/heads/feature' };
  const runner = await jobs.job();
  const main = await use(runner, { url: url(), permissions: 'db:ci_metrics:write' });
  const error = onlyError(main);
  expect(error).toContain('no_rule');
  expect(error).toMatch(/ci-metrics.*ref is "refs\/heads\/feature" but the rule wants "refs\/heads\/main"/);
  expect(error).toContain('Run the job where the claim ref is "refs/heads/main"');
  expect(main.summary).toContain(
    '<th>Claim</th><th>Is</th><th>Wanted</th></tr><tr><td><code>ref</code></td><td><code>&#34;refs/heads/feature&#34;</code></td><td><code>&#34;refs/heads/main&#34;</code></td>',
  );
  expect(vends()).toHaveLength(1);
  expect(jobs.stack.calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
  expect((await runner.post()).code).toBe(0);
  expect(jobs.stack.calls.filter(({ method }) => method === 'POST')).toHaveLength(1);
});

test('a claim that is made to be markup or a command is neither', async () => {
  jobs.idTokens.claims = {
    ...MAIN,
    ref: 'refs/heads/|<img src=x>`[a](https://evil.example)\n\n# h\n::add-mask::a\n::error::b',
  };
  const runner = await jobs.job();
  const main = await use(runner, { url: url() });
  onlyError(main);
  expect(runner.masks.has('a')).toBe(false);
  expect(main.summary).not.toMatch(/<img|`|\[a\]|https:\/\/evil|\n# h|\n\n(?=.)/);
});

test('a service that is down for a moment is asked again, with a fresh id token', async () => {
  let down = 1;
  jobs.stack.intercept = ({ path }) => (path === '/v1/tokens' && down-- > 0 ? 'reset' : null);
  const runner = await jobs.job();
  expect((await use(runner, { url: url() })).code).toBe(0);
  expect(jobs.idTokens.asked).toHaveLength(2);
  await runner.post();
});

test('a service that was taken over gets no id token for somebody else', async () => {
  jobs.stack.intercept = ({ path }) =>
    path.startsWith('/.well-known/')
      ? {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ issuer: url(), audience: 'https://vault.example.com' }),
        }
      : null;
  const runner = await jobs.job();
  const error = onlyError(await use(runner, { url: url() }));
  expect(error).toContain('"https://vault.example.com", which is not its own address');
  expect(error).toContain('set the input "audience"');
  expect(jobs.idTokens.asked).toEqual([]);
  expect(vends()).toEqual([]);
});

test('an audience that the workflow names is asked for without asking the service, which says what it should be', async () => {
  const runner = await jobs.job();
  const error = onlyError(await use(runner, { url: url(), audience: 'https://other.example.com' }));
  expect(error).toContain(`Set the input "audience" to "${url()}".`);
  expect(jobs.idTokens.asked).toEqual(['https://other.example.com']);
  expect(jobs.stack.calls.map(({ path }) => path)).toEqual(['/v1/tokens']);
});

test('a job without the permission, or of a fork, is told what to do', async () => {
  const runner = await jobs.job({ ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' });
  const error = onlyError(await use(runner, { url: url() }));
  expect(error).toContain('permissions: id-token: write');
  expect(error).toContain('pull request from a fork');
  expect(vends()).toEqual([]);
});

test.each([
  [{ url: '' }, 'The input "url" is missing'],
  [
    { url: 'http://sts.example.com' },
    'The input "url" cannot be used. The address of the service is not https; write https://sts.example.com (http is for this machine only).',
  ],
  [{ url: 'https://sts.example.com', revoke: 'maybe' }, 'The input "revoke" is neither true nor false'],
])('an input that cannot be meant is named: %j', async (inputs: Record<string, string>, words) => {
  const runner = await jobs.job();
  expect(onlyError(await use(runner, inputs))).toContain(words);
  expect(jobs.stack.calls).toEqual([]);
});

test('what the service refuses of an input names that input', async () => {
  const runner = await jobs.job();
  const error = onlyError(await use(runner, { url: url(), ttl: '2h' }));
  expect(error).toContain('Set the input "ttl" to 1h, or to less.');
});

test('a token that cannot be revoked is a warning, and no failure of the job', async () => {
  const runner: ActionsRunner = await jobs.job();
  await use(runner, { url: url(), ttl: '5s' });
  jobs.stack.intercept = () => ({ status: 403 });
  const post = await runner.post();
  expect(post.code).toBe(0);
  expect(post.annotations).toMatchObject([{ level: 'warning', text: expect.stringContaining('lives until its end') }]);
});
