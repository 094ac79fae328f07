// What to write in place of a value that does not fit the grammar, for the person who wrote it. It looks at the key and at the value
// that stands there, and decides nothing. No I/O.

import { parseDuration } from '../language/duration.ts';
import { instantMeant } from '../language/instant.ts';
import { nearestKey } from '../language/nearest-key.ts';
import { meantBy, PRESET_WORDS } from './lint/foreign-words.ts';
import { yamlScalar } from './lint/value-advice.ts';
import { databaseAdvice } from './permission-advice.ts';
import type { Path } from './source.ts';

/** What a value of each key looks like. */
const EXAMPLES: Readonly<Record<string, string>> = {
  audience: 'audience: https://sts.example.com',
  issuers: 'issuers: { github: { preset: github-actions } }',
  instances: 'instances: { main: { url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN } }',
  rules: 'rules: [], or below it one "- name: NAME" for each rule',
  tests: 'tests: and below it one "- name: WHAT IT SHOWS" for each test',
  name: 'name: ci-metrics',
  issuer: 'issuer: NAME, one of those under "issuers:"',
  instance: 'instance: NAME, one of those under "instances:"',
  when: 'when: { repository_id: "123456", ref: refs/heads/main }',
  allow: 'allow: ["db:ci_metrics:write"]',
  deny: 'deny: ["db:*:write"]',
  roles: 'roles: [operator]',
  permissions: 'permissions: ["db:metrics:read"]',
  request: 'request: ["db:ci_metrics:write"]',
  claims: 'claims: { repository_id: "123456", ref: refs/heads/main }',
  expect: 'expect: NAME-OF-A-RULE, or expect: denied',
  url: 'url: https://influxdb.example.com:8181',
  admin_token: 'admin_token: INFLUXDB3_ADMIN_TOKEN, the name of a secret that holds the token',
  pins: 'pins: [org_id]',
  subject: 'subject: [sub]',
  always_present: 'always_present: [sub]',
  algorithms: 'algorithms: [RS256]',
  jwks: 'jwks: { keys: [{ kty: RSA, n: ..., e: AQAB }] }',
  jwks_hosts: 'jwks_hosts: [keys.example.com]',
  ttl: 'ttl: 15m, or ttl: { default: 15m, max: 1h }',
  max_ttl: 'max_ttl: 12h',
  expires: 'expires: 90d',
  create_databases: 'create_databases: [metrics]',
  preconfigured: 'preconfigured: { main: { create_databases: [metrics] } }',
  login: 'login: { cli: { client_id: ID } }, or login: { page: { client_id: ID, client_secret: LOGIN_CLIENT_SECRET } }',
  client_id: 'client_id: ID, the id of a client at the issuer',
  client_secret: "client_secret: LOGIN_CLIENT_SECRET, the name of a secret that holds the client's",
  scope: 'scope: "openid email"',
  audit: 'audit: { keep: 30d }',
  keep: 'keep: 30d',
  export: 'export: { instance: main, database: sts_audit }',
  database: 'database: sts_audit',
  until: 'until: 2026-12-31, the day from which on it grants nothing',
  at: 'at: 2026-12-31, the day on which it is asked',
  limit: 'limit: { vends: 100, per: 1h }, or limit: { live: 10 }',
  vends: 'vends: 100',
  per: 'per: 1h',
  live: 'live: 10',
  of: 'of: rule, or of: caller',
  owners: 'owners: { issuer: NAME, when: { email: ops@example.com } }',
  tokens: 'tokens: { backup: { permissions: ["db:metrics:read"], expires: 90d } }',
};

export function exampleFor(path: Path): string {
  const key = path.findLast((part) => typeof part === 'string');
  const entries: Readonly<Record<string, string>> = {
    issuers: '{ preset: github-actions }, or { issuer: https://login.example.com/ }',
    instances: '{ url: "https://influxdb.example.com:8181", admin_token: INFLUXDB3_ADMIN_TOKEN }',
    rules: '- name: NAME, with issuer, when and allow below it',
    tests: '- name: WHAT IT SHOWS, with issuer, claims, request and expect below it',
  };
  if (path.length === 2 && Object.hasOwn(entries, path[0]!)) return entries[path[0]!]!;
  return key !== undefined && Object.hasOwn(EXAMPLES, key) ? EXAMPLES[key]! : `${key ?? 'it'}: VALUE`;
}

