// A process that can die: a Worker, or one instance of an object. A dead one does nothing any more, and whatever it waited for never comes. Its
// clock may be wrong. And the way from one process to another, on which messages are slow, lost, doubled and overtaken.

import type { Runtime } from '../../src/foundation/runtime.ts';
import type { World } from './world.ts';

export interface Process {
  readonly name: string;
  readonly isAlive: () => boolean;
  readonly die: (why: string) => void;
  readonly onDeath: (mourn: () => void) => void;
  readonly runtime: Runtime;
  /** A step at which it may die. False when it has. */
  readonly steps: (what: string) => boolean;
}

/** What the platform says of an object that cannot be reached. */
class Unreachable extends Error {
  readonly retryable: boolean;
  readonly overloaded: boolean;

  constructor(message: string, { retryable = true, overloaded = false } = {}) {
    super(message);
    this.retryable = retryable;
    this.overloaded = overloaded;
  }
}

/** @param clock how far its clock is from the right one, milliseconds, whenever it is asked. */
export function createProcess(world: World, name: string, clock: () => number): Process {
  const { timeline, random, weather } = world;
  let alive = true;
  const mourners: (() => void)[] = [];
  const process: Process = {
    name,
    isAlive: () => alive,
    die: (why) => {
      if (!alive) return;
      alive = false;
      timeline.tell(() => `${name} dies: ${why}`);
      for (const mourn of mourners) mourn();
    },
    onDeath: (mourn) => void mourners.push(mourn),
    steps: (what) => {
      if (alive && weather.death()) process.die(what);
      return alive;
    },
    runtime: {
      fetch: () => Promise.reject(new Error('nothing in a schedule fetches')),
      now: () => timeline.now() + clock(),
      random: random.bytes,
      waitUntil: (work) => {
        work.catch((error: unknown) => {
          if (alive) world.violate('no background work fails', `in ${name}: ${String(error)}`);
        });
      },
      after: (milliseconds, action) => timeline.after(milliseconds, () => alive && action()),
      alarm: (alarm, facts) => {
        if (alive) timeline.tell(() => `${name} raises ${alarm} ${JSON.stringify(facts)}`);
      },
    },
  };
  return process;
}

/** What becomes of a process that has died: it waits for ever. */
export function never<T>(): Promise<T> {
  return new Promise(() => {});
}

/** Longer than any caller waits, shorter than a gate keeps the place of what was settled before it came. */
const OVERTAKEN_MS = 90_000;

/**
 * One call from a process to an object.
 * @param deliver what the object does with it: more than once when the message is doubled. Rejects when the object dies.
 */
export function call<T>(world: World, from: Process, what: string, deliver: () => Promise<T>): Promise<T> {
  const { timeline, weather, random } = world;
  if (!from.steps(`before it calls ${what}`)) return never();
  const fate = weather.fate();
  timeline.tell(() => `${from.name} calls ${what}${fate === 'fine' ? '' : ` (${fate})`}`);
  return new Promise((resolve, reject) => {
    const hear = (answer: () => void, verdict: string) =>
      void timeline.after(weather.delay(), () => {
        if (!from.steps(`as it hears of ${what}`)) return;
        timeline.tell(() => `${from.name} hears of ${what}: ${verdict}`);
        answer();
      });
    const fail = (error: unknown) => hear(() => reject(error), String(error));
    const lost = () => fail(new Unreachable('the connection was lost', { retryable: random.chance(0.5) }));
    const arrive = (heard: boolean) =>
      void deliver().then(
        (value) => heard && hear(() => resolve(value), typeof value === 'string' ? value : 'done'),
        (error) => heard && fail(error),
      );
    switch (fate) {
      case 'request_lost':
        return lost();
      case 'overloaded':
        return fail(new Unreachable('it is overloaded', { overloaded: true }));
      case 'answer_lost':
        timeline.after(weather.delay(), () => {
          arrive(false);
          lost();
        });
        break;
      case 'silent':
        timeline.after(weather.delay(), () => arrive(false));
        break;
      case 'overtaken':
        timeline.after(random.between(0, random.chance(0.5) ? 8_000 : OVERTAKEN_MS), () => arrive(true));
        break;
      case 'twice':
        timeline.after(random.between(0, OVERTAKEN_MS), () => arrive(false));
        timeline.after(weather.delay(), () => arrive(true));
        break;
      case 'fine':
        timeline.after(weather.delay(), () => arrive(true));
        break;
    }
    from.steps(`after it called ${what}`);
  });
}

/** Work of a process on behalf of a caller: it ends with an error when the process dies, and is then not heard of again. */
export function within<T>(process: Process, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = () => reject(new Unreachable(`${process.name} is gone`));
    if (!process.isAlive()) return gone();
    process.onDeath(gone);
    work().then(
      (value) => process.isAlive() && resolve(value),
      (error) => process.isAlive() && reject(error),
    );
  });
}
