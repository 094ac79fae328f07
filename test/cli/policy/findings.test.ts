// How findings reach a person: with the line that they speak of, as annotations of a GitHub Actions job, in an order that wrangler's log
// does not bury; and what only a build that wrangler runs can find.

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folder, POLICY, policy } from '../command-line.ts';

const LIST = '    allow: ["db:ci_metrics:write"]';
const FAULTY = POLICY.replace(LIST, '    allow: db:ci_metrics:write');
const SAMPLE = join(import.meta.dirname, '../../../policy.yaml');
const COMMAND = join(import.meta.dirname, '../../../src/cli/main.ts');

describe('check', () => {
  test('shows the line of a finding, and a caret under its place', async () => {
    const { write } = await folder();
    const { exit, out, err } = await policy(['check', await write('p.yaml', FAULTY)]);
    expect(exit).toBe(1);
    expect(err).toContain(
      'write a list: allow: ["db:ci_metrics:write"]\n   12 |     allow: db:ci_metrics:write\n      |     ^\n',
    );
    expect(out).toContain('not sound: tests not run, 1 error');
  });

  test('cuts a long line to the part around the place', async () => {
    const { write } = await folder();
    const long = POLICY.replace('expect: tenant-self }', `expect: tenant-slef, ${'rule: tenant-self'.padEnd(300)} }`);
    const { err } = await policy(['check', await write('p.yaml', long)]);
    const [, line, caret] = /\n( +\d+ \| .*)\n( +\| +\^)\n/.exec(err) ?? [];
    expect(line?.length).toBeLessThan(120);
    expect(line?.[caret!.indexOf('^')]).toMatch(/\S/);
  });

  test('annotates the file in a GitHub Actions job, with what the runner would misread escaped', async () => {
    const { write, path } = await folder();
    const file = await write('p,1.yaml', POLICY.replace('db:ci_metrics:write"]', 'db:100%:write"]'));
    const { err } = await policy(['check', file], { GITHUB_ACTIONS: 'true', GITHUB_WORKSPACE: path('') });
    expect(err).toMatch(
      /^::error file=p%2C1\.yaml,line=12,col=\d+::in rule "ci-metrics": "100%25" is no database name/m,
    );
  });

  test('takes one policy, by a word or by its option', async () => {
    const { write } = await folder();
    const file = await write('p.yaml', POLICY);
    expect((await policy(['check', file])).exit).toBe(0);
    const both = await policy(['check', file, '--policy', file]);
    expect({ exit: both.exit, err: both.err }).toEqual({ exit: 2, err: expect.stringContaining('leave out FILE or') });
  });

  test('warns of the untouched sample, which is sound otherwise', async () => {
    const { exit, out, err } = await policy(['check', SAMPLE]);
    expect(exit).toBe(0);
    expect(out).toContain('0 errors, 4 warnings');
    for (const left of ['"123456"', '"77"', '"https://sts.example.com"', '"https://influxdb.example.com:8181"']) {
      expect(err).toContain(`${left} is the sample's`);
    }
  });
});

describe('build', () => {
  /** Where no configuration of the checkout is at hand. */
  async function build(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
    const { write, path } = await folder();
    for (const [name, text] of Object.entries(files)) await write(name, text);
    return new Promise<{ code: number; err: string }>((resolve) => {
      const options = { cwd: path(''), env: { PATH: process.env.PATH, ...env } };
      execFile(process.execPath, [COMMAND, 'policy', 'build'], options, (error, _out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), err }),
      );
    });
  }
  const TWO = POLICY.replace('INFLUXDB3_ADMIN_TOKEN }', 'INFLUXDB3_ADMIN_TOKEN, admin_token_next: INFLUXDB3_NEXT }');

  test('says that nothing is built in its first line, and the error in the second', async () => {
    const { code, err } = await build({ 'policy.yaml': FAULTY });
    const [first, second] = err.split('\n');
    expect({ code, first }).toEqual({
      code: 1,
      first: 'influx-sts policy build: policy.yaml: not built, nothing is deployed: 1 error',
    });
    expect(second).toContain('policy.yaml:12:5: error: in rule "ci-metrics": "allow": it must be a list');
  });

  test.each([
    [
      'wrangler.toml',
      '# required = ["INFLUXDB3_NEXT"]\n[secrets]\nrequired = ["STS_KEY",\n  "INFLUXDB3_ADMIN_TOKEN"]\n',
      'required = ["STS_KEY", "INFLUXDB3_ADMIN_TOKEN", "INFLUXDB3_NEXT"]',
    ],
    [
      'wrangler.jsonc',
      '{ "secrets": { "required": ["STS_KEY", "INFLUXDB3_ADMIN_TOKEN"] } }',
      '"required": ["STS_KEY", "INFLUXDB3_ADMIN_TOKEN", "INFLUXDB3_NEXT"]',
    ],
  ])('names the line that %s lacks for a secret of the policy', async (name, text, line) => {
    const { code, err } = await build({ 'policy.yaml': TWO, [name]: text });
    expect(code).toBe(1);
    expect(err).toContain(`${name} does not require the secret INFLUXDB3_NEXT`);
    expect(err).toContain(line);
  });

  test("names the page's secret that wrangler.toml lacks", async () => {
    const login =
      'issuer: https://login.example.com, audience: page, login: { page: { client_id: page, client_secret: LOGIN_SECRET } }';
    const policy = POLICY.replace('issuers:\n', `issuers:\n  people: { ${login} }\n`);
    const { code, err } = await build({
      'policy.yaml': policy,
      'wrangler.toml': '[secrets]\nrequired = ["INFLUXDB3_ADMIN_TOKEN"]\n',
    });
    expect(code).toBe(1);
    expect(err).toContain('wrangler.toml does not require the secret LOGIN_SECRET');
    expect(err).toContain('required = ["INFLUXDB3_ADMIN_TOKEN", "LOGIN_SECRET"]');
  });

  test.each([
    [
      'the secrets are listed',
      { 'wrangler.toml': '[secrets]\nrequired = ["INFLUXDB3_ADMIN_TOKEN", "INFLUXDB3_NEXT"]\n' },
    ],
    ['no secret is required', { 'wrangler.toml': 'name = "a"\n' }],
    ['there is no configuration', {}],
  ])('is silent where %s', async (_name, files) => {
    expect(await build({ 'policy.yaml': TWO, ...files })).toEqual({ code: 0, err: '' });
  });

  test('refuses the sample in a real deployment', async () => {
    const files = { 'policy.yaml': POLICY };
    const deployed = await build(files, { WRANGLER_COMMAND: 'deploy' });
    expect(deployed.code).toBe(1);
    expect(deployed.err).toContain(
      '"https://sts.example.com" is the sample\'s audience; write the address of your service',
    );
    const tried = { WRANGLER_COMMAND: 'deploy', npm_lifecycle_script: 'wrangler deploy --dry-run --outdir dist' };
    const others = await Promise.all([tried, { WRANGLER_COMMAND: 'dev' }].map((env) => build(files, env)));
    expect(others).toEqual([0, 0].map((code) => ({ code, err: '' })));
  });
});
