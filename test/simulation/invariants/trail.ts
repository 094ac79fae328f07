// Promise 5, as far as a gate keeps it: an entry is never changed; the numbers of an epoch have no gap, and its times never go back. And
// nothing is lost that was acknowledged: a settlement that a gate has taken is in its trail, and its admission never opens again.

import type { Column } from '../../../src/admission/gate/gate-storage.ts';
import { type Facts, readObject, type Settlement } from '../../../src/admission/record.ts';
import { type CreateInvariant, gateNamed } from './invariant.ts';

type Row = Readonly<Record<string, Column>>;

/** Clocks may be so wrong in each direction. */
const CLOCKS_MS = 10_000;

/** A refusal has the id of its request, and so has a hand-out that was refused. */
const isAdmission = ({ facts }: Row) =>
  ['vend', 'hand_out', 'mint'].includes(readObject<Facts>(String(facts)).kind ?? '');

export const trail: CreateInvariant = (seen) => {
  const { world, gates } = seen;
  const PROMISE = 'promise 5: an entry is never changed';
  /** Entries of each gate as they were first kept. */
  const kept = new Map(gates.places.map(({ name }) => [name, [] as Row[]]));
  const epochs = new Map<string, number>();
  const settled = new Map<string, { readonly gate: string; readonly outcome: string }>();

  function takeNew(gate: string): void {
    const before = kept.get(gate)!;
    const last = before.at(-1);
    const { disk } = gateNamed(seen, gate);
    for (const row of disk.rows('SELECT * FROM entries WHERE number > ? ORDER BY number', last?.number ?? 0)) {
      const previous = before.at(-1);
      const epoch = Number(row.epoch);
      const number = Number(row.number);
      // A gate that is believed to have lost its storage, and has not, begins an epoch in which its numbers go on.
      if (number !== Number(previous?.number ?? 0) + 1) world.violate(PROMISE, `gate ${gate} leaves out ${number - 1}`);
      if (Number(row.at) < Number(previous?.at ?? 0))
        world.violate(PROMISE, `the time of gate ${gate} goes back at ${number}`);
      const known = epochs.get(gate) ?? 0;
      if (epoch < known || (previous === undefined && epoch === known)) {
        world.violate(PROMISE, `gate ${gate} begins epoch ${epoch} again`);
      }
      epochs.set(gate, epoch);
      before.push(row);
      corrects(gate, row, before);
    }
  }

  /** A later word on an admission stands beside the earlier one, and speaks of the same. */
  function corrects(gate: string, row: Row, before: readonly Row[]): void {
    const { corrects: number } = readObject<Settlement>(String(row.result));
    if (number === undefined) return;
    const corrected = before.find((one) => one.number === number);
    const isOf = corrected?.id === row.id && corrected?.facts === row.facts && isAdmission(row);
    if (!isOf) world.violate('what is corrected is an admission', `entry ${row.number} of gate ${gate}`);
  }

  function compare(gate: string): void {
    const { disk, now } = gateNamed(seen, gate);
    const held = new Map(disk.rows('SELECT * FROM entries').map((row) => [row.number, row]));
    for (const row of kept.get(gate)!) {
      const still = held.get(row.number!);
      if (still === undefined) {
        const old = now() + CLOCKS_MS - world.policies[0].audit.keep * 1000;
        if (Number(row.at) > old) world.violate(PROMISE, `entry ${row.number} of gate ${gate} is gone`);
      } else if (JSON.stringify(still) !== JSON.stringify(row)) {
        world.violate(
          PROMISE,
          `entry ${row.number} of gate ${gate} was ${JSON.stringify(row)} and is ${JSON.stringify(still)}`,
        );
      }
    }
  }

  return {
    see: (fact) => {
      switch (fact.kind) {
        case 'kept': {
          takeNew(fact.gate);
          const [open] = gateNamed(seen, fact.gate)
            .disk.rows(`SELECT id FROM open WHERE facts <> ''`)
            .filter(({ id }) => settled.has(String(id)));
          if (open !== undefined) world.violate('what was settled is not admitted again', String(open.id));
          break;
        }
        case 'lost':
          compare(fact.gate);
          kept.set(fact.gate, []);
          for (const [id, { gate }] of settled) if (gate === fact.gate) settled.delete(id);
          break;
        case 'settled':
          if (!settled.has(fact.id)) settled.set(fact.id, fact);
          break;
      }
    },
    atEnd: () => {
      for (const { name } of gates.places) compare(name);
      for (const [id, { gate, outcome }] of settled) {
        const outcomes = kept
          .get(gate)!
          .filter((row) => row.id === id && isAdmission(row))
          .map(({ result }) => String(result));
        // Without an entry, the admission never came.
        if (outcomes.length > 0 && !outcomes.some((result) => result.startsWith(`{"outcome":"${outcome}"`))) {
          world.violate('what was acknowledged is kept', `${id} was settled as ${outcome}`);
        }
      }
    },
  };
};
