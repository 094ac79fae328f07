// `policy explain` and `policy who`: questions to a policy before anything is deployed.

import { describe, expect, test } from 'vitest';
import { githubActions } from '../../emulator/personas.ts';
import { AUDIENCE, folder, GITHUB, POLICY, policy, token } from '../command-line.ts';

const CI = { iss: GITHUB, ...githubActions({ aud: AUDIENCE }) };

/** `policy explain` for these claims, as a file. */
async function explain(claims: unknown, args: readonly string[] = [], text = POLICY) {
  const { write } = await folder();
  const files = ['--policy', await write('policy.yaml', text), '--claims', await write('claims.json', claims)];
  return policy(['explain', ...files, ...args]);
}

describe('explain', () => {
  test('says what is allowed, and by which rule', async () => {
    const { exit, out, err } = await explain(CI, ['--permission', 'db:ci_metrics:write']);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toMatch(/^allowed: The rule "ci-metrics" grants db:ci_metrics:write for 15m on instance "main"/);
    expect(out).toContain('ref is "refs/heads/main"');
  });

  test('ends with 3 for a refusal, with the tree and what would change it', async () => {
    const { exit, out } = await explain({ ...CI, ref: 'refs/heads/x' }, ['--permission', 'db:ci_metrics:write']);
    expect(exit).toBe(3);
    expect(out).toMatch(/^refused \(no_rule\)/);
    expect(out).toContain('no      ref is "refs/heads/x", wanted "refs/heads/main"');
    expect(out).toContain('to change it, the caller: ');
  });

  test('prints the tree as JSON', async () => {
    const { exit, json } = await explain(CI, ['--json', '--permission', 'db:other:write']);
    expect(exit).toBe(3);
    expect(json()).toMatchObject({ issuer: 'github', outcome: 'refused', reason: 'not_granted' });
    expect(json().rules[0].rule).toBe('ci-metrics');
  });

  test.each([
    [['--rule', 'ci-metrics'], 0, 'allowed'],
    [['--rule', 'other'], 3, 'rule_unknown'],
    [['--instance', 'other'], 3, 'instance_unknown'],
    [['--ttl', '15m'], 0, 'for 15m'],
    [['--ttl', '1h'], 3, 'ttl_refused'],
  ])('asks with %j', async (args, exit, text) => {
    const ran = await explain(CI, args);
    expect(ran.exit).toBe(exit);
    expect(ran.out).toContain(text);
  });

  test('finds the issuer by iss and audience, or takes the one that is named', async () => {
    const { iss: _, ...nameless } = CI;
    expect((await explain(nameless)).err).toContain(
      'the claims hold no "iss"; name their issuer with --issuer: github',
    );
    expect((await explain(nameless, ['--issuer', 'github'])).exit).toBe(0);
    expect((await explain(nameless, ['--issuer', 'githb'])).err).toContain('did you mean github?');
    expect((await explain({ ...CI, iss: 'https://x.example' })).err).toContain('trusts no issuer "https://x.example"');
    expect((await explain({ ...CI, aud: 'https://x.example' })).err).toContain(`ask your issuer for "${AUDIENCE}"`);
  });

  test.each([
    [['--permission', 'db:a'], '"db:a" cannot be asked for'],
    [['--ttl', 'soon'], '"soon" is no ttl'],
    [['--ttl', '0'], '"0" is no ttl'],
    [['--token-file', 'x'], 'either --claims or --token-file'],
  ])('refuses %j', async (args, problem) => {
    const { exit, out, err } = await explain(CI, args);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain(problem);
  });

  test.each([
    ['{"a":1,"a":2}', 'a key appears twice'],
    ['[]', 'are not a JSON object'],
    [token(CI), 'it is not valid JSON'],
  ])('refuses claims like %s without repeating them', async (text, problem) => {
    const { exit, err } = await explain(text);
    expect(exit).toBe(2);
    expect(err).toContain(problem);
    expect(err).not.toContain(text);
  });

  test('decodes a token and says that nobody verified it', async () => {
    const { write } = await folder();
    const compact = token(CI);
    const files = ['--policy', await write('p.yaml', POLICY), '--token-file', await write('token', `${compact}\n`)];
    const ran = await policy(['explain', ...files]);
    expect(ran.exit).toBe(0);
    expect(ran.err).toContain('only decoded');
    for (const part of compact.split('.')) expect(ran.out + ran.err).not.toContain(part);
  });

  test('refuses a broken token without repeating it', async () => {
    const { write } = await folder();
    const broken = `${token(CI)}.more`;
    const files = ['--policy', await write('p.yaml', POLICY), '--token-file', await write('token', broken)];
    const ran = await policy(['explain', ...files]);
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain('it is not three base64url parts');
    expect(ran.err).not.toContain(broken.slice(0, 20));
  });

  test('helps to fix a policy whose tests fail, and one for local running', async () => {
    const failing = POLICY.replace('expect: tenant-self', 'expect: ci-metrics');
    expect((await explain(CI, [], failing)).exit).toBe(0);
    const local = POLICY.replace('https://login.example.com/', 'http://localhost:8080');
    expect((await explain(CI, [], local)).exit).toBe(0);
  });

  test('ends with 1 when the policy has errors, and prints them', async () => {
    const { exit, err } = await explain(CI, [], POLICY.replace('preset: github-actions', 'preset: github'));
    expect(exit).toBe(1);
    expect(err).toContain('policy.yaml:4:');
  });
});

