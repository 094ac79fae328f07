// `influx-sts audit`: the trail for operators, as it grows and of one request.

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { auditCommand } from '../../../src/cli/audit/audit.ts';
import { auditLine } from '../../../src/cli/audit/line.ts';
import { type Stack, startStack } from '../../stack.ts';
import { until } from '../../until.ts';
import { start } from '../caller-process.ts';
import { inProcess } from '../command-line.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack.stop());
afterEach(() => {
  stack.intercept = null;
});

const signed = (sub: string) => stack.cluster.sign({ sub, aud: 'cluster' });
const as = async (sub: string) => ({
  INFLUX_STS_URL: stack.service,
  XDG_STATE_HOME: '/nowhere',
  INFLUX_STS_ID_TOKEN: await signed(sub),
});
const audit = async (args: readonly string[], sub = 'operator') => inProcess(auditCommand.run, args, await as(sub));

async function vend(): Promise<{ readonly name: string; readonly id: string }> {
  const headers = { authorization: `Bearer ${await signed('app')}` };
  const answer = await fetch(`${stack.service}/v1/tokens`, { method: 'POST', headers });
  const { name } = (await answer.json()) as { name: string };
  return { name, id: answer.headers.get('x-request-id')! };
}

describe('audit tail', () => {
  test('prints what is there and then what comes, one line each and none twice, until Ctrl-C', async () => {
    const before = [await vend(), await vend()];
    const running = start(['audit', 'tail', '--rule', 'app', '--outcome', 'made'], await as('operator'));
    await running.says(before[1]!.name);
    const later = await vend();
    await running.says(later.name);
    running.signal('SIGINT');
    const { exit, out, err } = await running.ended;
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    const lines = out.trim().split('\n');
    expect(lines.map((line) => line.split('  ').at(-1))).toEqual([...before, later].map(({ name }) => name));
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}vend +made +app@main {2}db:ci_metrics:write {2}cluster: sub app {2}sts\./,
    );
  });

  test('prints entries as JSON, and goes on when the service comes back', async () => {
    let down = true;
    stack.intercept = ({ path }) =>
      path.startsWith('/v1/audit') && down ? { status: 503, headers: {}, body: '' } : null;
    const running = start(['audit', 'tail', '--json', '--since', '15m'], await as('operator'));
    await running.says('goes on');
    down = false;
    const { name } = await vend();
    await running.says(name);
    running.signal('SIGINT');
    const { exit, out } = await running.ended;
    expect(exit).toBe(0);
    const entries = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(entries.at(-1)).toMatchObject({ token_name: name, kind: 'vend', outcome: 'made' });
  });

  test.each(['0', '25h', 'yesterday', ''])('does not take --since %j', async (since) => {
    const { exit, err } = await audit(['tail', '--since', since]);
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining('at most 24h') });
  });

  test('ends at a refusal, which says what is missing', async () => {
    const { exit, err } = await audit(['tail'], 'app');
    expect({ exit, err }).toEqual({ exit: 3, err: expect.stringContaining('Only operators') });
  });
});

describe('audit show', () => {
  test('prints all that is kept of a request', async () => {
    const { name, id } = await vend();
    await until(async () => (await audit(['show', id])).out.includes('made'), 'the vend is settled');
    const { exit, out, err } = await audit(['show', id]);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toContain(name);
    const { json } = await audit(['show', id, '--json']);
    expect(json()).toMatchObject({ open: [], incomplete: [] });
    expect(json().events.every(({ request_id: one }: { request_id: string }) => one === id)).toBe(true);
  });

  test('says what the log alone has, when nothing is kept', async () => {
    const { exit, err } = await audit(['show', '01JDCM6W0000000000000000AA']);
    expect({ exit, err }).toEqual({ exit: 3, err: expect.stringContaining('in the log alone') });
  });

  test('takes one id', async () => {
    expect((await audit(['show'])).exit).toBe(2);
  });
});

test('a line says by what right a token was revoked, and cannot steer the terminal', () => {
  const about = { gate: '0', time: '2026-11-23T12:00:00.000Z', kind: 'revoke', token_name: 'sts.x' } as const;
  expect(auditLine({ ...about, actor: 'lease', outcome: 'done' })).toBe(
    '2026-11-23T12:00:00.000Z  revoke    done         by lease  sts.x',
  );
  const subject = { sub: '\u001b[2Jx\n##[error]' };
  const line = auditLine({ ...about, actor: 'operator', issuer: 'people', subject, outcome: 'done' });
  expect(line).toContain('by operator people: sub \uFFFD[2Jx\uFFFD# #[error]');
});
