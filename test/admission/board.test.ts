// The switchboard with its sixteen gates in memory: what it remembers, what it does when a gate or its own storage is away, and how long the
// revocation of a switch goes on.

import { expect, test } from 'vitest';
import { createBoardParts } from '../../src/admission/board/board-parts.ts';
import { createSwitchboard } from '../../src/admission/board/switchboard.ts';
import { FORMAT, type Gate } from '../../src/admission/gate/gate.ts';
import { createGateParts } from '../../src/admission/gate/gate-parts.ts';
import { canonical } from '../../src/admission/record.ts';
import type { Switch, Target } from '../../src/admission/switch.ts';
import { createSqliteStorage } from '../sqlite-storage.ts';

const START = Date.parse('2026-11-23T12:00:00Z');
/** Divides every wait. */
const HURRY = 100;

function createBoard() {
  const clock = { now: START };
  const alarms: string[] = [];
  const away = new Set<string>();
  /** Live tokens by name: when they were made. */
  const live = new Map<string, number>();
  const asked: Target[] = [];
  let failing: Target['kind'] | null = null;
  const runtime = {
    now: () => clock.now,
    after: (milliseconds: number, action: () => void) => {
      const timer = setTimeout(() => {
        clock.now += milliseconds;
        action();
      }, milliseconds / HURRY);
      return () => clearTimeout(timer);
    },
    alarm: (name: string) => void alarms.push(name),
  };
  const parts = new Map<string, Gate>();
  const gates = (digit: string): Gate => {
    if (away.has(digit)) return { takeSwitches: () => new Promise<never>(() => {}) } as unknown as Gate;
    const known = parts.get(digit);
    if (known !== undefined) return known;
    const board = { greet: (...call: Parameters<typeof parted.board.greet>) => parted.board.greet(...call) };
    const storage = createSqliteStorage();
    const catalogue = { has: async () => null };
    const { gate } = createGateParts({ digit, storage, board, catalogue, runtime });
    parts.set(digit, gate);
    return gate;
  };
  const withdrawal = {
    spreadMs: 0,
    find: async (target: Target, since: number, before: number) => {
      asked.push(target);
      if (target.kind === failing) throw new Error('no');
      const names = [...live].filter(([, at]) => at >= since && at < before).map(([name]) => name);
      return { names, unreachable: [] };
    },
    remove: async (name: string) => live.delete(name),
  };
  let storage = createSqliteStorage();
  const start = () => createBoardParts({ storage, gates, withdrawal, runtime });
  let parted = start();
  const ring = async () => {
    if (storage.alarmAt === null) return false;
    clock.now = Math.max(clock.now, storage.alarmAt);
    storage.alarmAt = null;
    await parted.alarm();
    return true;
  };
  return {
    clock,
    alarms,
    away,
    live,
    asked,
    fail: (kind: Target['kind'] | null) => {
      failing = kind;
    },
    get board() {
      return parted.board;
    },
    ring,
    /** Until no alarm is set any more. */
    finish: async () => {
      for (let step = 0; step < 40; step++) if (!(await ring())) return;
      throw new Error('the board does not come to rest');
    },
    forget: () => {
      storage = createSqliteStorage();
      parted = start();
    },
    admit: (rule: string, id: string) =>
      gates('5').admit(
        FORMAT,
        id,
        '',
        0,
        0,
        3600,
        'p',
        canonical({ kind: 'vend', actor: 'caller', rule }),
        canonical({}),
      ),
    state: async (id: string) => (await parted.board.list()).find((one) => one.switch.id === id),
  };
}

let ids = 0;
function off(target: Target, more: Partial<Switch> = {}): Switch {
  const id = `id-${String(ids++).padStart(5, '0')}`;
  return { id, target, level: 'operator', why: 'a leak', until: null, set_at: START, ...more };
}
const rule = (name: string): Target => ({ kind: 'rule', name });

test.each([
  ['one', ['a']],
  ['two', ['a', 'b']],
])('a board that has lost its storage takes the switches that the gates remember, %s of them, and lifts none', async (_, before) => {
  const world = createBoard();
  for (const name of before) expect(await world.board.set(off(rule(name)), null)).toMatchObject({ missing: null });
  world.forget();
  expect(await world.board.set(off(rule('c')), null)).toMatchObject({ missing: null });
  for (const name of [...before, 'c']) expect(await world.admit(name, name)).toContain('switched_off');
  expect((await world.board.current()).map(({ target }) => target)).toEqual(
    expect.arrayContaining([...before, 'c'].map(rule)),
  );
  expect(world.alarms).toContain('switchboard_lost_its_storage');
});

test.each([
  ['many switches', 500, ''],
  ['long texts', 240, '\u{1F512}'.repeat(1_000)],
])('a board that is full of %s refuses one more, drops none, and still takes the switch on everything', (_, count, note) => {
  const board = createSwitchboard(createSqliteStorage(), { now: () => START });
  board.recall(1, JSON.stringify(Array.from({ length: count }, (_, at) => off(rule(`r-${at}`), { note }))));
  expect(Array.from({ length: 3 }, (_, at) => board.set(off(rule(`more-${at}`), { note })))).toContain('full');
  expect(board.set(off(rule('r-7'), { why: 'again', note: '' }))).toHaveLength(1);
  expect(board.set(off({ kind: 'everything' }))).toEqual([]);
  expect(board.list().switches.length).toBeGreaterThan(count);
  expect(board.list().switches[0]!.target).toEqual(rule('r-0'));
});

