// What a gate keeps, and how much: refusals are folded, a gate that fills keeps what matters, old entries go, hours become days.

import { describe, expect, test } from 'vitest';
import { canonical, type Facts } from '../../src/admission/record.ts';
import { rounds } from '../rounds.ts';
import { CAPACITY, createOneGate, FORMAT, KEEP, MINUTE_MS, nameOf, type OneGate } from './one-gate.ts';

const DAY_MS = 24 * 60 * MINUTE_MS;
const made = { outcome: 'made' } as const;

async function vend(gate: OneGate, number: number): Promise<string> {
  const verdict = await gate.admit(nameOf(number));
  if (verdict === 'admitted') await gate.settle(nameOf(number), made);
  return verdict;
}
/** The alarm rings once after a long time. */
async function wait(gate: OneGate, milliseconds: number): Promise<void> {
  gate.clock.now += milliseconds;
  await gate.pass(1_000);
}
const write = (gate: OneGate, kind: Facts['kind'], id = kind as string) =>
  gate.gate.write(FORMAT, {
    id,
    facts: canonical({ kind, actor: 'service' }),
    result: canonical({ outcome: 'done' }),
    personal: '',
  });

describe('refusals', () => {
  test('of one caller within a minute are one entry, with their number and the first request', async () => {
    const gate = createOneGate();
    await gate.refuse('x', { count: 1, id: 'first' });
    await gate.refuse('x', { count: 1, id: 'second' });
    await gate.refuse('x', { count: 6, id: 'third' });
    expect(await gate.entries()).toEqual([]);
    await gate.pass(2 * MINUTE_MS);
    expect(await gate.entries()).toMatchObject([
      {
        kind: 'refusal',
        outcome: 'refused',
        reason: 'not_granted',
        count: 8,
        request_id: 'first',
        subject: { sub: 'x' },
      },
    ]);
  });

  test('of another minute, caller or rule are another', async () => {
    const gate = createOneGate();
    await gate.refuse('x');
    await gate.refuse('y');
    await gate.pass(MINUTE_MS);
    await gate.refuse('x');
    await gate.pass(2 * MINUTE_MS);
    expect((await gate.entries()).map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  test('of very many callers are entries of their own for sixty of them, and for the others one for each rule', async () => {
    const gate = createOneGate();
    const callers = 5_000;
    for (let at = 0; at < callers; at++) await gate.refuse(`caller-${at}`, { rule: at % 2 === 0 ? 'ci' : 'cd' });
    await gate.pass(2 * MINUTE_MS);
    const entries = await gate.entries();
    expect(entries).toHaveLength(62);
    expect(entries.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(callers);
    expect(
      entries
        .filter(({ subject }) => subject === undefined)
        .map(({ rule }) => rule)
        .sort(),
    ).toEqual(['cd', 'ci']);
  });

  test('by very many rules are bounded too, and what is left out is counted', async () => {
    const gate = createOneGate();
    for (let at = 0; at < 1_000; at++) await gate.refuse(`caller-${at}`, { rule: `rule-${at}` });
    await gate.pass(20 * MINUTE_MS);
    const entries = await gate.entries();
    expect(entries.filter(({ kind }) => kind === 'refusal')).toHaveLength(120);
    expect(entries.filter(({ kind }) => kind === 'left_out').map(({ count }) => count)).toEqual([880]);
  });

  test(`that come without end write a bounded number of rows, and another caller's vend goes on`, async () => {
    const gate = createOneGate();
    await vend(gate, 1);
    const before = gate.storage.written();
    const refusals = rounds(5_000, 100_000);
    for (let at = 0; at < refusals; at++) await gate.refuse(`caller-${at % 7}`);
    // A call writes the sum and the counter of the hour; that they come seldom is the business of who calls.
    expect(gate.storage.written() - before).toBeLessThanOrEqual(2 * refusals);
    expect(gate.storage.run('SELECT count(*) AS n FROM refusals')).toEqual([{ n: 7 }]);
    expect(await vend(gate, 2)).toBe('admitted');
    await gate.pass(2 * MINUTE_MS);
    expect(await gate.entries({ outcome: 'refused' })).toHaveLength(7);
  });
});

describe('a gate that fills', () => {
  async function filled(percent: number) {
    const gate = createOneGate();
    await vend(gate, 1);
    gate.storage.pretendedSize = (percent / 100) * CAPACITY;
    return gate.restarted();
  }

  test.each([
    [49, 'roomy', []],
    [50, 'filling', [50]],
    [79, 'filling', [79]],
    [80, 'filling', [80, 80]],
    [94, 'filling', [94, 94]],
    [95, 'full', [95, 95]],
    [100, 'full', [100, 100]],
  ])('to %d percent is %s, with an alarm for each mark', async (percent, state, told) => {
    const gate = await filled(percent);
    expect(await gate.gate.state(FORMAT)).toBe(state);
    expect(gate.alarms.map(({ name, facts }) => [name, facts.percent])).toEqual(
      told.map((one) => ['gate_filling', one]),
    );
  });

  test('is noticed while it works, and each mark is told once', async () => {
    const gate = createOneGate();
    await vend(gate, 1);
    gate.storage.pretendedSize = 0.6 * CAPACITY;
    for (let at = 0; at < 1_100; at++) await gate.gate.state(FORMAT);
    gate.storage.pretendedSize = 0.85 * CAPACITY;
    for (let at = 0; at < 300; at++) await gate.gate.state(FORMAT);
    expect(gate.alarms.map(({ facts }) => facts.percent)).toEqual([60, 85]);
  });

  test('from half on keeps admissions and revocations alone, and counts in one entry what it leaves out', async () => {
    const gate = await filled(50);
    expect(await vend(gate, 2)).toBe('admitted');
    await write(gate, 'revoke', nameOf(1));
    await write(gate, 'sweep');
    await write(gate, 'read');
    await gate.refuse('x', { count: 40 });
    await gate.pass(20 * MINUTE_MS);
    const kinds = (await gate.entries()).map(({ kind, count }) => [kind, count]).reverse();
    expect(kinds).toEqual([
      ['policy', undefined],
      ['vend', undefined],
      ['vend', undefined],
      ['revoke', undefined],
      ['left_out', 42],
    ]);
  });

  test('still counts by the hour what it leaves out', async () => {
    const gate = await filled(60);
    await gate.refuse('x', { count: 40 });
    expect(gate.storage.run(`SELECT count FROM counters WHERE outcome = 'refused'`)).toEqual([{ count: 40 }]);
  });

  test('and is full refuses to admit and leaves nothing, and still takes settlements and revocations', async () => {
    const gate = createOneGate();
    await gate.admit(nameOf(1));
    gate.storage.pretendedSize = 0.95 * CAPACITY;
    const full = gate.restarted();
    expect(await full.admit(nameOf(2), { claim: 'c'.repeat(64) })).toBe('full');
    expect(full.storage.run('SELECT key FROM claims')).toEqual([]);
    await full.settle(nameOf(1), made);
    await write(full, 'revoke', nameOf(1));
    expect((await full.entries()).map(({ kind }) => kind)).toEqual(['revoke', 'vend', 'policy']);
    full.storage.pretendedSize = 0;
    expect(await full.restarted().admit(nameOf(2))).toBe('admitted');
  });
});

test('a revocation that is repeated without end is one entry for each outcome', async () => {
  const gate = createOneGate();
  for (let at = 0; at < 100; at++) await write(gate, 'revoke', nameOf(1));
  await write(gate, 'revoke', nameOf(2));
  expect(await gate.entries()).toHaveLength(2);
});

describe('pruning', () => {
  test('removes entries after their time, never the newest, and numbers go on', async () => {
    const gate = createOneGate();
    for (const number of [1, 2, 3]) await vend(gate, number);
    await wait(gate, KEEP * 1000 - MINUTE_MS);
    expect(await gate.entries()).toHaveLength(4);
    await wait(gate, 30 * MINUTE_MS);
    expect((await gate.entries()).map(({ number }) => number)).toEqual([4]);
    await vend(gate, 9);
    expect((await gate.entries())[0]?.number).toBeGreaterThan(4);
  });

  test('waits for what InfluxDB has still to tell', async () => {
    const gate = createOneGate();
    gate.catalogue.names = null;
    await gate.admit(nameOf(1), { facts: { ttl: 60 * 86_400 } });
    await vend(gate, 2);
    await wait(gate, KEEP * 1000 + DAY_MS);
    expect((await gate.entries()).map(({ outcome }) => outcome)).toContain('unknown');
  });

  test('removes nothing before an admission has said how long entries are kept', async () => {
    const gate = createOneGate();
    for (const id of ['first', 'second']) await write(gate, 'sweep', id);
    await wait(gate, 400 * DAY_MS);
    expect(await gate.entries()).toHaveLength(2);
  });

  test('removes a claim once its token has expired everywhere, and no sooner', async () => {
    const gate = createOneGate();
    await gate.admit(nameOf(1), { claim: 'c'.repeat(64) });
    await gate.settle(nameOf(1), made);
    await gate.pass(400_000);
    expect(await gate.admit(nameOf(2), { claim: 'c'.repeat(64) })).toBe('replayed');
    await gate.pass(30 * MINUTE_MS);
    expect(gate.storage.run('SELECT key FROM claims')).toEqual([]);
  });

  test('finds the window of a search although an entry in the middle has outlived its neighbours', async () => {
    const gate = createOneGate();
    for (let number = 1; number <= 20; number++) {
      await vend(gate, number);
      gate.clock.now += 1_000;
    }
    gate.storage.run('DELETE FROM entries WHERE number NOT IN (5, 19, 20, 21)');
    const all = await gate.entries();
    for (const { time, number } of all) {
      const at = Date.parse(time);
      expect((await gate.entries({ since: at, until: at })).map((entry) => entry.number)).toContain(number);
    }
  });
});

test('counters tell of each hour by rule, outcome and reason, of each day after two days, and nothing after a hundred', async () => {
  const gate = createOneGate();
  for (const number of [1, 2]) await vend(gate, number);
  await gate.refuse('x', { count: 3 });
  await gate.pass(60 * MINUTE_MS);
  await vend(gate, 3);
  const counters = () =>
    gate.storage
      .run('SELECT since, rule, outcome, reason, count FROM counters ORDER BY since, outcome')
      .map(({ since, rule, outcome, reason, count }) => [
        new Date(Number(since)).toISOString().slice(0, 13),
        rule,
        outcome,
        reason,
        count,
      ]);
  expect(counters()).toEqual([
    ['2026-11-23T12', 'ci', 'made', '', 2],
    ['2026-11-23T12', 'ci', 'refused', 'not_granted', 3],
    ['2026-11-23T13', 'ci', 'made', '', 1],
  ]);
  await wait(gate, 4 * DAY_MS);
  expect(counters()).toEqual([
    ['2026-11-23T00', 'ci', 'made', '', 3],
    ['2026-11-23T00', 'ci', 'refused', 'not_granted', 3],
  ]);
  await wait(gate, 100 * DAY_MS);
  expect(counters()).toEqual([]);
});

test('a vend with single use writes six rows, and removing what it wrote three more: the figures of the page on operations', async () => {
  const gate = createOneGate();
  await vend(gate, 1);
  const before = gate.storage.written();
  const vends = 200;
  for (let number = 2; number < 2 + vends; number++) {
    await gate.admit(nameOf(number), { claim: String(number).padStart(64, '0') });
    await gate.settle(nameOf(number), made);
  }
  // The row of the admission comes and goes; the entry, the claim and the counter of the hour; what is counted here by hand is the entry's
  // place in the index of names, which the platform counts as a row.
  expect((gate.storage.written() - before + vends) / vends).toBe(6);
  await wait(gate, KEEP * 1000 + DAY_MS);
  expect(await gate.entries()).toHaveLength(1);
  // Some rows more are the counters, which become those of a day.
  expect((gate.storage.written() - before + 2 * vends) / vends).toBeCloseTo(9, 0);
});
