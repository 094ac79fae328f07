// InfluxDB's permission notation `type:names:actions`, its canonical form, and what a request may hold. No I/O.

/** `db` actions that InfluxDB 3 Enterprise knows; the last three count only when a rule spells them out. */
export const DATABASE_ACTIONS = ['read', 'write', 'create', 'delete', 'describe'] as const;
export const SYSTEM_NAMES = ['health', 'metrics', 'ping', 'ready'] as const;
export const SYSTEM_ACTIONS = ['read'] as const;

/** InfluxDB's own database, which holds every token's record; it is never granted. */
export const INTERNAL_DATABASE = '_internal';
/** A token for more resources than this is a wildcard in disguise, and InfluxDB stores each of them for ever. */
export const MAX_TRIPLES = 64;
/** InfluxDB's limit on a database name, in bytes; names are ASCII. */
const MAX_DATABASE_NAME = 511;

/** One right: one action on one resource. A list of them is canonical when it is sorted and free of duplicates. */
export interface Triple {
  readonly type: 'db' | 'system';
  /** A name, or for `db` the wildcard `*`. */
  readonly name: string;
  readonly action: string;
}

/** `type:names:actions` taken apart; names and actions still unchecked. */
export interface RawPermission {
  readonly type: 'db' | 'system';
  readonly names: readonly string[];
  readonly actions: readonly string[];
}

/** A permission's parts, or a phrase that says what is wrong with it. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Splits a permission and checks type and actions; names differ between rules and requests. */
export function splitPermission(text: string): Parsed<RawPermission> {
  const parts = splitOutsideBraces(text, ':');
  const [type, names, actions] = parts;
  if (parts.length > 3 && /,(db|system):/.test(text)) return problem('a comma joins two permissions');
  if (parts.length !== 3 || names === undefined || actions === undefined) {
    return problem('a permission reads type:names:actions, such as db:metrics:write');
  }
  if (type !== 'db' && type !== 'system') return problem('its type is not db or system');
  const known: readonly string[] = type === 'db' ? DATABASE_ACTIONS : SYSTEM_ACTIONS;
  // Without repetitions, or a request of a few kilobytes would multiply into millions of triples.
  const split = {
    type,
    names: distinct(splitOutsideBraces(names, ',')),
    actions: distinct(actions.split(',')),
  } as const;
  if ([split.names, split.actions].some((list) => list.length > 1 && list.includes(''))) {
    return problem('there is a comma too many');
  }
  if (!split.actions.every((action) => known.includes(action))) {
    return problem(`an action is not one of ${known.join(', ')}`);
  }
  if (type === 'system' && !split.names.every((name) => (SYSTEM_NAMES as readonly string[]).includes(name))) {
    return problem(`a name is not one of ${SYSTEM_NAMES.join(', ')}`);
  }
  return { ok: true, value: split };
}

/** A permission as a request may hold it: every name concrete, or the wildcard `*` alone for databases. */
export function parseRequested(text: string): Parsed<readonly Triple[]> {
  const split = splitPermission(text);
  if (!split.ok) return split;
  const { type, names, actions } = split.value;
  // Before the product of the two is built: nobody has been identified yet.
  if (names.length * actions.length > MAX_TRIPLES) return problem(`it stands for more than ${MAX_TRIPLES} permissions`);
  if (type === 'db' && !names.every((name) => name === '*' || name === INTERNAL_DATABASE || isDatabaseName(name))) {
    return problem(
      'a database name is * alone, or letters, digits, "_" and "-", beginning with a letter or digit, at most one "/" inside',
    );
  }
  return { ok: true, value: names.flatMap((name) => actions.map((action) => ({ type, name, action }))) };
}

/** InfluxDB's rule for database names: `db` or `db/retention_policy`. */
export function isDatabaseName(name: string): boolean {
  return name.length <= MAX_DATABASE_NAME && /^[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9_-]+)?$/.test(name);
}

/** Sorted and without duplicates: what requests and share keys compare. */
export function canonicalTriples(triples: readonly Triple[]): readonly Triple[] {
  if (triples.length < 2) return triples;
  const byText = new Map(triples.map((triple) => [showTriple(triple), triple]));
  return [...byText.keys()].sort().map((text) => byText.get(text)!);
}

/** Canonical triples re-joined per name: `db:a:read,write`. */
export function joinTriples(triples: readonly Triple[]): readonly string[] {
  const joined: string[] = [];
  let last: Triple | null = null;
  // Those of one name stand together, because canonical triples are sorted.
  for (const triple of triples) {
    if (last?.type === triple.type && last.name === triple.name) joined[joined.length - 1] += `,${triple.action}`;
    else joined.push(showTriple(triple));
    last = triple;
  }
  return joined;
}

export function showTriple({ type, name, action }: Triple): string {
  return `${type}:${name}:${action}`;
}

/** In InfluxDB the exact entry shadows the wildcard, so both in one token would grant less than they say. */
export function mixesWildcard(triples: readonly Triple[]): boolean {
  const databases = triples.filter(({ type }) => type === 'db');
  return databases.some(({ name }) => name === '*') && databases.some(({ name }) => name !== '*');
}

/** A template's claim may hold the separators, as `{https://acme.example/tenant}` does. */
function splitOutsideBraces(text: string, separator: ':' | ','): readonly string[] {
  if (!text.includes('{')) return text.split(separator);
  const parts: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (character === separator && depth <= 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function distinct(texts: readonly string[]): readonly string[] {
  return texts.length < 2 ? texts : [...new Set(texts)];
}

function problem(text: string): { readonly ok: false; readonly problem: string } {
  return { ok: false, problem: text };
}
