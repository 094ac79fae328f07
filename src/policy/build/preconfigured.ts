// `preconfigured:` of a policy: the databases and static tokens that a server is given before its first start. Only the command reads it;
// it is no part of the compiled policy, since the Worker has no use for it. No I/O.

import type { Instance } from '../language/compiled.ts';
import {
  canonicalTriples,
  INTERNAL_DATABASE,
  isDatabaseName,
  joinTriples,
  mixesWildcard,
  parseRequested,
  type Triple,
} from '../language/permission.ts';
import { databaseAdvice, permissionAdvice } from './permission-advice.ts';
import type { Report } from './report.ts';
import type { PreconfiguredEntry } from './schema.ts';
import type { Path } from './source.ts';

/** The name of the service's own admin token, unless it is given another. */
export const ADMIN_TOKEN_NAME = 'influx-sts';

export interface StaticToken {
  readonly name: string;
  /** Canonical, in InfluxDB's notation. */
  readonly permissions: readonly string[];
  /** Seconds from the time at which the token is made. */
  readonly life: number;
}

/** What one server starts with. */
export interface Preconfigured {
  /** Sorted: those that are listed, and all that a token names. A token for a database that does not exist keeps a server from starting. */
  readonly databases: readonly string[];
  readonly tokens: readonly StaticToken[];
}

/** By instance. What is not right is in the report. */
export function compilePreconfigured(
  entries: Readonly<Record<string, PreconfiguredEntry>>,
  instances: Readonly<Record<string, Instance>>,
  report: Report,
): Readonly<Record<string, Preconfigured>> {
  const compiled = Object.entries(entries).map(([instance, entry]) => {
    const path: Path = ['preconfigured', instance];
    if (!Object.hasOwn(instances, instance)) {
      const names = Object.keys(instances).join(', ');
      report.error(path, `there is no instance "${instance}"`, `name one of ${names}`);
    }
    return [instance, compileEntry(entry, path, report)] as const;
  });
  return Object.fromEntries(compiled);
}

function compileEntry(entry: PreconfiguredEntry, path: Path, report: Report): Preconfigured {
  const listed = entry.create_databases ?? [];
  for (const [at, name] of listed.entries()) {
    const problem = databaseProblem(name);
    if (problem === null) continue;
    report.error(
      [...path, 'create_databases', at],
      `"${name}" is no database to create: ${problem}`,
      name === INTERNAL_DATABASE ? 'remove it' : databaseAdvice(name),
    );
  }
  const tokens = Object.entries(entry.tokens ?? {}).map(([name, { permissions, expires }]) => {
    const at: Path = [...path, 'tokens', name];
    if (name === ADMIN_TOKEN_NAME)
      report.error(at, `"${name}" is the name of the service's own admin token`, 'call it something else');
    return { name, triples: compilePermissions(permissions, [...at, 'permissions'], report), life: expires };
  });
  const named = tokens.flatMap(({ triples }) =>
    triples.filter(({ type, name }) => type === 'db' && name !== '*').map(({ name }) => name),
  );
  return {
    databases: [...new Set([...listed, ...named])].sort(),
    tokens: tokens.map(({ name, triples, life }) => ({ name, permissions: joinTriples(triples), life })),
  };
}

function compilePermissions(texts: readonly string[], path: Path, report: Report): readonly Triple[] {
  const triples = texts.flatMap((text, at): readonly Triple[] => {
    const parsed = parseRequested(text);
    if (!parsed.ok) {
      const fix = /[*{]/.test(text) ? 'name each database, or all of them by db:*' : permissionAdvice(text);
      report.error([...path, at], `"${text}" is no permission of a static token: ${parsed.problem}`, fix);
      return [];
    }
    if (parsed.value.some(({ name }) => name === INTERNAL_DATABASE)) {
      report.error([...path, at], `"${INTERNAL_DATABASE}" is InfluxDB's own and never granted`, 'remove it');
    }
    return parsed.value;
  });
  if (mixesWildcard(triples)) {
    const message = 'db:* stands beside named databases, whose entries shadow it in InfluxDB';
    report.error(path, message, 'make two tokens of it');
  }
  return canonicalTriples(triples);
}

function databaseProblem(name: string): string | null {
  if (name === INTERNAL_DATABASE) return "it is InfluxDB's own";
  if (isDatabaseName(name)) return null;
  return 'it takes letters, digits, "_" and "-" and begins with a letter or digit';
}
