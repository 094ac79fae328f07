// The counters of rules with a limit: the real code, in instances that come and go over disks that stay.

import { createLimit, type LimitCore, type LimitCounter } from '../../../src/admission/limit/limit.ts';
import { listNames } from '../../../src/influx/ledger.ts';
import { createDisk, type Disk } from '../disk.ts';
import { call, createProcess, type Process, within } from '../process.ts';
import type { World } from '../world.ts';
import type { InfluxDB } from './influxdb.ts';

export interface Counters {
  readonly from: (process: Process) => (rule: string) => LimitCounter;
  /** What is kept, by rule. */
  readonly disks: ReadonlyMap<string, Disk>;
  readonly restart: () => void;
  readonly release: () => void;
}

export function createCounters(world: World, influx: InfluxDB): Counters {
  const { timeline, weather } = world;
  const disks = new Map<string, Disk>();
  const instances = new Map<string, { readonly process: Process; readonly core: LimitCore }>();
  let lives = 0;

  function diskOf(rule: string): Disk {
    const known = disks.get(rule);
    if (known !== undefined) return known;
    const disk = createDisk(world, { name: `counter ${rule}`, onKept: () => {}, onAlarmSet: arm, size: () => 0 });
    function arm(): void {
      const at = disk.alarmAt();
      if (at === null) return;
      timeline.after(at - timeline.now() + weather.lateness(), () => {
        disk.takeAlarm();
        instanceOf(rule).core.alarm();
      });
    }
    disks.set(rule, disk);
    return disk;
  }

  function instanceOf(rule: string) {
    const known = instances.get(rule);
    if (known?.process.isAlive()) return known;
    const process = createProcess(world, `counter ${rule}.${++lives}`, () => 0);
    const clients = influx.clients(process);
    const read = async (instance: string) => listNames(clients.get(instance), { instance, rule, limit: 100 });
    const { runtime } = process;
    const core = createLimit({ rule, storage: diskOf(rule).open(process), catalogue: { read }, runtime });
    const instance = { process, core };
    instances.set(rule, instance);
    return instance;
  }

  return {
    from: (from) => (rule) => {
      const ask = <T>(what: string, work: (counter: LimitCounter) => Promise<T>) =>
        call(world, from, `counter ${rule} to ${what}`, () => {
          const { process, core } = instanceOf(rule);
          return within(process, () => work(core));
        });
      return {
        take: (format, request) => ask(`take ${request.id}`, (counter) => counter.take(format, request)),
        made: (format, id, life) => ask(`note ${id}`, (counter) => counter.made(format, id, life)),
        giveBack: (format, id) => ask(`give back ${id}`, (counter) => counter.giveBack(format, id)),
        free: (format, ids) => ask(`free ${ids.join(', ')}`, (counter) => counter.free(format, ids)),
      };
    },
    disks,
    restart: () => {
      for (const { process } of instances.values()) process.die('it restarts');
    },
    release: () => {
      for (const disk of disks.values()) disk.release();
    },
  };
}
