// `policy diff`, `policy suggest` and `policy schema`: what helps to change a policy.

import { describe, expect, test } from 'vitest';
import { githubActions } from '../../emulator/personas.ts';
import { AUDIENCE, type Folder, folder, GITHUB, POLICY, policy, token } from '../command-line.ts';

const CHANGED = POLICY.replace('ref: refs/heads/main, event_name: [', 'ref: refs/heads/release, event_name: [')
  .replace('name: tenant-self', 'name: tenants')
  .replace(/tests:[\s\S]*/, '');

const CI = { iss: GITHUB, ...githubActions({ aud: AUDIENCE }) };

describe('diff', () => {
  test('says what came, went and changed', async () => {
    const { write } = await folder();
    const { exit, out, err } = await policy(['diff', await write('old', POLICY), await write('new', CHANGED)]);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toContain('~ rule "ci-metrics" changed\n    was: when ref is "refs/heads/main"; now: when ref is');
    expect(out).toContain('- rule "tenant-self" removed\n');
    expect(out).toContain('+ rule "tenants" added\n    for callers of backend\n');
  });

  test('says when two policies mean the same', async () => {
    const { write } = await folder();
    const { out } = await policy(['diff', await write('old', POLICY), await write('new', `# Anew\n${POLICY}`)]);
    expect(out).toBe('The two policies mean the same.\n');
  });

  test('says what a new server would start with otherwise, though the compiled policy is the same', async () => {
    const { write } = await folder();
    const tokens = 'preconfigured: { main: { tokens: { telegraf: { permissions: ["db:a:write"], expires: 30d } } } }\n';
    const { out } = await policy(['diff', await write('old', POLICY), await write('new', POLICY + tokens)]);
    expect(out).toBe(
      '+ preconfigured "main" added\n    creates the database a\n    token "telegraf" for 30d\n    token "telegraf" has db:a:write\n',
    );
  });

  /** Two lines of an audit log under the old policy. */
  async function auditLog({ path, write }: Folder): Promise<string> {
    const built = await policy(['build', '--json', '--policy', path('old'), '--out', path('out.json')]);
    const claims = { repository_id: '123456', ref: 'refs/heads/main', event_name: 'push' };
    const vend = {
      ...{ kind: 'vend', id: 'r1', time: '2026-11-23T12:00:00Z', outcome: 'allowed', duration_ms: 3 },
      ...{ issuer: 'github', subject: { repository_id: '123456', sub: 'repo:acme' }, claims, rule: 'ci-metrics' },
      ...{ policy: built.json().digest, permissions_asked: ['db:ci_metrics:write'], instance: 'main' },
    };
    return write('audit', `${JSON.stringify(vend)}\n\n${JSON.stringify({ ...vend, kind: 'whoami' })}\nnot an event\n`);
  }

  test('says who would lose access, by past events', async () => {
    const files = await folder();
    const paths = [await files.write('old', POLICY), await files.write('new', CHANGED)];
    const { exit, out, err } = await policy(['diff', ...paths, '--events', await auditLog(files)]);
    expect(exit).toBe(0);
    expect(err).toContain('1 line of');
    expect(err).toContain('line 4');
    expect(out).toContain('0 would be newly allowed, 1 newly refused, 0 decided as before');
    expect(out).toContain('loses   github repository_id "123456" sub "repo:acme": db:ci_metrics:write (1x)');
  });

  test('prints JSON', async () => {
    const files = await folder();
    const paths = [await files.write('old', POLICY), await files.write('new', CHANGED)];
    const { json } = await policy(['diff', '--json', ...paths, '--events', await auditLog(files)]);
    expect(json().changes.map(({ name }: { name: string }) => name)).toEqual(['ci-metrics', 'tenant-self', 'tenants']);
    expect(json().events).toMatchObject({ same: 0, skipped: 1, affected: [{ effect: 'loses', rule: 'ci-metrics' }] });
  });

  test('says who gains when a rule is opened to every branch, by events of jobs that named no permissions', async () => {
    const { path, write } = await folder();
    const open = POLICY.replace(', ref: refs/heads/main, event_name: [push', ', event_name: [push');
    const paths = [await write('old', POLICY), await write('new', open)];
    const built = await policy(['build', '--json', '--policy', path('old'), '--out', path('out.json')]);
    const refused = {
      ...{
        kind: 'vend',
        id: 'r1',
        time: '2026-11-23T12:00:00Z',
        outcome: 'refused',
        reason: 'no_rule',
        duration_ms: 3,
      },
      ...{ issuer: 'github', subject: { repository_id: '123456', sub: 'repo:acme' }, policy: built.json().digest },
      ...{ rule: 'ci-metrics', claims: { repository_id: '123456', ref: 'refs/heads/fix', event_name: 'push' } },
    };
    const events = await write('audit', `${JSON.stringify(refused)}\n`);
    const { out } = await policy(['diff', ...paths, '--events', events]);
    expect(out).toContain('1 would be newly allowed, 0 newly refused, 0 decided as before; 0 cannot be judged');
    expect(out).toContain('gains   github repository_id "123456" sub "repo:acme": db:ci_metrics:write (1x)');
  });

  test('refuses a file that holds no event at all', async () => {
    const { write } = await folder();
    const file = await write('old', POLICY);
    const { exit, err } = await policy(['diff', file, file, '--events', await write('events', '{"a":1}\n')]);
    expect(exit).toBe(2);
    expect(err).toContain('hold no audit event');
  });

  test('names the policy that has errors', async () => {
    const { write } = await folder();
    const { exit, err } = await policy(['diff', await write('old', POLICY), await write('new', 'rules: []')]);
    expect(exit).toBe(1);
    expect(err).toMatch(/\/new has errors/);
  });
});