/** One of a few words. */
export function wordAdvice(given: unknown, known: readonly string[]): string {
  const meant = meantBy(String(given), PRESET_WORDS).filter((one) => known.includes(one));
  if (meant.length > 0) return `did you mean ${meant.map((one) => `"${one}"`).join(' or ')}?`;
  const nearest = nearestKey(String(given), known);
  return nearest === null ? `write one of ${known.join(', ')}` : `did you mean "${nearest}"?`;
}

/** @param expected the type that the grammar wants, where that is the fault */
export function valueAdvice(path: Path, given: unknown, expected: string | undefined): string {
  const key = String(path.at(-1));
  const inWhen = path.at(-2) === 'when' && (path.length === 4 || (path.length === 5 && path[2] === 'owners'));
  if (path[0] === 'rules' && inWhen) return conditionAdvice(key, given);
  if (key === 'audit' && path.length === 1) return AUDIT_NOW;
  if (given === null) return `write ${exampleFor(path)}`;
  if (key === 'until' || key === 'at') return instantAdvice(key, given);
  if (expected === 'array' && typeof given === 'string') return `write a list: ${key}: [${listed(given)}]`;
  if (expected === 'array' && typeof given !== 'object') return `write a list: ${key}: [${JSON.stringify(given)}]`;
  if (expected === 'string' && (typeof given === 'number' || typeof given === 'boolean'))
    return `put it in quotes: ${typeof path.at(-1) === 'number' ? '' : `${key}: `}"${given}"`;
  if (expected === 'boolean') return `write ${key}: ${/^(no|false|off|0)$/i.test(String(given)) ? 'false' : 'true'}`;
  if (path.at(-2) === 'roles') return 'write roles: [operator]';
  if (/_databases$/.test(String(path.at(-2)))) return databaseAdvice(String(given));
  if (['vends', 'live'].includes(key)) return countAdvice(key, given);
  if (
    ['ttl', 'default', 'max', 'expires', 'sync_interval', 'keep', 'per'].includes(key) ||
    /_(ttl|age|lifetime|skew)$/.test(key)
  )
    return durationAdvice(key, given);
  if (/^admin_token/.test(key)) return secretAdvice(key, given);
  if (
    typeof given === 'string' &&
    (key === 'name' || (path.length === 2 && path[0] !== 'audit' && typeof path[1] === 'string'))
  )
    return `write ${slug(given)}`;
  return `write ${exampleFor(path)}`;
}

/** It used to choose whether a token is given unrecorded, which no token is any more. */
const AUDIT_NOW =
  'write audit: { keep: 30d }, which says how long events are kept, or leave it out: no token is made before it is recorded';

function instantAdvice(key: string, given: unknown): string {
  const meant = instantMeant(given);
  if (meant !== null) return `write ${key}: ${meant}`;
  const life = parseDuration(given) !== null && key === 'until' ? '; how long its tokens live is "ttl"' : '';
  return `write ${exampleFor([key])}${life}`;
}

function countAdvice(key: string, given: unknown): string {
  const number = Math.round(Number(given));
  const plain = (typeof given === 'number' || typeof given === 'string') && number >= 1 && number <= 100_000;
  return plain ? `write ${key}: ${number}` : `write ${exampleFor([key])}`;
}

/** A name of an entry: what it could be called. */
export function slug(given: string): string {
  return (
    given
      .normalize('NFKD')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 40) || 'main'
  );
}

function listed(text: string): string {
  const parts = text.split(/\s*,\s*(?=\w+:)|\s*;\s*|\s+/).filter((part) => part !== '');
  return (parts.length > 1 ? parts : [text]).map((part) => JSON.stringify(part)).join(', ');
}

const UNITS: Readonly<Record<string, number>> = { w: 604_800, d: 86_400, h: 3_600, m: 60, s: 1 };

function durationAdvice(key: string, given: unknown): string {
  const example = `write ${exampleFor([key])}`;
  if (typeof given === 'number' && given > 0) return `write whole seconds: ${key}: ${Math.max(1, Math.round(given))}`;
  if (typeof given !== 'string') return example;
  const parts = [...given.toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*(w|d|h|m|s)?[a-z]*/g)];
  const total = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit ?? 's']!, 0);
  if (!Number.isSafeInteger(total) || total < 1) return example;
  const unit = (['d', 'h', 'm', 's'] as const).find((one) => total % UNITS[one]! === 0)!;
  const written = `${total / UNITS[unit]!}${unit}`;
  return written === given || parseDuration(written) === null ? example : `write ${key}: ${written}`;
}

