// What differs between what two policies give a new server. It is apart from the other changes because no compiled policy holds it: a
// server that has started does not change by it either. No I/O.

import type { Preconfigured } from '../build/preconfigured.ts';
import { formatDuration } from '../language/duration.ts';
import { diffTables, type PolicyChange, type Statements } from './diff.ts';

/** By instance. */
type Table = Readonly<Record<string, Preconfigured>>;

export function diffPreconfigured(before: Table, after: Table): readonly PolicyChange[] {
  return diffTables('preconfigured', before, after, statementsOf);
}

function statementsOf({ databases, tokens }: Preconfigured): Statements {
  const statements = new Map(databases.map((name) => [`database ${name}`, `creates the database ${name}`]));
  for (const { name, permissions, life } of tokens) {
    statements.set(`life ${name}`, `token "${name}" for ${formatDuration(life)}`);
    for (const permission of permissions)
      statements.set(`token ${name} ${permission}`, `token "${name}" has ${permission}`);
  }
  return statements;
}
