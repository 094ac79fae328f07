// Promise 2: when a switch is answered as in force, no create that it covers reaches InfluxDB any more, until somebody lifts it or its time is
// over. And what keeps it: no gate goes back to an older list. What a gate had admitted when it lost its storage, it cannot tell.

import { type Facts, type Personal, readObject } from '../../../src/admission/record.ts';
import type { Switch, Target } from '../../../src/admission/switch.ts';
import { type CreateInvariant, gateNamed } from './invariant.ts';

/** Clocks may be so wrong. */
const CLOCKS_MS = 10_000;

export const switchedOff: CreateInvariant = (seen) => {
  const { world, gates } = seen;
  const inForce = new Map<string, Switch>();
  const lifted = new Set<string>();
  /** Admissions that were open when their gate lost all that it held. */
  const forgotten = new Set<string>();
  const versions = new Map<string, number>();

  function recordOf(name: string): { readonly facts: Facts; readonly personal: Personal } | null {
    for (const { disk } of gates.places) {
      const [row] = disk.rows(
        `SELECT facts, personal FROM open WHERE id = ?1 AND facts <> '' UNION ALL SELECT facts, personal FROM entries WHERE id = ?1 LIMIT 1`,
        name,
      );
      if (row !== undefined) {
        return { facts: readObject(String(row.facts)), personal: readObject(String(row.personal)) };
      }
    }
    return null;
  }

  return {
    see: (fact) => {
      switch (fact.kind) {
        case 'switched_off':
          if (!lifted.has(fact.switch.id)) inForce.set(fact.switch.id, fact.switch);
          break;
        case 'switched_on':
          lifted.add(fact.id);
          inForce.delete(fact.id);
          break;
        case 'create_sent': {
          if (inForce.size === 0 || forgotten.has(fact.name)) break;
          const record = recordOf(fact.name);
          for (const { target, until } of inForce.values()) {
            if (record === null || !isOf(target, record.facts, record.personal)) continue;
            if (until !== null && world.timeline.now() >= until - CLOCKS_MS) continue;
            world.violate('promise 2: what is switched off is not made', `${fact.name} by ${JSON.stringify(target)}`);
          }
          break;
        }
        case 'kept': {
          const [row] = gateNamed(seen, fact.gate).disk.rows('SELECT version FROM gate');
          const version = Number(row?.version ?? -1);
          if (version < (versions.get(fact.gate) ?? -1)) {
            world.violate('an old list never wins', `gate ${fact.gate} goes back to list ${version}`);
          }
          versions.set(fact.gate, version);
          break;
        }
        case 'lost':
          versions.delete(fact.gate);
          for (const { id } of gateNamed(seen, fact.gate).disk.rows('SELECT id FROM open')) forgotten.add(String(id));
          break;
      }
    },
    atEnd: () => {
      const [list] = gates.board.disk.rows('SELECT version, spread, switches FROM list');
      if (list !== undefined && list.spread !== list.version) {
        world.violate('each list is in force in the end', `list ${list.version} is not, only ${list.spread} is`);
      }
    },
  };
};

/** Said once more here, so that a fault in the gate's own reading is seen. */
function isOf(target: Target, facts: Facts, { subject }: Personal): boolean {
  switch (target.kind) {
    case 'everything':
      return true;
    case 'rule':
      return facts.rule === target.name;
    case 'issuer':
      return facts.issuer === target.name;
    case 'instance':
      return facts.instance === target.name;
    case 'identity':
      return facts.issuer === target.issuer && subject?.sub === target.claims.sub;
  }
}
