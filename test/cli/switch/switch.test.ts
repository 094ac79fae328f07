// `influx-sts switch off|on|list` against the built Worker: what it stops, what it prints, its exit codes, and what callers then see.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { switchList } from '../../../src/cli/switch/list.ts';
import { switchOff } from '../../../src/cli/switch/off.ts';
import { switchOn } from '../../../src/cli/switch/on.ts';
import { explain } from '../../../src/cli/token/explain.ts';
import { token } from '../../../src/cli/token/token.ts';
import { whoami } from '../../../src/cli/token/whoami.ts';
import { STACK_POLICY, type Stack, startStack } from '../../stack.ts';
import { start } from '../caller-process.ts';
import { inProcess } from '../command-line.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    policy: (addresses) =>
      STACK_POLICY(addresses).replace(
        'when: { sub: app }',
        'when: { sub: app }\n    owners: { issuer: cluster, when: { sub: lead } }',
      ),
  });
});
afterAll(() => stack.stop());
afterEach(async () => {
  stack.intercept = null;
  const { json } = await list('operator', ['--json']);
  for (const { id, on } of json()) if (on) await inProcess(switchOn.run, [id], await account('operator'));
  stack.calls.length = 0;
});

async function account(sub: string) {
  const service = { INFLUX_STS_URL: stack.service, XDG_STATE_HOME: '/nowhere' };
  return { ...service, INFLUX_STS_ID_TOKEN: await stack.cluster.sign({ sub, aud: 'cluster' }) };
}
const as = (run: typeof switchOff.run) => async (sub: string, args: readonly string[]) =>
  inProcess(run, args, await account(sub));
const off = as(switchOff.run);
const on = as(switchOn.run);
const list = as(switchList.run);

