// `policy build` and `policy check` without --online: findings, tests, exit codes, and what is written when.

import { describe, expect, test } from 'vitest';
import { folder, POLICY, policy } from '../command-line.ts';

const BROKEN = POLICY.replace('expect: tenant-self', 'expect: ci-metrics');

/** So many rules that nothing tests. */
function untested(count: number): string {
  const rules = Array.from(
    { length: count },
    (_, at) => `  - { name: r${at}, issuer: backend, when: { client_id: c${at} }, allow: ["db:d${at}:read"] }\n`,
  );
  return POLICY.replace('tests:', `${rules.join('')}tests:`);
}

describe('build', () => {
  test('prints findings, digest and test results as one object', async () => {
    const { write, path, read } = await folder();
    const file = await write('policy.yaml', untested(1));
    const { exit, json, err } = await policy(['build', '--policy', file, '--out', path('out.json'), '--json']);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(json()).toMatchObject({ file, built: true, development: false });
    expect(json().digest).toBe(JSON.parse(await read('out.json')).digest);
    expect(json().tests.map((one: { passed: boolean }) => one.passed)).toEqual([true, true, true]);
    expect(json().findings).toMatchObject([{ severity: 'warning', rule: 'r0', line: 21 }]);
  });

  test('writes nothing when a test of the policy fails', async () => {
    const { write, path, read } = await folder();
    const ran = await policy(['build', '--policy', await write('p.yaml', BROKEN), '--out', path('out.json'), '--json']);
    expect(ran.exit).toBe(1);
    expect(ran.json()).toMatchObject({ built: false, digest: null });
    await expect(read('out.json')).rejects.toThrow('ENOENT');
  });

  test('is for development when wrangler runs dev', async () => {
    const { write, path, read } = await folder();
    const file = await write('p.yaml', POLICY.replace('https://login.example.com/', 'http://localhost:8080'));
    const args = ['build', '--policy', file, '--out', path('out.json')];
    expect((await policy(args)).exit).toBe(1);
    expect((await policy(args, { WRANGLER_COMMAND: 'deploy' })).exit).toBe(1);
    expect((await policy(args, { WRANGLER_COMMAND: 'dev' })).out).toContain('for development only');
    expect(JSON.parse(await read('out.json')).development).toBe(true);
  });

  test('prints twenty warnings and counts the others', async () => {
    const { write, path } = await folder();
    const ran = await policy(['build', '--policy', await write('p.yaml', untested(27)), '--out', path('out.json')]);
    expect(ran.exit).toBe(0);
    expect(ran.err.match(/: warning: /g)).toHaveLength(20);
    expect(ran.err).toContain('and 7 more warnings');
  });

  test('says when the output cannot be written', async () => {
    const { write, path } = await folder();
    const ran = await policy(['build', '--policy', await write('p', POLICY), '--out', path('p/policy.json')]);
    expect(ran.exit).toBe(2);
    expect(ran.err).toContain(`cannot write ${path('p/policy.json')}`);
  });
});

describe('check', () => {
  test('runs linter and tests and writes nothing', async () => {
    const { write } = await folder();
    const ran = await policy(['check', '--policy', await write('p.yaml', POLICY)]);
    expect(ran.exit).toBe(0);
    expect(ran.out).toContain('sound: 3 rules, 3 of 3 tests passed, 0 errors, 0 warnings');
  });

  test('fails with the tree of a failing test', async () => {
    const { write } = await folder();
    const ran = await policy(['check', '--policy', await write('p.yaml', BROKEN)]);
    expect(ran.exit).toBe(1);
    expect(ran.err).toContain('test "a tenant reads" expected ci-metrics and got tenant-self');
    expect(ran.err).toContain('tenant is "a", wanted');
    expect(ran.out).toContain('not sound: 2 of 3 tests passed, 1 error');
  });

  test('lets warnings fail it when it is strict', async () => {
    const { write } = await folder();
    const args = ['check', '--json', '--policy', await write('p.yaml', untested(1))];
    expect((await policy(args)).exit).toBe(0);
    const strict = await policy([...args, '--strict']);
    expect({ exit: strict.exit, sound: strict.json().sound }).toEqual({ exit: 1, sound: false });
  });

  test('reports what is no YAML at all', async () => {
    const { write } = await folder();
    const file = await write('p.yaml', 'rules: [');
    const ran = await policy(['check', '--policy', file]);
    expect(ran.exit).toBe(1);
    expect(ran.err).toContain(`${file}:1:`);
  });
});

