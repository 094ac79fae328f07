// The lives of a gate: how it begins, what it does when its storage was lost or set back, and what the switchboard remembers of it.

import { describe, expect, test } from 'vitest';
import { createSwitchboard } from '../../src/admission/board/switchboard.ts';
import { createSqliteStorage } from '../sqlite-storage.ts';
import { createOneGate, FORMAT, MINUTE_MS, nameOf, START } from './one-gate.ts';

const CLAIM = 'c'.repeat(64);

describe('a gate that was never called', () => {
  test('asks the switchboard who it is and for the list of switches, once, and then begins its first epoch', async () => {
    const gate = createOneGate();
    await Promise.all([gate.gate.state(FORMAT), gate.admit(nameOf(1)), gate.admit(nameOf(2))]);
    expect(gate.storage.run('SELECT epoch, lost, version, switches FROM gate')).toEqual([
      { epoch: 1, lost: 0, version: 0, switches: '[]' },
    ]);
  });

  test('admits nothing while the board is down, and recovers by itself', async () => {
    const gate = createOneGate();
    gate.board.down = true;
    await expect(gate.admit(nameOf(1))).rejects.toThrow('the switchboard cannot be reached');
    gate.board.down = false;
    expect(await gate.admit(nameOf(1))).toBe('admitted');
  });

  test('goes on without the board once it has begun', async () => {
    const gate = createOneGate();
    await gate.gate.state(FORMAT);
    gate.board.down = true;
    expect(await gate.restarted().admit(nameOf(1))).toBe('admitted');
  });

  test('covers everything when it cannot read the list of switches', async () => {
    const gate = createOneGate();
    await gate.gate.state(FORMAT);
    gate.storage.run(`UPDATE gate SET switches = 'broken'`);
    expect(await gate.restarted().admit(nameOf(1))).toContain('switched_off');
  });
});

describe('a gate that lost its storage', () => {
  async function lost() {
    const before = createOneGate();
    await before.admit(nameOf(1), { claim: CLAIM });
    await before.settle(nameOf(1), { outcome: 'made' });
    await before.pass(2 * MINUTE_MS);
    const { clock, board } = before;
    return createOneGate({ clock, board });
  }

  test('begins a new epoch and raises an alarm', async () => {
    const gate = await lost();
    await gate.gate.state(FORMAT);
    expect(gate.alarms).toEqual([{ name: 'gate_lost_its_storage', facts: { gate: '0', epoch: 2 } }]);
    await gate.admit(nameOf(5));
    await gate.settle(nameOf(5), { outcome: 'made' });
    expect((await gate.entries()).map(({ epoch }) => epoch)).toEqual([2, 2]);
  });

  test('refuses subject tokens for single use from before, and takes those from after, and any that may be used again', async () => {
    const gate = await lost();
    const born = gate.clock.now;
    expect(await gate.admit(nameOf(2), { claim: CLAIM, issuedAt: born / 1000 - 1 })).toBe('reborn');
    expect(await gate.admit(nameOf(3), { claim: CLAIM, issuedAt: born / 1000 })).toBe('admitted');
    expect(await gate.admit(nameOf(4), { issuedAt: 0 })).toBe('admitted');
    expect(await gate.restarted().admit(nameOf(6), { claim: 'd'.repeat(64), issuedAt: born / 1000 - 1 })).toBe(
      'reborn',
    );
  });
});

test('a gate whose storage was set back begins a new epoch at its next report, so that no number is given twice in one', async () => {
  const gate = createOneGate();
  for (const number of [1, 2, 3]) {
    await gate.admit(nameOf(number));
    await gate.settle(nameOf(number), { outcome: 'made' });
  }
  await gate.pass(2 * MINUTE_MS);
  gate.storage.run('DELETE FROM entries WHERE number > 2');
  const again = gate.restarted();
  await again.admit(nameOf(9));
  await again.settle(nameOf(9), { outcome: 'made' });
  await again.pass(2 * MINUTE_MS);
  expect(again.alarms.map(({ name }) => name)).toContain('gate_lost_its_storage');
  await again.admit(nameOf(10));
  await again.settle(nameOf(10), { outcome: 'made' });
  expect((await again.entries())[0]?.epoch).toBe(2);
});

describe('the switchboard', () => {
  const board = () => createSwitchboard(createSqliteStorage(), { now: () => 0 });

  test('believes a gate that it has never heard of, and one that is ahead', () => {
    const one = board();
    expect(one.greet('a', 0, 0)).toMatchObject({ epoch: 1, lost: false, number: 0, version: 0, switches: '[]' });
    expect(one.greet('a', 1, 7)).toMatchObject({ epoch: 1, lost: false, number: 7 });
    expect(one.greet('b', 3, 9)).toMatchObject({ epoch: 3, lost: false, number: 9 });
    expect(one.greet('a', 2, 1)).toMatchObject({ epoch: 2, lost: false, number: 1 });
  });

  test('tells a gate that remembers nothing, or an earlier epoch, that it has lost its storage', () => {
    const one = board();
    one.greet('a', 1, 7);
    expect(one.greet('a', 0, 0)).toMatchObject({ epoch: 2, lost: true });
    expect(one.greet('a', 1, 8)).toMatchObject({ epoch: 3, lost: true });
  });

  test('keeps the highest number when a call was overtaken', () => {
    const one = board();
    one.greet('a', 1, 7);
    expect(one.greet('a', 1, 5)).toMatchObject({ epoch: 1, lost: false, number: 7 });
  });

  test('knows each gate by itself', () => {
    const one = board();
    one.greet('a', 1, 7);
    expect(one.greet('b', 0, 0)).toMatchObject({ epoch: 1, lost: false });
  });
});

test('the alarm is never later than what is due, and what is due is never forgotten', async () => {
  const gate = createOneGate();
  await gate.admit(nameOf(1));
  const first = gate.storage.alarmAt!;
  expect(first).toBeLessThanOrEqual(START + MINUTE_MS);
  gate.clock.now += 1_000;
  await gate.admit(nameOf(2));
  expect(gate.storage.alarmAt).toBe(first);
  await gate.pass(5 * MINUTE_MS);
  expect(gate.storage.alarmAt).not.toBeNull();
});