describe('switch off', () => {
  test('a rule: no token is made any more, callers are told why, and switch on ends it', async () => {
    const set = await off('operator', [
      'rule',
      'app',
      '--why',
      'we look into a leak',
      '--for',
      '2h',
      '--note',
      'case 7',
    ]);
    expect({ exit: set.exit, err: set.err }).toEqual({ exit: 0, err: '' });
    expect(set.out).toMatch(/^in force: rule app is off until 2\S+Z \([0-9A-Z]{26}\)\n$/);
    const refused = await as(token.run)('app', []);
    expect([refused.exit, refused.out]).toEqual([3, '']);
    expect(refused.err).toContain('switched_off');
    expect(refused.err).toContain('we look into a leak');
    expect(refused.err).not.toContain('case 7');

    const who = await as(whoami.run)('app', []);
    expect(who.exit).toBe(0);
    expect(who.out).toMatch(/switched off: rule app, until 2\S+Z: we look into a leak\n$/);
    const why = await as(explain.run)('app', []);
    expect(why.exit).toBe(3);
    expect(why.out).toMatch(/^allowed: [\s\S]*switched off: rule app, until/);
    expect((await as(explain.run)('dashboards', [])).exit).toBe(0);

    const listed = await list('operator', []);
    expect(listed.out.split('\n')).toEqual([
      expect.stringMatching(/^id +target +level +until +in force +revoking +why$/),
      expect.stringMatching(/^\S{26} +rule app +operator +\S+Z +yes +we look into a leak \(case 7\)$/),
      '',
    ]);
    expect(await on('operator', ['rule', 'app'])).toMatchObject({
      exit: 0,
      out: 'lifted: rule app, set by an operator\n',
    });
    expect((await as(token.run)('app', [])).exit).toBe(0);
    expect(await list('operator', [])).toMatchObject({ exit: 0, out: '', err: 'nothing is switched off\n' });
  });

  test('with --revoke: says first what is hit, then ends it, and prints how far it is', async () => {
    const live = (await as(token.run)('app', ['--json'])).json();
    const shared = (await as(token.run)('dashboards', ['--json'])).json();
    const dry = await off('operator', ['instance', 'main', '--dry-run']);
    expect(dry).toMatchObject({ exit: 0, err: '' });
    expect(dry.out).toMatch(
      /^it hits the rules ci-metrics, app, dashboards, and \d+ live tokens, 1 of them shared: others/,
    );
    expect(stack.liveTokens()).toEqual(expect.arrayContaining([live.name, shared.name]));

    const set = await off('operator', ['instance', 'main', '--why', 'a leak', '--revoke']);
    expect(set.exit).toBe(0);
    expect(set.err.split('\n')[0]).toMatch(
      /^influx-sts switch off: it hits the rules .* live tokens, 1 of them shared/,
    );
    expect(set.out).toMatch(
      /^in force: instance main is off until it is switched on again \(\S+\)\nrevoked \d+ tokens\n$/,
    );
    expect(stack.liveTokens()).toEqual([]);
    expect((await list('operator', [])).out).toMatch(/done, \d+ +a leak\n$/);
  }, 20_000);

  test('an identity, by its claims; switch on takes the same words in any order', async () => {
    const identity = ['identity', '--issuer', 'cluster', '--claim', 'sub=app'];
    expect((await off('operator', [...identity, '--why', 'x', '--json'])).json()).toMatchObject({
      target: { kind: 'identity', issuer: 'cluster', claims: { sub: 'app' } },
      on: true,
      in_force: true,
      revocation: null,
    });
    expect((await as(token.run)('app', [])).exit).toBe(3);
    expect((await as(token.run)('dashboards', [])).exit).toBe(0);
    expect(await on('operator', identity)).toMatchObject({ exit: 0 });
    expect(await on('operator', identity)).toMatchObject({
      exit: 3,
      err: 'influx-sts switch on: no switch is set on identity cluster sub=app\n',
    });
  });

  test('everything: operators still list and lift', async () => {
    expect((await off('operator', ['everything', '--why', 'stop'])).exit).toBe(0);
    expect((await as(token.run)('dashboards', [])).err).toContain('Everything is switched off');
    expect((await as(whoami.run)('operator', [])).out).toContain(
      'switched off: everything, until it is switched on again',
    );
    const [{ id }] = (await list('operator', ['--json'])).json();
    expect(await on('operator', [id])).toMatchObject({ exit: 0, out: `lifted: ${id}\n` });
  });

  test('owners switch their rule, see that they own it, and do not lift what an operator has set', async () => {
    expect((await as(whoami.run)('lead', [])).out).toMatch(/\n {2}owns +app\n/);
    expect((await off('lead', ['rule', 'app', '--why', 'ours'])).exit).toBe(0);
    expect((await off('operator', ['rule', 'app', '--why', 'theirs'])).exit).toBe(0);
    const lifted = await on('lead', ['rule', 'app']);
    expect([lifted.exit, lifted.out]).toEqual([3, 'lifted: rule app, set by an owner\n']);
    expect(lifted.err).toContain('only operators may lift it');
    expect((await as(token.run)('app', [])).err).toContain('theirs');
    expect((await off('lead', ['everything', '--why', 'x'])).exit).toBe(3);
    expect(await on('operator', ['rule', 'app'])).toMatchObject({ exit: 0 });
  });

  test.each([
    [['rule', 'app'], 'say why with --why'],
    [['rule', '--why', 'x'], 'say which rule, by its name'],
    [['rul', 'app', '--why', 'x'], 'did you mean rule?'],
    [['everything', 'now', '--why', 'x'], '"everything" takes no name'],
    [['rule', 'app', '--claim', 'a=b', '--why', 'x'], '--issuer and --claim are for "identity"'],
    [['identity', '--issuer', 'cluster', '--why', 'x'], 'needs --issuer NAME and --claim NAME=VALUE'],
    [['identity', '--issuer', 'cluster', '--claim', 'sub', '--why', 'x'], '--claim takes NAME=VALUE'],
    [['identity', '--issuer', 'c', '--claim', 'sub=a', '--claim', 'sub=b', '--why', 'x'], 'is given twice'],
    [['rule', 'app', '--why', 'x', '--since', '2026-11-23T12:00:00Z'], '--since goes with --revoke'],
    [['rule', 'app', '--why', 'x', '--revoke', '--since', 'yesterday'], '--since takes a time'],
    [[], 'it takes TARGET [NAME], and was given 0 arguments'],
  ])('%j is misuse, and asks nobody', async (args, problem) => {
    const ran = await off('operator', args);
    expect([ran.exit, ran.out]).toEqual([2, '']);
    expect(ran.err).toContain(problem);
    expect(stack.calls).toEqual([]);
  });

  test('a rule that is not there is refused, with the one that was meant', async () => {
    const ran = await off('operator', ['rule', 'ap', '--why', 'x', '--revoke']);
    expect(ran.exit).toBe(3);
    expect(ran.err).toContain('Did you mean "app"?');
  });
});

test('Ctrl-C stops the watching and not the revocation, and says so', async () => {
  const state = { id: '01JDCM6W0000000000000000AA', target: { kind: 'everything' }, level: 'operator', why: 'x' };
  const revocation = { state: 'revoking', revoked: 3, left: 5, failed: 0, unreachable: [] };
  const one = { ...state, until: null, set_at: '2026-11-23T12:00:00Z', on: true, in_force: true, revocation };
  const hits = { rules: [], live: 8, shared: 0, incomplete: [] };
  const json = (body: object) => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  let asked = 0;
  stack.intercept = ({ method, path }) => {
    if (!path.startsWith('/v1/switches')) return null;
    if (method === 'GET') return json(path === '/v1/switches' ? { switches: [] } : one);
    return json(asked++ === 0 ? { switch: null, missing: null, hits } : { switch: one, missing: null, hits: null });
  };
  const args = ['switch', 'off', 'everything', '--why', 'x', '--revoke'];
  const running = start(args, { ...(await account('operator')), HOME: '/nowhere', PATH: process.env.PATH ?? '' });
  await running.says('revoking: 3 revoked, 5 left');
  running.signal('SIGINT');
  const { exit, out, err } = await running.ended;
  expect([exit, out]).toEqual([null, '']);
  expect(err).toContain('it hits no rule of the policy, and 8 live tokens');
  expect(err).toContain('the service goes on by itself');
});