describe('wrong usage', () => {
  test.each([
    [['bild'], 'there is no subcommand "bild"; did you mean build?'],
    [[], 'say what to do: build, check'],
    [['build', '--polciy', 'x'], 'there is no option --polciy; did you mean --policy?'],
    [['build', '-x'], 'there is no option -x; known are --policy, --out'],
    [['build', '--policy'], "Option '--policy <value>' argument missing"],
    [['build', 'policy.yaml'], 'it takes options only'],
    [['diff', 'one'], 'it takes OLD NEW'],
  ])('%j is told so', async (args, problem) => {
    const { exit, out, err } = await policy(args);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain(problem);
  });

  test.each([
    'build',
    'check',
    'explain',
    'who',
    'diff',
    'suggest',
    'schema',
  ])('"%s --help" names options and exit codes', async (subcommand) => {
    const { exit, out, err } = await policy([subcommand, '--help']);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toContain(`Usage: influx-sts policy ${subcommand}`);
    expect(out).toContain('--json');
    expect(out).toContain('Exit codes: 0');
  });
});

describe('a rule that ends', () => {
  const DAY = 86_400_000;
  /** The rule of tenants ends on the day that lies so many days from now. */
  const ending = (days: number) =>
    POLICY.replace(
      '    allow: ["db:tenant_{tenant}:read"]',
      `    allow: ["db:tenant_{tenant}:read"]\n    until: ${new Date(Date.now() + days * DAY).toISOString().slice(0, 10)}`,
    );

  test('is warned of within two weeks, and stops nothing', async () => {
    const { write, path } = await folder();
    const [soon, later] = [await write('soon', ending(10)), await write('later', ending(20))];
    const warned = await policy(['check', soon]);
    expect([warned.exit, warned.out]).toEqual([0, expect.stringContaining('0 errors, 1 warning')]);
    expect(warned.err).toMatch(
      /in rule "tenant-self": the rule ends within (9|10) days, on \d{4}-\d\d-\d\d at 00:00 UTC/,
    );
    expect((await policy(['check', '--strict', soon])).exit).toBe(1);
    expect((await policy(['check', '--strict', later])).exit).toBe(0);
    expect((await policy(['build', '--policy', soon, '--out', path('out.json')])).err).toContain(
      'the rule ends within',
    );
  });

  test('and has ended fails build and check unless that is allowed', async () => {
    const { write, path, read } = await folder();
    const file = await write('p.yaml', ending(-1));
    const built = ['build', '--policy', file, '--out', path('out.json')];
    for (const args of [['check', file], built]) {
      const refused = await policy(args);
      expect([refused.exit, refused.err]).toEqual([1, expect.stringContaining('--allow-lapsed builds it as it is')]);
      const allowed = await policy([...args, '--allow-lapsed']);
      expect([allowed.exit, allowed.err]).toEqual([
        0,
        expect.stringContaining('warning: in rule "tenant-self": the rule ended'),
      ]);
    }
    expect(JSON.parse(await read('out.json')).rules[1].until).toBeLessThan(Date.now() / 1000);
  });

  test('and has ended is looked at by every other command, which says so', async () => {
    const { write } = await folder();
    const files = ['--policy', await write('p.yaml', ending(-1)), '--issuer', 'backend'];
    const claims = await write('claims.json', { sub: 'u', tenant: 'a' });
    const explained = await policy(['explain', ...files, '--claims', claims]);
    expect([explained.exit, explained.out]).toEqual([3, expect.stringContaining('The rule "tenant-self" ended on ')]);
    const who = await policy(['who', '--policy', files[1]!, '--permission', 'db:tenant_a:read']);
    expect([who.exit, who.out]).toEqual([0, expect.stringContaining('Nobody may have db:tenant_a:read')]);
    const open = await policy(['who', '--policy', await write('q', ending(20)), '--permission', 'db:tenant_a:read']);
    expect(open.out).toMatch(/for 15m at most, until \d{4}-\d\d-\d\dT00:00:00Z, of whom/);
    const suggested = await policy(['suggest', ...files, '--claims', claims, '--allow', 'db:a:read']);
    expect([suggested.exit, suggested.err]).toEqual([0, expect.not.stringContaining('admits these tokens already')]);
  });
});
