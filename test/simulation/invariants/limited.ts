// Promise 4: a limit is never exceeded. And what keeps it honest: only what was admitted holds a slot, so that a subject token that was used
// before takes none.

import { type CreateInvariant, gateNamed } from './invariant.ts';

/** Clocks may be so wrong in each direction. */
const CLOCKS_MS = 10_000;

export const limited: CreateInvariant = (seen) => {
  const { world, gates, counters, influx } = seen;
  const limits = new Map(
    world.policies[0].rules.flatMap((rule) =>
      'limit' in rule && rule.limit !== null ? [[rule.name, rule.limit] as const] : [],
    ),
  );
  /** Slots whose admission was found, or is known no more because its gate has lost all that it held. */
  const settled = new Set<string>();

  function check(): void {
    for (const [rule, disk] of counters.disks) {
      for (const { id } of disk.rows('SELECT id FROM slots')) {
        if (settled.has(String(id))) continue;
        const isAdmitted = gates.places.some(
          (place) =>
            place.disk.rows(
              `SELECT 1 AS held FROM open WHERE id = ?1 AND facts <> '' UNION ALL SELECT 1 FROM entries WHERE id = ?1 AND json_extract(facts, '$.kind') IN ('vend', 'hand_out')`,
              id!,
            ).length > 0,
        );
        if (!isAdmitted) world.violate('only what was admitted holds a slot', `${id} of ${rule} never was`);
        settled.add(String(id));
      }
    }
  }

  return {
    see: (fact) => {
      if (fact.kind === 'lost') forget(fact.gate);
      if (fact.kind !== 'created') return;
      const rule = fact.name.split('.')[2]!;
      const limit = limits.get(rule);
      if (limit === undefined) return;
      const now = world.timeline.now();
      const tokens = [...influx.made.values()].filter(({ name }) => name.split('.')[2] === rule);
      const live = tokens.filter((one) => one.deletedAt === null && one.expiresAt - CLOCKS_MS > now).length;
      const lately = tokens.filter((one) => one.createdAt > now - (limit.vends?.per ?? 0) * 1000 + CLOCKS_MS).length;
      const say = (what: string) => world.violate('promise 4: a limit is never exceeded', `${rule}: ${what}`);
      if (limit.live !== null && live > limit.live) say(`${live} tokens live`);
      if (limit.vends !== null && lately > limit.vends.count) say(`${lately} tokens were made`);
    },
    check,
    atEnd: check,
  };

  function forget(gate: string): void {
    const { disk } = gateNamed(seen, gate);
    for (const { id } of disk.rows('SELECT id FROM open UNION SELECT id FROM entries')) settled.add(String(id));
  }
};
