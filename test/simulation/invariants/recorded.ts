// Promise 1: every token that this service has asked InfluxDB for has a durable record from before it was asked for, by its name. A gate that
// loses all that it held can only keep the promise until then.

import { type CreateInvariant, gateNamed } from './invariant.ts';

/** Clocks may be so wrong in each direction. */
const CLOCKS_MS = 10_000;

export const recorded: CreateInvariant = (seen) => {
  const { world, gates } = seen;
  const PROMISE = 'promise 1: recorded before it was asked for';
  /** Each name that InfluxDB was asked for, with the gate that had its record then. */
  const asked = new Map<string, { readonly gate: string; readonly at: number }>();
  /** Names that were recorded when their gate lost all that it held. */
  const forgotten = new Set<string>();
  const keptFor = world.policies[0].audit.keep * 1000 - CLOCKS_MS;

  const recordIn = (gate: string, name: string) =>
    gateNamed(seen, gate).disk.rows(
      `SELECT 1 AS held FROM open WHERE id = ?1 AND facts <> '' UNION ALL SELECT 1 FROM entries WHERE id = ?1 LIMIT 1`,
      name,
    ).length > 0;

  function check(): void {
    for (const [name, { gate, at }] of asked) {
      if (world.timeline.now() > at + keptFor) asked.delete(name);
      else if (!recordIn(gate, name)) world.violate(PROMISE, `the record of ${name} is gone`);
    }
  }

  return {
    see: (fact) => {
      switch (fact.kind) {
        case 'create_sent': {
          if (asked.has(fact.name)) world.violate('a name is asked for once', fact.name);
          const holder = gates.places.find(({ name }) => recordIn(name, fact.name));
          if (holder !== undefined) asked.set(fact.name, { gate: holder.name, at: world.timeline.now() });
          else if (!forgotten.has(fact.name)) world.violate(PROMISE, `no gate has a record of ${fact.name}`);
          break;
        }
        case 'lost':
          for (const { id } of gateNamed(seen, fact.gate).disk.rows('SELECT id FROM open')) forgotten.add(String(id));
          for (const [name, { gate }] of asked) if (gate === fact.gate) asked.delete(name);
          break;
      }
    },
    check,
    atEnd: check,
  };
};