describe('suggest', () => {
  test('prints a rule and a test that the policy takes as they are', async () => {
    const { write } = await folder();
    const files = ['--policy', await write('p.yaml', POLICY), '--claims', await write('c.json', CI)];
    const { exit, out, err } = await policy(['suggest', ...files, '--allow', 'db:ci_*:write', '--allow', 'db:x:read']);
    expect(exit).toBe(0);
    expect(err).toContain('Besides these tokens, the rule would admit:\n');
    expect(err).toContain('any actor');
    const [rules, tests] = out.split(/^tests:\n/m) as [string, string];
    const [head, written] = POLICY.split(/^tests:\n/m) as [string, string];
    const whole = `${head}${rules.replace('rules:\n', '')}\ntests:\n${written}${tests}`;
    const checked = await policy(['check', '--json', '--policy', await write('whole.yaml', whole)]);
    expect(checked.json()).toMatchObject({ sound: true, findings: [] });
  });

  test('notes that the policy admits the tokens already', async () => {
    const { write } = await folder();
    const files = ['--policy', await write('p.yaml', POLICY), '--claims', await write('c.json', CI)];
    const { exit, err } = await policy(['suggest', ...files, '--allow', 'db:ci_metrics:write']);
    expect(exit).toBe(0);
    expect(err).toContain('the policy admits these tokens already, by "ci-metrics"');
  });

  test('prints JSON, under a free name, from tokens that it never repeats', async () => {
    const { write } = await folder();
    const taken = POLICY.replaceAll('ci-metrics', 'suggested').replace(/tests:[\s\S]*/, '');
    const compact = token(CI);
    const files = ['--policy', await write('p.yaml', taken), '--token-file', await write('t', compact)];
    const claims = ['--claims', await write('c.json', { ...CI, ref: 'refs/heads/x' })];
    const ran = await policy(['suggest', '--json', ...files, ...claims, '--allow', 'db:other:write']);
    expect(ran.exit).toBe(0);
    expect(ran.json().rule).toMatchObject({ name: 'suggested-2', issuer: 'github', allow: ['db:other:write'] });
    expect(ran.json().rule.when.ref).toEqual(['refs/heads/x', 'refs/heads/main']);
    expect(ran.err).toContain('only decoded');
    for (const part of compact.split('.')) expect(ran.out + ran.err).not.toContain(part);
  });

  test('says how to go on when no issuer of the policy is that of the token', async () => {
    const { write } = await folder();
    const claims = await write('c.json', { ...CI, iss: 'https://x.example' });
    const args = ['suggest', '--policy', await write('p.yaml', POLICY), '--claims', claims, '--allow', 'db:x:read'];
    const { exit, err } = await policy(args);
    expect(exit).toBe(2);
    expect(err).toContain('it knows github, backend; name the one that is to vouch for them with --issuer NAME');
    expect((await policy([...args, '--issuer', 'github'])).exit).toBe(0);
  });

  test('says what the build would say of permissions that no rule can have', async () => {
    const { write } = await folder();
    const files = ['--policy', await write('p.yaml', POLICY), '--claims', await write('c.json', CI)];
    const { exit, out, err } = await policy(['suggest', ...files, '--allow', 'db:_internal:read']);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain('never granted');
  });

  test('wants the instance once there are several', async () => {
    const { write } = await folder();
    const two = POLICY.replace(/tests:[\s\S]*/, '')
      .replace('rules:', '  two: { url: "https://two.example.com", admin_token: INFLUXDB3_TWO }\nrules:')
      .replaceAll(/^ {4}allow:/gm, '    instance: main\n    allow:');
    const files = [
      '--policy',
      await write('p.yaml', two),
      '--claims',
      await write('c.json', CI),
      '--allow',
      'db:a:read',
    ];
    expect((await policy(['suggest', ...files])).err).toContain('one of main, two');
    expect((await policy(['suggest', ...files, '--instance', 'two', '--json'])).json().rule.instance).toBe('two');
  });

  test('refuses tokens of several issuers', async () => {
    const { write } = await folder();
    const backend = await write('b.json', { iss: 'https://login.example.com/', aud: AUDIENCE, sub: 'u' });
    const files = [
      '--policy',
      await write('p.yaml', POLICY),
      '--claims',
      await write('c.json', CI),
      '--claims',
      backend,
    ];
    const { exit, err } = await policy(['suggest', ...files, '--allow', 'db:a:read']);
    expect(exit).toBe(2);
    expect(err).toContain('several issuers (github, backend)');
  });

  test.each([
    [['--claims', 'x'], 'what the rule is to allow'],
    [['--allow', 'db:a:read'], 'at least one example'],
  ])('refuses %j alone', async (args, problem) => {
    const { exit, err } = await policy(['suggest', ...args]);
    expect(exit).toBe(2);
    expect(err).toContain(problem);
  });
});

test('schema prints the JSON Schema that stands at the root', async () => {
  const { exit, json } = await policy(['schema']);
  expect(exit).toBe(0);
  expect(json()).toMatchObject({ title: 'Policy of influx-sts', type: 'object' });
});
