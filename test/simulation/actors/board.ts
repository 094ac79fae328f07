// The switchboard: the real code, in instances that come and go over a disk that stays. What leaves it is held back until what it wrote
// before is durable, as on the platform.

import { type BoardParts, createBoardParts, type SwitchboardStub } from '../../../src/admission/board/board-parts.ts';
import type { Gate } from '../../../src/admission/gate/gate.ts';
import { createDisk, type Disk } from '../disk.ts';
import { call, createProcess, type Process, within } from '../process.ts';
import type { World } from '../world.ts';

export interface BoardPlace {
  readonly disk: Disk;
  /** A call from a process. */
  readonly ask: <T>(from: Process, what: string, work: (board: SwitchboardStub) => Promise<T>) => Promise<T>;
  readonly restart: () => void;
  readonly unreachable: (until: number) => void;
}

/** @param gatesOf the gates as a process calls them. */
export function createBoard(world: World, gatesOf: (from: Process) => (digit: string) => Gate): BoardPlace {
  const { timeline, weather } = world;
  let lives = 0;
  let unreachableUntil = 0;
  let current: { readonly process: Process; readonly parts: BoardParts } | null = null;
  let takeBack = () => {};
  const disk = createDisk(world, { name: 'board', onKept: () => {}, onAlarmSet: arm, size: () => 0 });

  function instance() {
    if (current?.process.isAlive()) return current;
    const process = createProcess(world, `board.${++lives}`, () => 0);
    const gates = gatesOf(process);
    const withdrawal = { spreadMs: 0, find: async () => ({ names: [], unreachable: [] }), remove: async () => true };
    const held = (digit: string) =>
      ({
        takeSwitches: async (...list) => {
          await Promise.resolve();
          return gates(digit).takeSwitches(...list);
        },
      }) satisfies Pick<Gate, 'takeSwitches'> as unknown as Gate;
    const parts = createBoardParts({ storage: disk.open(process), gates: held, withdrawal, runtime: process.runtime });
    current = { process, parts };
    return current;
  }

  function arm(): void {
    takeBack();
    const at = disk.alarmAt();
    if (at === null) return;
    takeBack = timeline.after(Math.max(at, unreachableUntil) - timeline.now() + weather.lateness(), () => {
      disk.takeAlarm();
      ring();
    });
  }

  /** The platform rings again when the instance has died of it. */
  function ring(): void {
    const { process, parts } = instance();
    timeline.tell(() => `${process.name} hears its alarm`);
    let done = false;
    process.onDeath(() => {
      if (!done && disk.alarmAt() === null) timeline.after(2_000, ring);
      done = true;
    });
    const end = () => {
      done = true;
    };
    parts.alarm().then(end, end);
  }

  return {
    disk,
    ask: (from, what, work) =>
      call(world, from, `the switchboard${what}`, () => {
        if (timeline.now() < unreachableUntil) return Promise.reject(new Error('the switchboard cannot be reached'));
        const { process, parts } = instance();
        return within(process, () => work(parts.board));
      }),
    restart: () => current?.process.die('the platform moves it'),
    unreachable: (until) => {
      unreachableUntil = until;
      arm();
    },
  };
}
