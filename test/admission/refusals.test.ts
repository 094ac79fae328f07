// Refusals before they reach a gate: how many calls they cost, however many there are and however many callers they come from.

import { expect, test } from 'vitest';
import { createRefusals } from '../../src/admission/refusals.ts';

function createFolding() {
  const clock = { now: 0 };
  const calls: { readonly who: string; readonly count: number; readonly id: string; readonly named: boolean }[] = [];
  const refusals = createRefusals(
    {
      refuse: async (who, count, id, _facts, personal) => {
        calls.push({ who, count, id, named: personal.subject !== undefined });
      },
    },
    { now: () => clock.now, waitUntil: () => undefined },
  );
  const note = (sub: string, { rule = 'ci', reason = 'not_granted', id = 'id' } = {}) =>
    refusals.note({
      requestId: id,
      reason,
      facts: { kind: 'refusal', actor: 'caller', issuer: 'github', rule },
      personal: { subject: { sub } },
    });
  return { clock, calls, note, refusals };
}
const sum = (calls: readonly { readonly count: number }[]) => calls.reduce((total, { count }) => total + count, 0);

test('the first refusal of a minute is sent at once, and later ones only as often as their number doubles', () => {
  const { calls, note } = createFolding();
  for (let at = 1; at <= 100_000; at++) note('x', { id: `request-${at}` });
  expect(calls.map(({ count }) => count)).toEqual([1, ...Array.from({ length: 16 }, (_, at) => 2 ** at)]);
  expect(calls[0]?.id).toBe('request-1');
  expect(sum(calls)).toBeGreaterThan(50_000);
});

test('each minute, caller, rule and reason begins anew', () => {
  const { clock, calls, note } = createFolding();
  note('x');
  note('y');
  note('x', { rule: 'cd' });
  note('x', { reason: 'no_rule' });
  clock.now += 60_000;
  note('x');
  expect(calls.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1]);
  expect(new Set(calls.map(({ who }) => who)).size).toBe(4);
});

test('of very many callers the first are sent by name, the others by rule and reason alone', () => {
  const { calls, note } = createFolding();
  for (let at = 0; at < 50_000; at++) note(`caller-${at}`);
  expect(calls.filter(({ named }) => named)).toHaveLength(200);
  expect(calls.length).toBeLessThan(250);
  expect(sum(calls)).toBeGreaterThan(25_000);
});

test('of very many rules, too, the calls are bounded', () => {
  const { calls, note } = createFolding();
  for (let at = 0; at < 10_000; at++) note(`caller-${at}`, { rule: `rule-${at}` });
  expect(calls.length).toBeLessThanOrEqual(400);
});

test('callers of earlier minutes make room', () => {
  const { clock, calls, note } = createFolding();
  for (let at = 0; at < 500; at++) note(`caller-${at}`);
  clock.now += 60_000;
  const before = calls.length;
  for (let at = 0; at < 100; at++) note(`later-${at}`);
  expect(calls.slice(before).filter(({ named }) => named)).toHaveLength(100);
});

test('a read of the trail is done, not refused, and told apart by what was asked', () => {
  const settled: string[] = [];
  const { note } = createRefusals(
    {
      refuse: async (who, _count, _id, { query }, _personal, { outcome, reason }) => {
        settled.push(`${outcome} ${reason} ${JSON.stringify(query)} ${who.includes('read')}`);
      },
    },
    { now: () => 0, waitUntil: () => undefined },
  );
  const read = (rule: string) =>
    note({ requestId: 'id', facts: { kind: 'read', actor: 'operator', query: { rule } }, personal: {} });
  for (const rule of ['a', 'b', 'a', 'b']) read(rule);
  expect(settled).toEqual([
    'done undefined {"rule":"a"} true',
    'done undefined {"rule":"b"} true',
    'done undefined {"rule":"a"} true',
    'done undefined {"rule":"b"} true',
  ]);
});
