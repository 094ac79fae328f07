// Reads InfluxDB's catalogue as the ledger of our tokens: which live, whose they are, which have expired. It never returns a name that we
// did not make, and changes nothing.

import { parseJson } from '../foundation/json.ts';
import type { Keyring } from '../foundation/keyring.ts';
import { listedHash, withZone } from './admin-token.ts';
import type { RefusedAdminToken, Row } from './answer.ts';
import type { InfluxClient } from './client.ts';
import { looksLikeName, readName, type TokenName } from './name.ts';

/** A token in InfluxDB's catalogue. Times are RFC 3339. */
export interface LedgerEntry {
  readonly name: TokenName;
  readonly permissions: readonly string[];
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface LedgerQuery {
  readonly instance: string;
  /** Only tokens of these owners; all when absent. */
  readonly owners?: readonly string[];
  readonly rule?: string;
  /** Only names after this one, in the order of names. */
  readonly after: string;
  readonly limit: number;
}

export interface LedgerPage {
  readonly entries: readonly LedgerEntry[];
  /** The last name that was read, when there may be more. */
  readonly next: string | null;
}

/** Live tokens, ordered by name; null when InfluxDB does not answer. */
export async function listLive(
  client: InfluxClient,
  query: LedgerQuery,
  keyring: Keyring,
): Promise<LedgerPage | RefusedAdminToken | null> {
  const owners = query.owners ?? ['%'];
  const patterns = owners.map((owner) => `sts.${query.instance}.${query.rule ?? '%'}.${owner}.%`);
  const named = patterns.map((_, at) => `name LIKE $pattern${at}`).join(' OR ');
  const sql =
    'SELECT name, created_at, expiry, permissions FROM system.tokens ' +
    `WHERE (${named}) AND name > $after AND expiry > now() ORDER BY name LIMIT ${query.limit}`;
  const parameters = Object.fromEntries([
    ['after', query.after],
    ...patterns.map((text, at) => [`pattern${at}`, text]),
  ]);
  const rows = await client.query(sql, parameters);
  if (rows === null || rows === 'refused') return rows;
  const entries = await Promise.all(rows.map((row) => readEntry(row, query.instance, keyring)));
  const last = rows.at(-1)?.name;
  return {
    entries: entries.filter((entry) => entry !== null),
    next: rows.length === query.limit && typeof last === 'string' ? last : null,
  };
}

/** The first names of a rule's live tokens on an instance, ascending, and whether those are all; null when it cannot be asked. */
export async function listNames(
  client: InfluxClient | undefined,
  { instance, rule, limit }: { readonly instance: string; readonly rule: string; readonly limit: number },
): Promise<{ readonly names: readonly string[]; readonly complete: boolean } | null> {
  const sql = `SELECT name FROM system.tokens WHERE name LIKE $pattern AND expiry > now() ORDER BY name LIMIT ${limit}`;
  const rows = await client?.query(sql, { pattern: `sts.${instance}.${rule}.%` });
  if (!Array.isArray(rows)) return null;
  return {
    names: rows.map(({ name }) => name).filter((name) => typeof name === 'string'),
    complete: rows.length < limit,
  };
}

export interface ExpiredNames {
  /** Names that we made, and no more than were asked for. */
  readonly names: readonly TokenName[];
  /** How many more have the form of our names: their tags were not looked at. */
  readonly more: number;
  /** The listing is complete. */
  readonly complete: boolean;
}

/**
 * Names of expired tokens of ours: at most `enough` of the first `limit`; null when InfluxDB does not answer. In random order: in any fixed
 * order, names that cannot be deleted, or that are not ours, could hide the names after them for ever.
 */
export async function listExpired(
  client: InfluxClient,
  { instance, limit, enough }: Pick<LedgerQuery, 'instance' | 'limit'> & { readonly enough: number },
  keyring: Keyring,
): Promise<ExpiredNames | RefusedAdminToken | null> {
  const sql = `SELECT name FROM system.tokens WHERE name LIKE $pattern AND expiry <= now() ORDER BY random() LIMIT ${limit}`;
  const rows = await client.query(sql, { pattern: `sts.${instance}.%` });
  if (rows === null || rows === 'refused') return rows;
  const candidates = rows.flatMap(({ name }) =>
    typeof name === 'string' && looksLikeName(name, instance) ? [name] : [],
  );
  const names: TokenName[] = [];
  let looked = 0;
  while (names.length < enough && looked < candidates.length) {
    const batch = candidates.slice(looked, looked + enough - names.length);
    looked += batch.length;
    const read = await Promise.all(batch.map((text) => readName(text, keyring)));
    names.push(...read.filter((name) => name !== null));
  }
  return { names, more: candidates.length - looked, complete: rows.length < limit };
}

/** Several tokens may share a prefix of 36 bits by chance, but never more than these. */
const MAX_SAME_HASH = 10;

/** Names of ours that may belong to this token: the catalogue lists only the beginning of a token's digest. */
export async function listByToken(
  client: InfluxClient,
  { instance, token }: { readonly instance: string; readonly token: string },
  keyring: Keyring,
): Promise<readonly TokenName[] | RefusedAdminToken | null> {
  const sql = `SELECT name FROM system.tokens WHERE hash = $hash AND name LIKE $pattern LIMIT ${MAX_SAME_HASH}`;
  const rows = await client.query(sql, { hash: await listedHash(token), pattern: `sts.${instance}.%` });
  if (rows === null || rows === 'refused') return rows;
  const names = await Promise.all(rows.map((row) => readOwnName(row, instance, keyring)));
  return names.filter((name) => name !== null);
}

/** Whether an instance has a token of exactly that name, expired or not; null when it cannot be asked. */
export async function hasToken(client: InfluxClient | undefined, name: string): Promise<boolean | null> {
  const rows = await client?.query('SELECT name FROM system.tokens WHERE name = $name', { name });
  return Array.isArray(rows) ? rows.some((row) => row.name === name) : null;
}

async function readOwnName(row: Row, instance: string, keyring: Keyring): Promise<TokenName | null> {
  const name = typeof row.name === 'string' ? await readName(row.name, keyring) : null;
  return name?.instance === instance ? name : null;
}

async function readEntry(row: Row, instance: string, keyring: Keyring): Promise<LedgerEntry | null> {
  const name = await readOwnName(row, instance, keyring);
  const { created_at: createdAt, expiry, permissions } = row;
  if (name === null || typeof createdAt !== 'string' || typeof expiry !== 'string') return null;
  return {
    name,
    permissions: readPermissions(permissions),
    createdAt: withZone(createdAt),
    expiresAt: withZone(expiry),
  };
}

/** InfluxDB lists permissions as a JSON array in a string, or joined, depending on its version. */
function readPermissions(value: unknown): readonly string[] {
  if (typeof value !== 'string' || value === '') return [];
  if (!value.startsWith('[')) return value.split(/,(?=(?:db|system):)/);
  const json = parseJson(value);
  return json.ok && Array.isArray(json.value) ? json.value.filter((one) => typeof one === 'string') : [];
}