function secretAdvice(key: string, given: unknown): string {
  const name = String(given).replace(/^\$\{?|\}$|^secrets?\.|^env\./gi, '');
  if (!/^[A-Za-z][A-Za-z0-9_-]{0,60}$/.test(name) || name.startsWith('apiv3_')) return `write ${EXAMPLES.admin_token}`;
  const upper = name.toUpperCase().replace(/-/g, '_');
  const suffix = upper.replace(/^INFLUX(DB)?3?_?/, '') || 'ADMIN_TOKEN';
  return `write ${key}: INFLUXDB3_${suffix}, and give the token by "npx wrangler secret put INFLUXDB3_${suffix}"`;
}

/** Forms of condition by what other products call them. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  like: [
    'likes',
    'glob',
    'pattern',
    'matches',
    'match',
    'regex',
    'regexp',
    'starts_with',
    'startswith',
    'prefix',
    'ends_with',
  ],
  list: ['in', 'any', 'any_of', 'anyof', 'one_of', 'oneof', 'values'],
  value: ['eq', 'equals', 'equal', 'is', 'value'],
  not: ['ne', 'neq', 'nots', 'not_equals', 'not_in', 'except', 'is_not', 'isnot', 'unless'],
  contains: ['has', 'includes', 'contain', 'include', 'member', 'contains_any'],
  exists: ['present', 'exist', 'defined', 'set', 'is_present'],
};

function conditionAdvice(claim: string, given: unknown): string {
  const forms = `write ${claim}: VALUE, ${claim}: [VALUE, VALUE], or ${claim}: { like: "PATTERN*" }`;
  if (given === null) return `write ${claim}: { exists: true }, or a value`;
  if (typeof given === 'number') return `put it in quotes: ${claim}: "${given}"`;
  if (Array.isArray(given)) {
    return given.length === 0 ? `write ${claim}: { exists: true }, or a value` : `write plain values: ${claim}: [a, b]`;
  }
  if (typeof given !== 'object' || given === undefined) return forms;
  const keys = Object.keys(given);
  const [word] = keys as [string];
  if (keys.length > 1 && keys.every((key) => ['like', 'not', 'contains', 'exists', 'word'].includes(key))) {
    return `keep one of ${keys.join(' and ')}, or write ${claim}: [VALUE, { like: "PATTERN*" }] where either may hold`;
  }
  const inner = (given as Record<string, unknown>)[word];
  const text = typeof inner === 'string' ? yamlScalar(inner) : JSON.stringify(inner ?? '');
  const wanted = word?.toLowerCase().replace(/^\$/, '') ?? '';
  const form = Object.keys(FORMS).find((one) => FORMS[one]!.includes(wanted)) ?? nearestForm(wanted);
  switch (form) {
    case 'like':
      return `write ${claim}: { like: ${likeFrom(wanted, inner)} }, with * for anything up to the next "/" or ":" and ** for anything`;
    case 'list':
      return `write ${claim}: ${Array.isArray(inner) ? flow(inner) : `[${text}]`}`;
    case 'value':
      return `write ${claim}: ${text}`;
    case 'not':
      return `write ${claim}: { not: ${Array.isArray(inner) ? flow(inner) : text} }`;
    case 'contains':
      return `write ${claim}: { contains: ${Array.isArray(inner) ? flow(inner) : text} }`;
    case 'exists':
      return `write ${claim}: { exists: ${inner === false || inner === 'false' || inner === 'no' ? 'false' : 'true'} }`;
    default: {
      const at = claim.startsWith('/') ? claim : `/${claim.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return word === undefined
        ? forms
        : `for a value inside the claim, write ${at}/${word}: ${text}; else ${forms.slice('write '.length)}`;
    }
  }
}

function nearestForm(word: string): string | null {
  return word.length > 2 ? nearestKey(word, ['like', 'not', 'contains', 'exists']) : null;
}

/** A regular expression or the beginning of a text, as a pattern. */
function likeFrom(word: string, inner: unknown): string {
  if (typeof inner !== 'string') return '"PATTERN*"';
  const bare = inner
    .replace(/^\^/, '')
    .replace(/\$$/, '')
    .replace(/\.[*+]/g, '*')
    .replace(/\\([./-])/g, '$1');
  if (/^(starts|prefix)/.test(word)) return JSON.stringify(`${bare}**`);
  return JSON.stringify(/^ends/.test(word) ? `**${bare}` : bare);
}

function flow(values: readonly unknown[]): string {
  return `[${values.map((one) => (typeof one === 'string' ? yamlScalar(one) : JSON.stringify(one))).join(', ')}]`;
}
