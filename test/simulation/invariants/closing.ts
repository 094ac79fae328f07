// Every open admission is closed within two minutes while its gate can be reached, and resolved truthfully: "never made" never of a token that
// InfluxDB has or will have, "found" and "made" only of one that it had.

import { readObject, type Settlement } from '../../../src/admission/record.ts';
import { type CreateInvariant, gateNamed } from './invariant.ts';

const CLOSED_WITHIN_MS = 120_000;
const TRUTH = 'an admission is resolved truthfully';

export const closing: CreateInvariant = (seen) => {
  const { world, gates, influx } = seen;
  const { timeline } = world;
  /** When each open admission was first seen. */
  const openSince = new Map<string, number>();
  const troubled = new Map<string, number>();
  const read = new Map<string, number>();
  const neverMade = new Set<string>();

  function judge(name: string, outcome: string): void {
    const token = influx.made.get(name);
    const isThere = token !== undefined && token.deletedAt === null;
    const tell = (what: string) => world.violate(TRUTH, `${name} is said to be "${outcome}", and ${what}`);
    if (outcome === 'never_made') {
      neverMade.add(name);
      if (isThere) tell('InfluxDB has it');
    }
    if ((outcome === 'found' || outcome === 'made') && token === undefined) tell('InfluxDB never had it');
    if (outcome === 'expired' && isThere && token.expiresAt > timeline.now() + CLOCKS_MS) tell('it lives');
  }

  function check(): void {
    for (const { name, disk } of gates.places) {
      const open = new Set(disk.rows(`SELECT id FROM open WHERE facts <> ''`).map(({ id }) => String(id)));
      for (const [key, since] of openSince) {
        const [gate, id] = key.split(' ') as [string, string];
        if (gate !== name) continue;
        if (!open.has(id)) openSince.delete(key);
        else if (timeline.now() - Math.max(since, troubled.get(name) ?? 0) > CLOSED_WITHIN_MS) {
          world.violate('an open admission is closed within two minutes', `gate ${name} still has ${id}`);
        }
      }
      for (const id of open) {
        if (!openSince.has(`${name} ${id}`)) openSince.set(`${name} ${id}`, timeline.now());
      }
    }
  }

  return {
    see: (fact) => {
      switch (fact.kind) {
        case 'created':
          if (neverMade.has(fact.name))
            world.violate(TRUTH, `${fact.name} was said to be "never_made", and is made now`);
          break;
        case 'trouble':
          troubled.set(fact.gate, timeline.now());
          break;
        case 'lost':
          read.delete(fact.gate);
          break;
        case 'kept': {
          const rows = gateNamed(seen, fact.gate).disk.rows(
            'SELECT number, id, facts, result FROM entries WHERE number > ? ORDER BY number',
            read.get(fact.gate) ?? 0,
          );
          for (const { number, id, result } of rows) {
            read.set(fact.gate, Number(number));
            // A hand-out has the id of a request, and asks InfluxDB for nothing.
            if (String(id).startsWith('sts.')) judge(String(id), readObject<Settlement>(String(result)).outcome);
          }
          break;
        }
      }
    },
    check,
    atEnd: () => {
      check();
      for (const { name, disk } of gates.places) {
        const [left] = disk.rows(`SELECT id FROM unresolved UNION ALL SELECT id FROM open WHERE facts <> ''`);
        if (left !== undefined) world.violate('every admission is resolved', `gate ${name} still has ${left.id}`);
      }
    },
  };
};

/** Clocks may be so wrong in each direction. */
const CLOCKS_MS = 10_000;
