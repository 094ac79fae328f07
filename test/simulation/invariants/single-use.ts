// Promise 3: at most one token is handed out per single-use subject token; and what keeps it: a claim stays as long as its token could be shown
// again, unless nothing was handed out. A token that gave nothing is as good as before.

import { createHash } from 'node:crypto';
import { readObject, type Settlement } from '../../../src/admission/record.ts';
import type { CreateInvariant } from './invariant.ts';

export const singleUse: CreateInvariant = ({ world, gates }) => {
  /** Single-use tokens that somebody has a database token for, by the digest that stands for them. */
  const spent = new Map<string, { readonly gate: string; readonly until: number }>();
  /** Admissions that hold a claim, by their id, until it is certain that nothing was handed out. */
  const held = new Map<string, { readonly gate: string; readonly key: string; readonly until: number }>();
  const lostAt = new Map<string, number>();
  const keyOf = (jti: string) =>
    createHash('sha256')
      .update(JSON.stringify([world.policies[0].issuers.ci!.iss, jti]))
      .digest('hex');

  /** A claim stands with its admission and falls with its failure; an unknown outcome frees nothing. */
  function judge(id: string, key: string, until: number): void {
    const { disk } = gates.placeOf(key[0]!);
    const isClaimed = disk.rows('SELECT 1 AS held FROM claims WHERE key = ? AND id = ?', key, id).length > 0;
    const isOpen = disk.rows(`SELECT 1 AS open FROM open WHERE id = ? AND facts <> ''`, id).length > 0;
    // A refusal has the id of its request, and so has a hand-out that was refused.
    const [first] = disk.rows(
      `SELECT result FROM entries WHERE id = ? AND json_extract(facts, '$.kind') <> 'refusal' ORDER BY number LIMIT 1`,
      id,
    );
    const { outcome } = readObject<Settlement>(String(first?.result ?? '{}'));
    const isFreed = outcome === 'failed' || outcome === 'abandoned';
    const say = (what: string) => world.violate('a claim stands with its admission', `${id}: ${what}`);
    if (isClaimed && !isOpen && first === undefined) say('it claims a token, and was never admitted');
    if (isClaimed && isFreed) say('it has failed, and holds its claim');
    if (!isClaimed && !isFreed && world.timeline.now() < until)
      say(`its claim is gone, and it is ${outcome ?? 'open'}`);
    if (!isClaimed) held.delete(id);
  }

  return {
    see: (fact) => {
      switch (fact.kind) {
        case 'handed_out': {
          if (fact.jti === null) break;
          const key = keyOf(fact.jti);
          if (spent.has(key)) {
            world.violate(
              'promise 3: one token for each single-use token',
              `${fact.jti} got a second token, ${fact.name}`,
            );
          }
          const gate = gates.placeOf(key[0]!).name;
          spent.set(key, { gate, until: fact.from > (lostAt.get(gate) ?? 0) ? fact.until : 0 });
          break;
        }
        case 'kept': {
          const { disk } = gates.places.find(({ name }) => name === fact.gate)!;
          for (const [key, { gate, until }] of spent) {
            if (gate !== fact.gate || world.timeline.now() >= until) continue;
            if (disk.rows('SELECT 1 AS held FROM claims WHERE key = ?', key).length === 0) {
              world.violate('a claim is given back only when nothing was handed out', `${key} is claimed by nobody`);
            }
          }
          for (const { id, key, until } of disk.rows('SELECT id, key, until FROM claims')) {
            held.set(String(id), { gate: fact.gate, key: String(key), until: Number(until) * 1000 });
          }
          for (const [id, { gate, key, until }] of held) if (gate === fact.gate) judge(id, key, until);
          break;
        }
        case 'lost':
          for (const [id, { gate }] of held) if (gate === fact.gate) held.delete(id);
          lostAt.set(fact.gate, world.timeline.now());
          // What was used is not known any more; that nobody can use it again, promise 3 still says.
          for (const [key, { gate }] of spent) if (gate === fact.gate) spent.set(key, { gate, until: 0 });
          break;
      }
    },
  };
};