test('what is in force stays in force while a gate is away; what is set meanwhile is in force once it is back', async () => {
  const world = createBoard();
  const [a, b] = [off(rule('a')), off(rule('b'))];
  await world.board.set(a, null);
  world.away.add('3');
  expect(await world.board.set(b, null)).toMatchObject({ missing: { gates: ['3'], open: 0 } });
  expect([(await world.state(a.id))?.inForce, (await world.state(b.id))?.inForce]).toEqual([true, false]);
  await world.ring();
  expect((await world.state(b.id))?.inForce).toBe(false);
  world.away.clear();
  await world.finish();
  expect((await world.state(b.id))?.inForce).toBe(true);
});

test('a gate that is away does not keep leaked tokens alive, and the revocation ends only once it is back', async () => {
  const world = createBoard();
  world.live.set('leaked', START - 1);
  world.away.add('3');
  const one = off(rule('a'));
  await world.board.set(one, 0);
  for (let step = 0; step < 4; step++) await world.ring();
  expect([...world.live.keys()]).toEqual([]);
  expect((await world.state(one.id))?.revocation).toMatchObject({ state: 'revoking', revoked: 1 });
  // The gate has let one more in, because it has not heard of the switch.
  world.live.set('late', world.clock.now);
  world.away.clear();
  await world.finish();
  expect((await world.state(one.id))?.revocation).toMatchObject({ state: 'done', revoked: 2, left: 0 });
});

test.each([
  ['is lifted', undefined],
  ['is over', START + 600_000],
])('a revocation whose switch %s goes on with what was made before, and leaves what is made after', async (_, until) => {
  const world = createBoard();
  const one = off(rule('a'), { until: until ?? null });
  world.live.set('before', START - 1);
  await world.board.set(one, 0);
  if (until === undefined) expect(await world.board.lift(one.id)).toEqual({ missing: null });
  else world.clock.now = until;
  world.live.set('after', world.clock.now + 1);
  expect(await world.state(one.id)).toMatchObject({ on: false, revocation: { state: 'waiting' } });
  world.clock.now += 1_000;
  await world.finish();
  expect([...world.live.keys()]).toEqual(['after']);
  expect(await world.state(one.id)).toMatchObject({ on: false, revocation: { state: 'done', revoked: 1 } });
});

test('a switch that replaces another takes its revocation over, whether it asks for one or not', async () => {
  const world = createBoard();
  const [first, second, third] = [off(rule('a')), off(rule('a')), off(rule('a'))];
  world.live.set('old', START - 50_000);
  await world.board.set(first, 0);
  await world.board.set(second, null);
  expect(await world.board.set(third, START - 10)).toMatchObject({ revocation: { state: 'waiting' } });
  expect((await world.board.list()).map(({ switch: one }) => one.id)).toEqual([third.id]);
  await world.finish();
  expect([...world.live.keys()]).toEqual([]);
});

test('an owner who replaces or lifts a switch leaves the revocation of the operator alone', async () => {
  const world = createBoard();
  const [operators, owners] = [off(rule('a')), off(rule('a'), { level: 'owner' })];
  await world.board.set(operators, 0);
  await world.board.set(owners, 0);
  await world.board.lift(owners.id);
  world.live.set('made by a gate that had not heard', world.clock.now + 1);
  await world.finish();
  expect([...world.live.keys()]).toEqual([]);
  expect((await world.state(operators.id))?.revocation).toMatchObject({ state: 'done', revoked: 1 });
});

test('setting and lifting again and again leaves one revocation under way, not many', async () => {
  const world = createBoard();
  for (let time = 0; time < 20; time++) {
    const one = off(rule('a'), { level: 'owner' });
    await world.board.set(one, 0);
    await world.board.lift(one.id);
  }
  expect(await world.board.list()).toHaveLength(1);
});

test('a revocation that fails is tried again after a pause, and keeps no other from its turn', async () => {
  const world = createBoard();
  const [stuck, other] = [off({ kind: 'issuer', name: 'x' }), off(rule('a'))];
  world.fail('issuer');
  await world.board.set(stuck, 0);
  await world.ring();
  world.live.set('leaked', START - 1);
  await world.board.set(other, 0);
  const begun = world.clock.now;
  for (let step = 0; step < 8; step++) await world.ring();
  expect((await world.state(other.id))?.revocation).toMatchObject({ state: 'done', revoked: 1 });
  expect((await world.state(stuck.id))?.revocation).toMatchObject({ failed: expect.any(Number) });
  const tries = world.asked.filter(({ kind }) => kind === 'issuer').length;
  expect(tries).toBeLessThanOrEqual(2 + (world.clock.now - begun) / 5_000);
  expect(world.alarms).toContain('revocation_failed');
});
