// The catalog: databases and tokens, shared by all nodes of the emulated cluster.
// Changes are seen at once by the node that made them and by other nodes after the sync interval; a node that commits
// has caught up with everything before it. Expired tokens are never removed, as on the real server, and ids are never
// used twice. The catalog never keeps a token, only its hash.
import { createHash, randomBytes } from 'node:crypto';
import type { Grant } from './influxdb-permissions.ts';

export interface Token {
  id: number;
  name: string;
  hash: string;
  createdAt: number;
  updatedAt: number | null;
  /** Epoch milliseconds; null means never. */
  expiry: number | null;
  grants: Grant[] | 'admin';
}

export interface Database {
  id: number;
  name: string;
  softDeleted: boolean;
}

interface Entry<T> {
  value: T;
  added: Change;
  removed: Change | null;
}

interface Change {
  sequence: number;
  at: number;
}

/** The name is held by another token, expired or not. */
export class NameTaken extends Error {
  constructor(name: string) {
    super(`token name already exists, ${name}`);
  }
}

/** Name of the operator token. */
export const OPERATOR_TOKEN = '_admin';

/** A random token in InfluxDB's format. */
export function generateToken(): string {
  return `apiv3_${randomBytes(64).toString('base64url')}`;
}

/** The only form in which a token is stored. */
export function hashToken(token: string): string {
  return createHash('sha512').update(token).digest('hex');
}

export type Catalog = ReturnType<typeof createCatalog>;

/** Creates a catalog with the database `_internal` only. A node of null stands for knowledge without any lag. */
export function createCatalog(now: () => number, nodes: number, syncIntervalMs: number) {
  const tokens = new Set<Entry<Token>>();
  const tokensByHash = new Map<string, Entry<Token>>();
  const tokensByName = new Map<string, Entry<Token>>();
  const databases: Entry<Database>[] = [];
  const caughtUp = Array.from({ length: nodes }, () => 0);
  let sequence = 0;
  let nextTokenId = 0;
  let nextDatabaseId = 0;

  function commit(node: number | null): Change {
    sequence += 1;
    if (node === null) return { sequence, at: Number.NEGATIVE_INFINITY };
    caughtUp[node] = sequence;
    return { sequence, at: now() };
  }

  function known(change: Change, node: number | null): boolean {
    return node === null || change.sequence <= caughtUp[node]! || change.at + syncIntervalMs <= now();
  }

  function visible<T>(entry: Entry<T>, node: number | null): boolean {
    return known(entry.added, node) && !(entry.removed !== null && known(entry.removed, node));
  }

  function insertToken(value: Token, added: Change): void {
    const entry = { value, added, removed: null };
    tokens.add(entry);
    tokensByHash.set(value.hash, entry);
    tokensByName.set(value.name, entry);
  }

  function retireToken(entry: Entry<Token>, removed: Change): void {
    entry.removed = removed;
    tokensByName.delete(entry.value.name);
    if (nodes > 1 && syncIntervalMs > 0) return;
    tokens.delete(entry);
    tokensByHash.delete(entry.value.hash);
  }

  function databaseEntry(name: string, node: number | null): Entry<Database> | undefined {
    return databases.find((entry) => entry.value.name === name && visible(entry, node));
  }

  const catalog = {
    tokens: (node: number | null): Token[] =>
      [...tokens].filter((entry) => visible(entry, node)).map((entry) => entry.value),

    tokenByHash(hash: string, node: number): Token | undefined {
      const entry = tokensByHash.get(hash);
      return entry !== undefined && visible(entry, node) ? entry.value : undefined;
    },

    hasTokenName: (name: string): boolean => tokensByName.has(name),

    /** Takes an id that will not be used again. */
    takeTokenId: (): number => nextTokenId++,

    /** A conflicting commit makes a node reload, so the name is checked without any lag. */
    addToken(node: number | null, token: Omit<Token, 'id' | 'updatedAt'>, id?: number): Token {
      if (tokensByName.has(token.name)) throw new NameTaken(token.name);
      const value = { ...token, id: id ?? catalog.takeTokenId(), updatedAt: null };
      insertToken(value, commit(node));
      return value;
    },

    /** A node looks for the name in what it knows, so it cannot delete what it has not heard of. */
    removeToken(node: number, name: string): boolean {
      const entry = tokensByName.get(name);
      if (entry === undefined || !visible(entry, node)) return false;
      retireToken(entry, commit(node));
      return true;
    },

    /** Gives the operator token another hash; its id and name stay. */
    rotateOperatorToken(node: number, hash: string): Token | undefined {
      const entry = tokensByName.get(OPERATOR_TOKEN);
      if (entry === undefined) return undefined;
      const change = commit(node);
      retireToken(entry, change);
      const value = { ...entry.value, hash, updatedAt: now() };
      insertToken(value, change);
      return value;
    },

    databases: (node: number | null): Database[] =>
      databases.filter((entry) => visible(entry, node)).map((entry) => entry.value),

    database: (name: string, node: number | null): Database | undefined => databaseEntry(name, node)?.value,

    /** The current name of a database, whatever became of it. */
    databaseName: (id: number): string => databases.findLast((entry) => entry.value.id === id)?.value.name ?? `${id}`,

    /** Returns the existing database when there is one. */
    addDatabase(node: number | null, name: string): Database {
      const existing = databaseEntry(name, null);
      if (existing !== undefined) return existing.value;
      const value = { id: nextDatabaseId++, name, softDeleted: false };
      databases.push({ value, added: commit(node), removed: null });
      return value;
    },

    /** Soft deletion: the database keeps its id and data under another name, so that a new one gets a new id. */
    dropDatabase(node: number | null, name: string): boolean {
      const entry = databaseEntry(name, node);
      if (entry === undefined || entry.value.softDeleted || entry.removed !== null) return false;
      const change = commit(node);
      entry.removed = change;
      const suffix = new Date(now()).toISOString().replace(/[-:]|\..*/g, '');
      const value = { ...entry.value, name: `${name}-${suffix}`, softDeleted: true };
      databases.push({ value, added: change, removed: null });
      return true;
    },
  };
  catalog.addDatabase(null, '_internal');
  return catalog;
}
