// What a gate does in faults that the simulator found. It looks at the gate alone, in memory.

import { expect, test } from 'vitest';
import { createSwitchboard } from '../../src/admission/board/switchboard.ts';
import { FORMAT, type Gate } from '../../src/admission/gate/gate.ts';
import type { Board, Greeting } from '../../src/admission/gate/gate-life.ts';
import { createGateParts } from '../../src/admission/gate/gate-parts.ts';
import { createSqliteStorage, type SqliteStorage } from '../sqlite-storage.ts';

interface Options {
  readonly storage?: SqliteStorage;
  readonly board?: Board;
  readonly capacity?: number;
}

function createBoard(): Board {
  const switchboard = createSwitchboard(createSqliteStorage(), { now: () => 0 });
  return { greet: async (...call) => switchboard.greet(...call) };
}

/** A gate whose clock and deadlines move only when a test says so. */
function createGate({ storage = createSqliteStorage(), board = createBoard(), capacity }: Options = {}) {
  const clock = { now: Date.parse('2026-11-28T12:00:00Z') };
  const deadlines: { readonly at: number; readonly action: () => void }[] = [];
  const { gate, alarm } = createGateParts({
    digit: '0',
    storage,
    board,
    catalogue: { has: async () => false },
    ...(capacity === undefined ? {} : { capacity }),
    runtime: {
      now: () => clock.now,
      alarm: () => {},
      after: (milliseconds, action) => {
        const deadline = { at: clock.now + milliseconds, action };
        deadlines.push(deadline);
        return () => void deadlines.splice(deadlines.indexOf(deadline), 1);
      },
    },
  });
  const pass = (milliseconds: number) => {
    clock.now += milliseconds;
    for (const { at, action } of [...deadlines]) if (at <= clock.now) action();
  };
  return { gate, alarm, storage, clock, pass };
}

const FACTS = JSON.stringify({ kind: 'hand_out', actor: 'caller', rule: 'r', instance: 'main', ttl: 60, final_at: 0 });

function admit(gate: Gate, id: string, claim = '') {
  return gate.admit(FORMAT, id, claim, 4_000_000_000, 0, 3600, 'p', FACTS, '{}');
}

test('a gate whose first question to the switchboard is never answered asks again at the next call', async () => {
  const answering = createBoard();
  let asked = 0;
  const { gate, pass } = createGate({
    board: { greet: (...call) => (++asked === 1 ? new Promise<Greeting>(() => {}) : answering.greet(...call)) },
  });
  const first = admit(gate, 'one');
  pass(4_000);
  await expect(first).rejects.toThrow('switchboard');
  await expect(admit(gate, 'two')).resolves.toBe('admitted');
});

test('a gate that was full admits again as soon as there is room, however few calls come', async () => {
  const storage = createSqliteStorage();
  storage.pretendedSize = 990;
  const { gate } = createGate({ storage, capacity: 1_000 });
  await expect(admit(gate, 'one')).resolves.toBe('full');
  storage.pretendedSize = 100;
  await expect(admit(gate, 'two')).resolves.toBe('admitted');
});

function write(gate: Gate, id: string, outcome: string, kind = 'revoke') {
  const facts = JSON.stringify({ kind, actor: 'caller' });
  return gate.write(FORMAT, { id, facts, result: JSON.stringify({ outcome }), personal: '{}' });
}

test('a gate that has admitted nothing yet, and so was told no time to keep entries for, forgets none', async () => {
  const { gate, alarm, storage, clock } = createGate();
  await write(gate, 'one', 'done');
  await write(gate, 'two', 'done');
  clock.now += 60_000;
  await alarm();
  expect(storage.run('SELECT id FROM entries')).toEqual([{ id: 'one' }, { id: 'two' }]);
});

test('a settlement that comes late corrects the admission, and not the refusal of the same request', async () => {
  const { gate, alarm, storage, clock } = createGate();
  await admit(gate, 'request');
  clock.now += 60_000;
  await alarm();
  await write(gate, 'request', 'refused', 'refusal');
  await gate.settle(FORMAT, [
    { id: 'request', outcome: 'abandoned', reason: '', settlement: '{"outcome":"abandoned"}' },
  ]);
  const corrections = storage.run("SELECT facts, result FROM entries WHERE result LIKE '%corrects%'");
  expect(corrections).toEqual([{ facts: FACTS, result: '{"outcome":"abandoned","corrects":2}' }]);
});

test('an answer of the switchboard that was overtaken by a later one brings back no earlier epoch', async () => {
  const answering = createBoard();
  const held: (() => void)[] = [];
  const { gate, alarm, storage, pass } = createGate({
    board: {
      greet: async (...call) => {
        const greeting = await answering.greet(...call);
        if (held.length === 0) await new Promise<void>((go) => held.push(go));
        return greeting;
      },
    },
  });
  const first = admit(gate, 'one').catch(() => 'refused');
  await Promise.resolve();
  pass(4_000);
  await first;
  await admit(gate, 'two');
  held[0]!();
  await alarm();
  expect(storage.run('SELECT epoch FROM gate')).toEqual([{ epoch: 2 }]);
});

test('a gate that starts again never puts off the alarm that it had set before', async () => {
  const storage = createSqliteStorage();
  const board = createBoard();
  const first = createGate({ storage, board });
  await admit(first.gate, 'one');
  const again = createGate({ storage, board });
  again.clock.now += 50_000;
  await admit(again.gate, 'two');
  again.clock.now += 10_000;
  expect(storage.alarmAt).toBeLessThanOrEqual(again.clock.now);
});