describe('who', () => {
  test('lists rules, callers and what stands against them', async () => {
    const { write } = await folder();
    const file = await write('p.yaml', POLICY);
    const { exit, out, err } = await policy(['who', '--permission', 'db:ci_metrics:write', '--policy', file]);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toContain('rule "ci-metrics"\n  callers of github (https://token.actions.githubusercontent.com)');
    expect(out).toContain('    event_name is "push" or "workflow_dispatch"\n');
    expect(out).not.toContain('never-from-forks');
  });

  test('notes the deny rule that stands against a rule', async () => {
    const { write } = await folder();
    const open = POLICY.replace(', event_name: [push, workflow_dispatch]', '');
    const { out } = await policy(['who', '--permission', 'db:ci_metrics:write', '--policy', await write('p', open)]);
    expect(out).toContain('except, by the deny rule "never-from-forks", when event_name is "pull_request_target"');
    const closed = POLICY.replace('[push, workflow_dispatch]', 'pull_request_target');
    const never = await policy(['who', '--permission', 'db:ci_metrics:write', '--policy', await write('p', closed)]);
    expect(never.out).toContain('but the deny rule "never-from-forks" refuses all of them');
  });

  test('says that nobody may', async () => {
    const { write } = await folder();
    const { exit, out } = await policy(['who', '--permission', 'db:x:read', '--policy', await write('p', POLICY)]);
    expect({ exit, out }).toEqual({ exit: 0, out: 'Nobody may have db:x:read: no allow rule covers it.\n' });
  });

  test('prints JSON', async () => {
    const { write } = await folder();
    const args = ['who', '--json', '--instance', 'main', '--permission', 'db:tenant_a:read'];
    const { json } = await policy(args, { STS_POLICY: await write('p', POLICY) });
    expect(json()).toMatchObject({
      permissions: ['db:tenant_a:read'],
      rules: [{ rule: 'tenant-self', issuer: 'backend', conditions: ['tenant is "a"'], denials: [] }],
    });
  });

  test.each([
    [[], 'say what with --permission'],
    [['--permission', 'x'], '"x" cannot be asked for'],
    [['--permission', 'db:*,a:read'], 'cannot stand in one token'],
    [['--permission', 'db:a:read', '--instance', 'mian'], 'no instance "mian"; did you mean main?'],
  ])('refuses %j', async (args, problem) => {
    const { write } = await folder();
    const { exit, err } = await policy(['who', ...args, '--policy', await write('p.yaml', POLICY)]);
    expect(exit).toBe(2);
    expect(err).toContain(problem);
  });
});
