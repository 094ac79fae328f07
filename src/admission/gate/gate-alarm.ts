// What a gate does by itself, when its alarm comes: close, resolve, fold, prune, report. Each step is bounded and may be repeated; one that
// fails stops no other, and the alarm is set again whatever happens.

import { withinDeadline } from '../../foundation/deadline.ts';
import type { Runtime } from '../../foundation/runtime.ts';
import { closeOverdue, nextClosing } from './closing.ts';
import { foldRefusals, nextFolding } from './folding.ts';
import type { GateLife } from './gate-life.ts';
import type { GateStorage } from './gate-storage.ts';
import { PRUNE_EVERY_MS, prune } from './pruning.ts';
import { type Catalogue, nextResolution, resolveUnknown } from './resolution.ts';
import type { Trail } from './trail.ts';

export interface GateAlarmDependencies {
  readonly gate: string;
  readonly storage: GateStorage;
  readonly life: GateLife;
  readonly trail: Trail;
  readonly catalogue: Catalogue;
  readonly runtime: Pick<Runtime, 'now' | 'after' | 'alarm'>;
}

/** Before the next batch, so that admissions come in between. */
const BATCH_PAUSE_MS = 250;
/** After a step that failed. */
const RETRY_MS = 30_000;
const REPORT_WITHIN_MS = 5_000;

/** @returns what the object calls when its alarm comes. It never rejects. */
export function createGateAlarm(dependencies: GateAlarmDependencies): () => Promise<void> {
  const { gate, storage, life, trail, catalogue, runtime } = dependencies;
  let prunedAt = 0;
  /** The number of the last entry that the switchboard has heard of. */
  let reported = -1;

  const steps: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
    close: () => closeOverdue(storage, trail, runtime),
    resolve: () => resolveUnknown(storage, trail, catalogue, runtime),
    fold: () => foldRefusals(storage, trail, runtime),
    prune: () => {
      if (runtime.now() < prunedAt + PRUNE_EVERY_MS) return false;
      const more = prune(storage, life, trail, runtime);
      if (!more) prunedAt = runtime.now();
      return more;
    },
    report: async () => {
      const number = trail.lastNumber();
      if (number === reported) return false;
      const told = await withinDeadline(
        life.report(trail.lastNumber).then(() => true),
        REPORT_WITHIN_MS,
        runtime,
      );
      if (told === null) throw new Error('the switchboard cannot be reached');
      reported = number;
      return false;
    },
  };

  return async () => {
    life.woken();
    let more = false;
    let failed = false;
    try {
      if (!life.isBegun()) return;
      for (const [step, work] of Object.entries(steps)) {
        try {
          more = (await work()) || more;
        } catch (error) {
          failed = true;
          runtime.alarm('gate_step_failed', { gate, step, fault: error instanceof Error ? error.message : '' });
        }
      }
    } finally {
      const now = runtime.now();
      const due = [nextClosing(storage), nextResolution(storage), nextFolding(storage)].filter((at) => at !== null);
      if (more) due.push(now + BATCH_PAUSE_MS);
      if (failed) due.push(now + RETRY_MS);
      if (trail.lastNumber() > 0) due.push(now + PRUNE_EVERY_MS);
      if (due.length > 0) life.wakeAt(Math.max(now + 1, Math.min(...due)));
    }
  };
}
