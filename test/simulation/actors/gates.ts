// The gates: the real code, in instances that come and go over disks that stay. The sixteen digits share fewer gates here, so that
// admissions meet each other more often.

import { FORMAT, type Gate } from '../../../src/admission/gate/gate.ts';
import type { Board } from '../../../src/admission/gate/gate-life.ts';
import { createGateParts, type GateParts } from '../../../src/admission/gate/gate-parts.ts';
import { createTables } from '../../../src/admission/gate/gate-storage.ts';
import { createDisk, type Disk } from '../disk.ts';
import { call, createProcess, never, type Process, within } from '../process.ts';
import type { World } from '../world.ts';
import { type BoardPlace, createBoard } from './board.ts';
import type { InfluxDB } from './influxdb.ts';

/** One gate, whichever instance of it runs. */
export interface GatePlace {
  readonly name: string;
  readonly disk: Disk;
  /** Its clock, milliseconds since the epoch. */
  readonly now: () => number;
  readonly restart: (why: string) => void;
  /** A new instance takes over, and the old one does not know it. */
  readonly supersede: () => void;
  readonly loseStorage: () => void;
  readonly unreachable: (until: number) => void;
  readonly full: (isFull: boolean) => void;
  readonly setClock: (error: number) => void;
}

export interface Gates {
  readonly places: readonly GatePlace[];
  /** The gates as a process calls them. @param format that it speaks. */
  readonly from: (process: Process, format?: number) => (digit: string) => Gate;
  readonly placeOf: (digit: string) => GatePlace;
  readonly board: BoardPlace;
  readonly boardUnreachable: (until: number) => void;
  readonly release: () => void;
}

interface Instance {
  readonly process: Process;
  readonly parts: GateParts;
  readonly supersede: () => void;
}

interface Place extends GatePlace {
  readonly deliver: <T>(work: (gate: Gate) => Promise<T>) => Promise<T>;
}

const CAPACITY = 1_000_000;
/** The platform tries an alarm again after this time when its instance has died of it. */
const ALARM_RETRY_MS = 2_000;

