// Permissions of resource tokens: what a request may ask for, how it is bound to database ids, and what it then allows.
// The most specific entry wins and entries are never united across specificities: a token with read on every database
// and write on one cannot read that one. Names never count at request time, only ids do.
import type { ServerVersion } from './influxdb-version.ts';

/** One entry of the `permissions` array of a creation request. */
export interface PermissionSpec {
  resource_type: string;
  resource_names: string[];
  actions: string[];
}

/** An entry after resolution; databases are ids, system resources are names. */
export type Grant =
  | { type: 'db'; resources: number[] | '*'; actions: string[] }
  | { type: 'system'; resources: string[] | '*'; actions: string[] };

/** Id of the database `_internal`, which only admin tokens may use, whatever they name. */
export const INTERNAL_DATABASE = 0;

const ACTION_ORDER = ['create', 'describe', 'update', 'drop', 'read', 'write', 'delete'];
const DATABASE_ACTIONS = ['create', 'describe', 'read', 'write', 'delete'];
const SYSTEM_RESOURCES = ['health', 'metrics', 'ping'];

/** A permission that cannot be granted; the message is the one InfluxDB answers with. */
export class PermissionError extends Error {
  constructor(reason: string) {
    super(`cannot parse token permission, ${reason}`);
  }
}

/** Binds requested permissions to the catalog; the first invalid one is refused. */
export function resolvePermissions(
  specs: PermissionSpec[],
  databaseId: (name: string) => number | undefined,
  version: ServerVersion,
): Grant[] {
  return specs.map(({ resource_type: type, resource_names: names, actions }): Grant => {
    if (type === '*') throw new PermissionError('* resource type can only be set for admin token');
    if (type !== 'db' && type !== 'system') throw new PermissionError(`resource type not supported ${type}`);
    const wildcard = isWildcard(names, version.catalogV3);
    if (type === 'db') {
      const resources = wildcard ? '*' : names.map((name) => databaseId(name) ?? unknownName(name));
      return { type, resources, actions: checkedActions(actions, 'database', DATABASE_ACTIONS) };
    }
    const resources = wildcard ? '*' : names.map((name) => systemResource(name, version));
    return { type, resources, actions: checkedActions(actions, 'system', ['read']) };
  });
}

function isWildcard(names: string[], repeatedWildcardAllowed: boolean): boolean {
  if (!names.includes('*')) return false;
  const only = repeatedWildcardAllowed ? names.every((name) => name === '*') : names.length === 1;
  if (!only) throw new PermissionError('mixed wildcard (*) and resource name');
  return true;
}

function systemResource(name: string, version: ServerVersion): string {
  const resource = name.trim().toLowerCase();
  const known = SYSTEM_RESOURCES.includes(resource) || (resource === 'ready' && version.hasReadyResource);
  return known ? resource : unknownName(name);
}

function unknownName(name: string): never {
  throw new PermissionError(`invalid resource name ${name}`);
}

function checkedActions(actions: string[], kind: string, allowed: string[]): string[] {
  const bad = actions.find((action) => !allowed.includes(action));
  if (bad !== undefined) throw new PermissionError(`action not supported, ${kind} action ${bad}`);
  return ACTION_ORDER.filter((action) => actions.includes(action));
}

/** Whether the grants allow an action on a database; null stands for a database that does not exist. */
export function allowsDatabase(grants: Grant[], database: number | null, action: string): boolean {
  if (database === INTERNAL_DATABASE) return false;
  const entries = grants.filter((grant) => grant.type === 'db');
  const exact = entries.filter(
    ({ resources }) => resources !== '*' && database !== null && resources.includes(database),
  );
  const deciding = exact.length > 0 ? exact : entries.filter(({ resources }) => resources === '*');
  return deciding.some(({ actions }) => actions.includes(action));
}

/** Whether the grants allow reading a system resource such as health. */
export function allowsSystem(grants: Grant[], resource: string): boolean {
  const entries = grants.filter((grant) => grant.type === 'system');
  const exact = entries.filter(({ resources }) => resources !== '*' && resources.includes(resource));
  const deciding = exact.length > 0 ? exact : entries.filter(({ resources }) => resources === '*');
  return deciding.some(({ actions }) => actions.includes('read'));
}

/** A grant in the listing form type:names:actions. */
export function formatGrant(grant: Grant, databaseName: (id: number) => string): string {
  const names =
    grant.resources === '*'
      ? '*'
      : grant.resources.map((resource) => (typeof resource === 'number' ? databaseName(resource) : resource)).join(',');
  return `${grant.type}:${names}:${grant.actions.join(',')}`;
}
