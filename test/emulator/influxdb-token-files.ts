// The two files with preconfigured tokens that a server reads once, at its start: one admin token, and a set of
// databases and resource tokens. A problem in them makes the start fail. They never change a token that exists.
import type { Server } from './influxdb-authentication.ts';
import { hashToken, NameTaken } from './influxdb-catalog.ts';
import { type Grant, PermissionError, type PermissionSpec, resolvePermissions } from './influxdb-permissions.ts';

interface FileToken {
  name: string;
  hash: string;
  expiry: number | null;
}

/** Reads {token, name, expiry_millis?}; a token whose name exists is skipped. */
export function loadAdminTokenFile(server: Server, content: unknown): void {
  const token = fileToken(object(content, 'the admin token file'));
  if (server.catalog.hasTokenName(token.name)) return;
  addToken(server, token, 'admin');
}

/** Reads {create_databases?, tokens: [{token, name, expiry_millis?, permissions}]}; Enterprise only. */
export function loadPermissionTokensFile(server: Server, content: unknown): void {
  if (server.edition === 'core') throw new Error('a permission tokens file needs the Enterprise edition');
  const file = object(content, 'the permission tokens file');
  for (const name of strings(file.create_databases ?? [], 'create_databases')) server.catalog.addDatabase(null, name);
  if (!Array.isArray(file.tokens)) throw new Error('tokens must be an array');
  for (const entry of file.tokens) {
    const members = object(entry, 'a token');
    const token = fileToken(members);
    const specs = strings(members.permissions, 'permissions').map(parsePermission);
    if (server.catalog.hasTokenName(token.name)) throw new NameTaken(token.name);
    addToken(server, token, resolve(server, specs));
  }
}

function addToken(server: Server, token: FileToken, grants: Grant[] | 'admin'): void {
  const known = server.catalog.tokens(null).some(({ hash }) => hash === token.hash);
  if (known && server.version.rejectsDuplicateHash)
    throw new Error(`the token of ${token.name} has another name already`);
  server.catalog.addToken(null, { ...token, createdAt: server.now(), grants });
}

/** The old catalog looks every name up as a database, a wildcard included. */
function resolve(server: Server, specs: PermissionSpec[]): Grant[] {
  const databaseId = (name: string) => server.catalog.database(name, null)?.id;
  if (
    !server.version.catalogV3 &&
    specs.some((spec) => spec.resource_type === 'db' && spec.resource_names.includes('*'))
  ) {
    throw new PermissionError('invalid resource name *');
  }
  return resolvePermissions(specs, databaseId, server.version);
}

function parsePermission(text: string): PermissionSpec {
  const [type, names, actions, ...rest] = text.split(':');
  if (type === undefined || names === undefined || actions === undefined || rest.length > 0) {
    throw new PermissionError(`expected resource_type:names:actions, got ${text}`);
  }
  return { resource_type: type, resource_names: names.split(','), actions: actions.split(',') };
}

function fileToken({ token, name, expiry_millis: expiry = null }: Record<string, unknown>): FileToken {
  if (typeof name !== 'string') throw new Error('name must be a string');
  if (typeof token !== 'string' || !token.startsWith('apiv3_')) {
    throw new Error("Invalid token format: must start with 'apiv3_'");
  }
  if (expiry !== null && !Number.isSafeInteger(expiry)) throw new Error('expiry_millis must be an integer');
  return { name, hash: hashToken(token), expiry: expiry as number | null };
}

function object(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} must be an object`);
  return value as Record<string, unknown>;
}

function strings(value: unknown, what: string): string[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new Error(`${what} must be an array of strings`);
  }
  return value;
}