export function createGates(world: World, influx: InfluxDB): Gates {
  const { timeline, random } = world;
  const boardOf = (from: Process): Board => ({
    greet: (...asked) => board.ask(from, '', (stub) => stub.greet(...asked)),
  });

  function createPlace(name: string): Place {
    let clock = world.weather.clockError();
    let isFull = false;
    let unreachableUntil = 0;
    let current: Instance | null = null;
    let old: Instance | null = null;
    let lives = 0;
    let isRetried = false;
    let takeBack = () => {};
    const trouble = () => world.happened({ kind: 'trouble', gate: name });
    const disk = createDisk(world, {
      name,
      onKept: () => world.happened({ kind: 'kept', gate: name }),
      onAlarmSet: () => arm(),
      size: () => (isFull ? CAPACITY : 0),
    });

    // The invariants look into a gate that nobody has called, too.
    createTables({ run: disk.rows, transaction: (work) => work(), setAlarm: () => {}, size: () => 0 });

    function start(): Instance {
      const process = createProcess(world, `gate ${name}.${++lives}`, () => clock);
      const storage = disk.open(process);
      const board = boardOf(process);
      const catalogue = influx.catalogue(process);
      const { runtime } = process;
      const parts = createGateParts({ digit: name, storage, board, catalogue, runtime, capacity: CAPACITY });
      return { process, parts, supersede: storage.supersede };
    }

    function instance(): Instance {
      if (old?.process.isAlive() && random.chance(0.5)) return old;
      if (!current?.process.isAlive()) current = start();
      return current;
    }

    function arm(): void {
      takeBack();
      const at = disk.alarmAt();
      if (at === null) return;
      const wait = Math.max(at - (timeline.now() + clock), unreachableUntil - timeline.now());
      takeBack = timeline.after(wait + world.weather.lateness(), () => {
        disk.takeAlarm();
        ring();
      });
    }

    function ring(): void {
      if (!current?.process.isAlive()) current = start();
      const { process, parts } = current;
      timeline.tell(() => `${process.name} hears its alarm`);
      process.onDeath(() => {
        if (done || isRetried) return;
        isRetried = true;
        timeline.after(ALARM_RETRY_MS, () => {
          isRetried = false;
          ring();
        });
      });
      let done = false;
      if (world.weather.alarmTwice()) timeline.after(random.between(0, 5_000), ring);
      parts.alarm().then(
        () => {
          done = true;
        },
        (error) => {
          done = true;
          if (process.isAlive()) world.violate('no alarm of a gate fails', String(error));
        },
      );
    }

    return {
      name,
      disk,
      now: () => timeline.now() + clock,
      restart: (why) => {
        current?.process.die(why);
      },
      supersede: () => {
        trouble();
        if (!current?.process.isAlive()) return;
        old?.process.die('a newer one was superseded too');
        old = current;
        timeline.tell(() => `${current?.process.name} is superseded`);
        old.supersede();
        current = start();
        const { process } = old;
        timeline.after(random.between(1_000, 90_000), () => process.die('it was superseded long ago'));
      },
      loseStorage: () => {
        trouble();
        old?.process.die('its storage is lost');
        current?.process.die('its storage is lost');
        timeline.tell(() => `gate ${name} loses its storage`);
        world.happened({ kind: 'lost', gate: name });
        disk.lose();
      },
      unreachable: (until) => {
        unreachableUntil = until;
        arm();
        timeline.after(until - timeline.now(), trouble);
      },
      full: (full) => {
        isFull = full;
        trouble();
      },
      setClock: (error) => {
        trouble();
        clock = error;
        arm();
      },
      deliver: (work) => {
        if (timeline.now() < unreachableUntil) return Promise.reject(new Error(`gate ${name} cannot be reached`));
        const { process, parts } = instance();
        return within(process, () => work(parts.gate));
      },
    };
  }

  const places = Array.from({ length: random.between(1, 3) }, (_, at) => createPlace(String(at)));
  const placeOf = (digit: string) => places[Number.parseInt(digit, 16) % places.length]!;

  const from: Gates['from'] = (process, format = FORMAT) => {
    const newer = format - FORMAT;
    return (digit) => {
      const place = placeOf(digit);
      const ask = <T>(what: string, work: (gate: Gate) => Promise<T>) =>
        call(world, process, `gate ${place.name} to ${what}`, () => place.deliver(work));
      return {
        admit: async (spoken, id, claim, ...rest) => {
          const verdict = await ask(`admit ${id}`, (gate) => gate.admit(spoken + newer, id, claim, ...rest));
          if (verdict === 'admitted') world.happened({ kind: 'admitted', gate: place.name, id, claim });
          return verdict;
        },
        settle: async (spoken, settled) => {
          if (world.weather.cutOff()) return never();
          const told = settled.map(({ id, outcome }) => `${id} ${outcome}`).join(', ');
          await ask(`settle ${told}`, (gate) => gate.settle(spoken + newer, settled));
          if (newer > 0) return;
          for (const { id, outcome } of settled) world.happened({ kind: 'settled', gate: place.name, id, outcome });
        },
        refuse: (spoken, ...rest) => ask('count a refusal', (gate) => gate.refuse(spoken + newer, ...rest)),
        write: (spoken, ...rest) => ask('keep an entry', (gate) => gate.write(spoken + newer, ...rest)),
        lookUp: (spoken, id) => ask(`look up ${id}`, (gate) => gate.lookUp(spoken + newer, id)),
        takeSwitches: (spoken, version, list) =>
          ask(`take list ${version}`, (gate) => gate.takeSwitches(spoken + newer, version, list)),
        coveredNames: (spoken, ...rest) => ask('name tokens', (gate) => gate.coveredNames(spoken + newer, ...rest)),
        state: (spoken) => ask('say how full it is', (gate) => gate.state(spoken + newer)),
        search: (spoken, query) => ask('search', (gate) => gate.search(spoken + newer, query)),
        usage: (spoken) => ask('say what is used', (gate) => gate.usage(spoken + newer)),
      };
    };
  };

  /** The board tells each gate once, though it has several digits. */
  const board = createBoard(world, (process) => (digit) => {
    const gate = from(process)(digit);
    return Number.parseInt(digit, 16) < places.length ? gate : { ...gate, takeSwitches: async () => '{"open":0}' };
  });

  return {
    places,
    placeOf,
    from,
    board,
    boardUnreachable: (until) => {
      board.unreachable(until);
      timeline.after(until - timeline.now(), () => {
        for (const { name } of places) world.happened({ kind: 'trouble', gate: name });
      });
    },
    release: () => {
      for (const { disk } of places) disk.release();
      board.disk.release();
    },
  };
}
