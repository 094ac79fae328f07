// The operators: they switch off what the seed picks, ask whether it is in force, and lift it again, now and then twice at once. Each target
// is switched once in a schedule, so that no switch takes the place of another.

import type { Switch, Target } from '../../../src/admission/switch.ts';
import { createUlid } from '../../../src/foundation/ulid.ts';
import { createProcess } from '../process.ts';
import type { World } from '../world.ts';
import type { BoardPlace } from './board.ts';

export interface Operators {
  /** Begins a time in which they switch, milliseconds long. */
  readonly come: (duration: number) => void;
  /** Lifts all that is off; what was on its way has arrived by then. */
  readonly liftAll: () => Promise<void>;
}

const TARGETS: readonly Target[] = [
  { kind: 'everything' },
  { kind: 'rule', name: 'ci-own' },
  { kind: 'rule', name: 'ci-shared' },
  { kind: 'rule', name: 'shared' },
  { kind: 'issuer', name: 'ci' },
  { kind: 'instance', name: 'main' },
  { kind: 'instance', name: 'cluster' },
  { kind: 'identity', issuer: 'backend', claims: { sub: 'caller-1' } },
];

export function createOperators(world: World, board: BoardPlace): Operators {
  const { timeline, random } = world;

  /** Switched off as soon as a gate has written something: often an admission, which is then on its way to InfluxDB. */
  const waiting: Target[] = [];
  world.onFact(({ kind }) => {
    const target = kind === 'kept' && !world.weather.isCalm() ? waiting.shift() : undefined;
    if (target !== undefined) timeline.after(random.between(0, 30), () => void off(target));
  });

  async function off(target: Target): Promise<void> {
    const { runtime, ...operator } = createProcess(world, 'operator', () => 0);
    const until = random.chance(0.3) ? runtime.now() + random.between(20_000, 120_000) : null;
    const id = createUlid(runtime);
    const one: Switch = { id, target, level: 'operator', why: 'a leak', until, set_at: runtime.now() };
    await board
      .ask({ runtime, ...operator }, ` to switch off ${JSON.stringify(target)} as ${id}`, async (stub) => {
        const changed = await stub.set(one, null);
        if (changed?.missing === null) world.happened({ kind: 'switched_off', switch: one });
      })
      .catch(() => {});
    for (const pause of [5_000, 40_000]) timeline.after(pause, () => void look());
    if (random.chance(0.5)) timeline.after(random.between(1_000, 60_000), () => void lift(id));
  }

  async function look(): Promise<readonly Switch[]> {
    const read = async () =>
      board.ask(
        createProcess(world, 'operator', () => 0),
        ' what is off',
        async (stub) => {
          const states = (await stub.list()).filter(({ on }) => on);
          for (const { switch: one, inForce } of states) {
            if (inForce) world.happened({ kind: 'switched_off', switch: one });
          }
          return states.map(({ switch: one }) => one);
        },
      );
    return read().catch(() => []);
  }

  async function lift(id: string): Promise<void> {
    world.happened({ kind: 'switched_on', id });
    const operator = createProcess(world, 'operator', () => 0);
    await board.ask(operator, ` to lift ${id}`, (stub) => stub.lift(id)).catch(() => {});
  }

  return {
    come: (duration) => {
      if (random.chance(0.4)) return;
      // A board that has never had a list looks around first; most have had one.
      if (random.chance(0.8)) void off({ kind: 'rule', name: 'long-gone' });
      const first = random.between(0, TARGETS.length - 1);
      const switches = random.between(1, 3);
      for (let one = 0; one < switches; one++) {
        const target = TARGETS[(first + one * 3) % TARGETS.length]!;
        const isMet = random.chance(0.7);
        timeline.after(random.between(0, duration), () => (isMet ? void waiting.push(target) : void off(target)));
      }
    },
    liftAll: async () => {
      void look().then((switches) => Promise.all(switches.map(({ id }) => lift(id))));
      await timeline.runUntil(timeline.now() + 20_000);
    },
  };
}
