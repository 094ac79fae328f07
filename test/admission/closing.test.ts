// What nobody settled: closed within two minutes, then asked for in InfluxDB's catalogue until the answer is final.

import { describe, expect, test } from 'vitest';
import { createOneGate, MINUTE_MS, nameOf, type OneGate, START } from './one-gate.ts';

const NAME = nameOf(1);
const outcomes = async (gate: OneGate) =>
  (await gate.entries({ names: [NAME] })).map(({ outcome, corrects }) => [outcome, corrects]).reverse();

describe('an open admission', () => {
  test.each([0, 1_000, 59_000])('that was made %d ms into a minute is closed as unknown within two', async (offset) => {
    const gate = createOneGate();
    gate.clock.now += offset;
    gate.catalogue.names = null;
    await gate.admit(NAME);
    await gate.pass(MINUTE_MS - 1);
    expect(await outcomes(gate)).toEqual([]);
    await gate.pass(MINUTE_MS);
    expect(await outcomes(gate)).toEqual([['unknown', undefined]]);
    expect(gate.storage.run('SELECT id FROM open')).toEqual([]);
  });

  test('is closed by an object that has just woken, too', async () => {
    const gate = createOneGate();
    await gate.admit(NAME);
    const again = gate.restarted();
    await again.pass(2 * MINUTE_MS);
    expect((await outcomes(again))[0]).toEqual(['unknown', undefined]);
  });

  test('keeps its claim when it is closed', async () => {
    const gate = createOneGate();
    await gate.admit(NAME, { claim: 'c'.repeat(64) });
    await gate.pass(2 * MINUTE_MS);
    expect(await gate.admit(nameOf(2), { claim: 'c'.repeat(64) })).toBe('replayed');
  });

  test('one of thousands is closed in batches, and all are', async () => {
    const gate = createOneGate();
    gate.catalogue.names = null;
    for (let number = 0; number < 1_000; number++) await gate.admit(nameOf(number));
    await gate.pass(2 * MINUTE_MS);
    expect((await gate.entries({ outcome: 'unknown' })).length).toBe(1_000);
  });

  test('whose alarm was lost is closed once the next admission sets it again', async () => {
    const gate = createOneGate();
    await gate.admit(NAME);
    gate.storage.alarmAt = null;
    gate.clock.now += 10 * MINUTE_MS;
    await gate.admit(nameOf(2));
    await gate.pass(1_000);
    expect((await outcomes(gate))[0]).toEqual(['unknown', undefined]);
  });

  test('a tombstone goes once its admission cannot come any more, and is no entry', async () => {
    const gate = createOneGate();
    await gate.settle(NAME, { outcome: 'abandoned' });
    await gate.pass(9 * MINUTE_MS);
    expect(gate.storage.run('SELECT id FROM open')).toEqual([{ id: NAME }]);
    await gate.pass(2 * MINUTE_MS);
    expect(gate.storage.run('SELECT id FROM open')).toEqual([]);
    expect(await gate.entries()).toEqual([]);
  });
});

describe('an unknown outcome', () => {
  test('is found when InfluxDB has the token', async () => {
    const gate = createOneGate();
    gate.catalogue.names = new Set([NAME]);
    await gate.admit(NAME);
    await gate.pass(2 * MINUTE_MS);
    expect(await outcomes(gate)).toEqual([
      ['unknown', undefined],
      ['found', 2],
    ]);
  });

  test('is never made when InfluxDB does not have it, but not before the create can no longer come', async () => {
    const gate = createOneGate();
    await gate.admit(NAME, { facts: { final_at: START + 5 * MINUTE_MS } });
    await gate.pass(5 * MINUTE_MS - 1);
    expect(await outcomes(gate)).toEqual([['unknown', undefined]]);
    await gate.pass(10_000);
    expect((await outcomes(gate)).at(-1)).toEqual(['never_made', 2]);
  });

  test('that was not there, and then is, counts as found', async () => {
    const gate = createOneGate();
    await gate.admit(NAME, { facts: { final_at: START + 5 * MINUTE_MS } });
    await gate.pass(2 * MINUTE_MS);
    gate.catalogue.names = new Set([NAME]);
    await gate.pass(4 * MINUTE_MS);
    expect((await outcomes(gate)).at(-1)).toEqual(['found', 2]);
  });

  test('stays while InfluxDB cannot be asked, which is asked ever more rarely, and ends with the life of such a token', async () => {
    const gate = createOneGate();
    gate.catalogue.names = null;
    await gate.admit(NAME, { facts: { ttl: 3_600 } });
    await gate.pass(59 * MINUTE_MS);
    expect(await outcomes(gate)).toEqual([['unknown', undefined]]);
    expect(gate.catalogue.asked).toBeLessThan(20);
    await gate.pass(20 * MINUTE_MS);
    expect((await outcomes(gate)).at(-1)).toEqual(['expired', 2]);
  });

  test('of a hand-out is not asked for, because it made nothing', async () => {
    const gate = createOneGate();
    await gate.admit('01JDCM6W0000000000000000AA', { facts: { kind: 'hand_out' } });
    await gate.pass(5 * MINUTE_MS);
    expect(gate.catalogue.asked).toBe(0);
    expect((await gate.entries({ outcome: 'unknown' })).length).toBe(1);
  });

  test('is resolved by an object that has just woken', async () => {
    const gate = createOneGate();
    gate.catalogue.names = null;
    await gate.admit(NAME);
    await gate.pass(2 * MINUTE_MS);
    gate.catalogue.names = new Set([NAME]);
    const again = gate.restarted();
    await again.pass(10 * MINUTE_MS);
    expect((await outcomes(again)).at(-1)).toEqual(['found', 2]);
  });
});

test('a step that fails is told, stops no other, and is tried again', async () => {
  const gate = createOneGate();
  await gate.admit(NAME);
  gate.board.down = true;
  await gate.pass(2 * MINUTE_MS);
  expect(gate.alarms.map(({ name, facts }) => [name, facts.step])).toContainEqual(['gate_step_failed', 'report']);
  expect((await outcomes(gate)).length).toBeGreaterThan(0);
  gate.board.down = false;
  const before = gate.alarms.length;
  await gate.pass(5 * MINUTE_MS);
  expect(gate.alarms.length).toBe(before);
});
