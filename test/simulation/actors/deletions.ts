// The objects that repeat a deletion until it is certain, as `src/objects/pending-deletion.ts` binds them to the platform: one for each name.

import { type Deletion, isSettled, type PendingDeletions, pauseBeforeNext } from '../../../src/influx/deletion.ts';
import { call, createProcess, type Process, within } from '../process.ts';
import type { World } from '../world.ts';
import type { InfluxDB } from './influxdb.ts';

export function createDeletions(world: World, influx: InfluxDB): (from: Process) => PendingDeletions {
  const { timeline, weather } = world;

  async function attempt(deletion: Deletion, keptAt: number): Promise<void> {
    const process = createProcess(world, 'pending deletion', () => 0);
    // The platform rings again when the instance has died.
    process.onDeath(() => next(deletion, keptAt, deletion.pause));
    const outcome = await influx.clients(process).get(deletion.instance)!.deleteToken(deletion.name);
    const pause = pauseBeforeNext(deletion, keptAt, timeline.now());
    if (!isSettled(deletion, outcome, timeline.now()) && pause !== null) next(deletion, keptAt, pause);
  }

  function next(deletion: Deletion, keptAt: number, pause: number): void {
    timeline.after(pause + weather.lateness(), () => void attempt(deletion, keptAt));
  }

  return (from) => ({
    schedule: (deletion) =>
      call(world, from, `the deletion of ${deletion.name}`, () =>
        within(
          createProcess(world, 'pending deletion', () => 0),
          async () => {
            next(deletion, timeline.now(), deletion.pause);
          },
        ),
      ),
  });
}
