// Which rules are used, as the gates' counters know: when each last admitted somebody, and how often. Counters outlive entries, because they
// name nobody. It never changes one.

import { readObject } from '../record.ts';
import type { GateStorage } from './gate-storage.ts';
import { DAYS_KEPT_MS } from './pruning.ts';
import { DAY_MS } from './trail.ts';

/** Of one gate, or of all together. Times are milliseconds since the epoch. */
export interface Usage {
  /** Since when nothing is missing. */
  readonly since: number;
  readonly rules: readonly RuleUsage[];
}

export interface RuleUsage {
  readonly rule: string;
  /** The beginning of the hour in which it was used last; of the day, where that is some days ago. */
  readonly lastUsed: number;
  /** How many admissions it had, those of the service's own mints of shared tokens among them. */
  readonly admissions: number;
}

/** What a gate knows: JSON of this, with what the other gates must be known for. */
interface GateUsage {
  readonly born: number;
  /** The gate had forgotten what was before. */
  readonly lost: boolean;
  readonly rules: readonly RuleUsage[];
}

/** An admission is counted once, by what it was settled as; what is found out afterwards is counted beside it. */
const USES = `'made', 'failed', 'abandoned', 'undelivered', 'unknown'`;

export function readUsage(storage: GateStorage): string {
  const [gate] = storage.run('SELECT born, lost FROM gate');
  const rows = storage.run(
    `SELECT rule, max(since) AS last, sum(count) AS n FROM counters WHERE rule <> '' AND outcome IN (${USES}) GROUP BY rule`,
  );
  const usage: GateUsage = {
    born: Number(gate?.born ?? 0),
    lost: gate?.lost === 1,
    rules: rows.map(({ rule, last, n }) => ({ rule: String(rule), lastUsed: Number(last), admissions: Number(n) })),
  };
  return JSON.stringify(usage);
}

/** Of all gates together, by name. @param texts what each of them knows. */
export function mergeUsage(texts: readonly string[], now: number): Usage {
  const gates = texts.map((text) => readObject<GateUsage>(text));
  // Gates begin with their first call, so the first of them tells when the service did; one that has lost its storage knows only what came after.
  const first = Math.min(...gates.map(({ born }) => born));
  const lost = gates.filter((gate) => gate.lost).map(({ born }) => born);
  const rules = new Map<string, RuleUsage>();
  for (const one of gates.flatMap((gate) => gate.rules)) {
    const known = rules.get(one.rule);
    rules.set(one.rule, {
      rule: one.rule,
      lastUsed: Math.max(one.lastUsed, known?.lastUsed ?? 0),
      admissions: one.admissions + (known?.admissions ?? 0),
    });
  }
  return {
    // A day's counters go as a whole.
    since: Math.max(first, now - DAYS_KEPT_MS + DAY_MS, ...lost),
    rules: [...rules.values()].sort((a, b) => (a.rule < b.rule ? -1 : 1)),
  };
}
