// What to write in place of a permission that is none: the permission that was most likely meant. No I/O.

import { nearestKey } from '../language/nearest-key.ts';
import { DATABASE_ACTIONS, isDatabaseName, SYSTEM_NAMES, splitPermission } from '../language/permission.ts';

/** Such as `write "db:metrics:read"`. */
export function permissionAdvice(text: string): string {
  const several = text.trim().split(/[,;\s]+(?=(?:db|system):)|\s+/);
  const meant = several.map(meantPermission);
  if (meant.every((one) => one !== null)) return `write ${meant.map((one) => JSON.stringify(one)).join(', ')}`;
  return 'write "db:NAME:read", "db:NAME:write" or "db:NAME:read,write", or "system:metrics:read"';
}

/** For names in a rule: what a database may be called there. */
export function databaseAdvice(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9_{}*/-]+/g, '_').replace(/^[^A-Za-z0-9{*]+/, '');
  if (text.includes('**')) return `write "${text.replace(/\*+/g, '*')}"`;
  if (/\{.*\{|\*.*\{|\{.*\*/.test(text)) return 'write one {claim} or *, and an entry for each name';
  if (/[{}]/.test(text) && !/\{[^{}]+\}/.test(text))
    return 'write the name of a claim between { and }, as in db:tenant_{tenant}:read';
  return isDatabaseName(plain.replaceAll('*', 'x').replace(/\{[^{}]*\}/, 'x')) && plain !== text
    ? `name the database as InfluxDB does, such as "${plain}"`
    : 'name the database as InfluxDB does, such as "metrics"';
}

const TYPES: Readonly<Record<string, string>> = {
  database: 'db',
  databases: 'db',
  bucket: 'db',
  dbs: 'db',
  sys: 'system',
};
const ACTIONS: Readonly<Record<string, string>> = {
  r: 'read',
  w: 'write',
  rw: 'read,write',
  readwrite: 'read,write',
  'read-write': 'read,write',
  all: 'read,write',
  '*': 'read,write',
  query: 'read',
  select: 'read',
  get: 'read',
  insert: 'write',
  put: 'write',
};

function meantPermission(text: string): string | null {
  const [type, names, actions] = placed(text.trim().split(':'));
  if (type === undefined || names === undefined || names === '') return null;
  const known = type === 'db' ? DATABASE_ACTIONS : ['read'];
  const done =
    type === 'system'
      ? 'read'
      : (actions ?? 'read')
          .split(/[,+|/]/)
          .map((one) => actionOf(one, known))
          .join(',');
  const meant = `${type}:${names}:${done}`;
  return splitPermission(meant).ok && meant !== text ? meant : splitPermission(text).ok ? text : null;
}

/** Type, names and actions, in this order, wherever they stood. */
function placed(parts: readonly string[]): readonly (string | undefined)[] {
  const isAction = (one: string) => one.split(/[,+|]/).every((part) => isActionWord(part));
  const words = parts.map((part) => part.trim());
  const type = words
    .map((word) => TYPES[word.toLowerCase()] ?? word.toLowerCase())
    .find((word) => word === 'db' || word === 'system');
  const rest = words.filter((word) => (TYPES[word.toLowerCase()] ?? word.toLowerCase()) !== type);
  if (rest.length > 2) return [];
  const action = rest.findLast(isAction);
  const name = rest.find((word) => word !== action);
  const isSystem =
    type === undefined && (SYSTEM_NAMES as readonly string[]).includes(name ?? '') && action === undefined;
  return [type ?? (isSystem ? 'system' : 'db'), name, action ?? (rest.length > 1 ? rest[1] : undefined)];
}

function isActionWord(word: string): boolean {
  const action = word.toLowerCase();
  return (DATABASE_ACTIONS as readonly string[]).includes(action) || Object.hasOwn(ACTIONS, action);
}

function actionOf(word: string, known: readonly string[]): string {
  const action = word.trim().toLowerCase();
  return ACTIONS[action] ?? (known.includes(action) ? action : (nearestKey(action, known) ?? action));
}
