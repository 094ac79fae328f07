// A whole gate, put together from its parts: what an object has to bind, and nothing of how it works. Until the switchboard has told it who
// it is, it admits nothing.

import type { Runtime } from '../../foundation/runtime.ts';
import { createGate, type Gate } from './gate.ts';
import { createGateAlarm } from './gate-alarm.ts';
import { type Board, createGateLife } from './gate-life.ts';
import type { GateStorage } from './gate-storage.ts';
import type { Catalogue } from './resolution.ts';
import { createTrail } from './trail.ts';

export interface GateParts {
  readonly gate: Gate;
  /** What is due by now; it never rejects. */
  readonly alarm: () => Promise<void>;
}

export interface GateOptions {
  /** Its digit. */
  readonly digit: string;
  readonly storage: GateStorage;
  readonly board: Board;
  readonly catalogue: Catalogue;
  readonly runtime: Pick<Runtime, 'now' | 'after' | 'alarm'>;
  /** Bytes that it may fill; eight gigabytes when left out, of the ten that the platform allows. */
  readonly capacity?: number;
}

const EIGHT_GIGABYTES = 8_000_000_000;

export function createGateParts({
  digit,
  storage,
  board,
  catalogue,
  runtime,
  capacity = EIGHT_GIGABYTES,
}: GateOptions): GateParts {
  const life = createGateLife({ gate: digit, storage, board, capacity, runtime });
  const trail = createTrail(storage, life.epoch, runtime);
  const core = createGate({ digit, storage, life, trail, runtime });

  /** Without a wait once it has begun: between two waits, another call could come. */
  function begun<T>(work: () => T | Promise<T>): Promise<T> {
    if (!life.isBegun()) return life.begin().then(work);
    try {
      return Promise.resolve(work());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  return {
    gate: {
      admit: (...call) => begun(() => core.admit(...call)),
      settle: (...call) => begun(() => core.settle(...call)),
      refuse: (...call) => begun(() => core.refuse(...call)),
      write: (...call) => begun(() => core.write(...call)),
      lookUp: (...call) => begun(() => core.lookUp(...call)),
      takeSwitches: (...call) => begun(() => core.takeSwitches(...call)),
      coveredNames: (...call) => begun(() => core.coveredNames(...call)),
      search: (...call) => begun(() => core.search(...call)),
      usage: (...call) => begun(() => core.usage(...call)),
      state: (...call) => begun(() => core.state(...call)),
    },
    alarm: createGateAlarm({ gate: digit, storage, life, trail, catalogue, runtime }),
  };
}
