// The decision once more, as the specification of the policy language words it: every rule is looked at, one after the other, and
// nothing is indexed or compiled. It shares no code with the service, so that the two can be held against each other.

export type PlainScalar = string | number | boolean;
type PlainValue = PlainScalar | { readonly like: string };
export type PlainCondition =
  | PlainValue
  | readonly PlainValue[]
  | { readonly contains: PlainValue | readonly PlainValue[] }
  | { readonly word: string | readonly string[] }
  | { readonly not: PlainCondition }
  | { readonly exists: boolean };

export interface PlainRule {
  readonly name: string;
  readonly issuer: string;
  readonly when: Readonly<Record<string, PlainCondition>>;
  readonly instance?: string;
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly roles?: readonly string[];
  readonly share?: boolean;
  readonly ttl?: { readonly default: number; readonly max: number };
  readonly until?: string;
}

export interface PlainIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly shared: boolean;
  readonly pins: readonly string[];
  readonly always_present: readonly string[];
}

export interface PlainTable {
  readonly issuers: Readonly<Record<string, PlainIssuer>>;
  readonly rules: readonly PlainRule[];
}

export interface PlainRequest {
  readonly permissions?: readonly string[];
  readonly rule?: string;
  readonly instance?: string;
  readonly ttl?: number;
}

type Claims = Readonly<Record<string, unknown>>;
type Answer = 'yes' | 'no' | 'unknown';

/** `rule: permissions for ttl`, or the reason of the refusal. */
export function scan(table: PlainTable, issuer: string, claims: Claims, request: PlainRequest): string {
  const entry = table.issuers[issuer]!;
  if (request.permissions?.every(isWellFormed) === false) return 'request_malformed';
  const knowing = table.rules.filter((rule) => !rule.deny && rule.issuer === issuer && isKnown(rule, entry, claims));
  if (knowing.length === 0) return 'no_rule';
  const known = knowing.filter((rule) => rule.allow);
  if (request.rule !== undefined && !known.some(({ name }) => name === request.rule)) return 'rule_unknown';
  const named = known.filter(({ name }) => request.rule === undefined || name === request.rule);
  const open = named.filter(({ instance }) => request.instance === undefined || instance === request.instance);
  if (open.length === 0 && request.instance !== undefined) return 'instance_unknown';

  const asked =
    request.permissions && resources(request.permissions).map((one) => `${one.type}:${one.name}:${one.action}`);
  const databases = (asked ?? []).filter((text) => text.startsWith('db:'));
  const wild = databases.filter((text) => text.startsWith('db:*:'));
  if (wild.length > 0 && wild.length < databases.length) return 'permissions_conflict';

  const inForce = ({ until }: PlainRule) => until === undefined || Date.now() < Date.parse(until);
  const matching = open.filter((rule) => inForce(rule) && holds(rule, claims, () => 'no') === 'yes');
  let wanted = asked;
  if (wanted === undefined) {
    if (matching.length === 0) return 'no_rule';
    if (matching.length > 1) return 'request_ambiguous';
    const own: string[] = [];
    for (const resource of resources(matching[0]!.allow!)) {
      const name = filled(resource.name, claims);
      if (name === null) return 'not_granted';
      if (name !== '*' && name.includes('*')) return 'request_ambiguous';
      own.push(`${resource.type}:${name}:${resource.action}`);
    }
    wanted = own;
  }

  const denied = table.rules.some((rule) => {
    if (rule.deny === undefined || table.issuers[rule.issuer]!.issuer !== entry.issuer) return false;
    const entries = Object.values(table.issuers).filter((other) => other.issuer === entry.issuer);
    const absent = (claim: string) => (entries.every((one) => one.always_present.includes(claim)) ? 'no' : 'unknown');
    return holds(rule, claims, absent) !== 'no' && wanted.some((triple) => meets(rule.deny!, triple, claims));
  });
  if (denied) return 'denied_by_rule';

  const granting = matching.find((rule) => wanted.every((triple) => covered(rule.allow!, triple, claims)));
  if (granting === undefined) return matching.length === 0 ? 'no_rule' : 'not_granted';
  const range = granting.ttl ?? { default: 900, max: 900 };
  const ttl = request.ttl ?? range.default;
  if (granting.share ? ttl !== range.max : ttl > range.max) return 'ttl_refused';
  return `${granting.name}: ${[...new Set(wanted)].sort().join(' ')} for ${ttl}`;
}

/** On a shared issuer the pins must hold: equalities, or lists of them, on the claims that pin. */
function isKnown(rule: PlainRule, issuer: PlainIssuer, claims: Claims): boolean {
  if (!issuer.shared) return true;
  const plain = (wanted: PlainCondition) => [wanted].flat().every((one) => typeof one !== 'object');
  const pins = Object.entries(rule.when).filter(([claim, wanted]) => issuer.pins.includes(claim) && plain(wanted));
  return pins.length > 0 && pins.every(([claim, wanted]) => answers(wanted, read(claims, claim)) === 'yes');
}

function holds(rule: PlainRule, claims: Claims, absent: (claim: string) => Answer): Answer {
  const all = Object.entries(rule.when).map(([claim, wanted]): Answer => {
    const value = read(claims, claim);
    if (value !== undefined) return answers(wanted, value);
    if (typeof wanted === 'object' && 'exists' in wanted && !wanted.exists) return 'yes';
    return typeof wanted === 'object' && 'not' in wanted ? 'unknown' : absent(claim);
  });
  if (all.includes('no')) return 'no';
  return all.includes('unknown') ? 'unknown' : 'yes';
}

function read(claims: Claims, address: string): unknown {
  const unescaped = (key: string) => key.replaceAll('~1', '/').replaceAll('~0', '~');
  const keys = address.startsWith('/') ? address.slice(1).split('/').map(unescaped) : [address];
  let value: unknown = claims;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    if (Array.isArray(value) && !/^(0|[1-9][0-9]*)$/.test(key)) return undefined;
    value = (value as Claims)[key];
  }
  return value;
}

/** The claim is present. */
function answers(wanted: PlainCondition, value: unknown): Answer {
  if (typeof wanted !== 'object') {
    if (typeof value !== typeof wanted || (typeof value === 'number' && !Number.isSafeInteger(value))) return 'unknown';
    return value === wanted ? 'yes' : 'no';
  }
  if (Array.isArray(wanted)) return either(wanted.map((one: PlainValue) => answers(one, value)));
  if ('like' in wanted) {
    if (typeof value !== 'string' || value === '' || value.length > 1_024) return 'unknown';
    if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)) return 'unknown';
    return plainlyMatches(wanted.like, value) ? 'yes' : 'no';
  }
  if ('contains' in wanted) {
    const list = typeof value === 'string' ? [value] : value;
    return Array.isArray(list) ? either(list.map((element) => answers(wanted.contains, element))) : 'unknown';
  }
  if ('word' in wanted) {
    if (typeof value !== 'string') return 'unknown';
    const wantedWords = [wanted.word].flat();
    return value.split(' ').some((word) => wantedWords.includes(word)) ? 'yes' : 'no';
  }
  if ('not' in wanted) return ({ yes: 'no', no: 'yes', unknown: 'unknown' } as const)[answers(wanted.not, value)];
  return (wanted as { exists: boolean }).exists ? 'yes' : 'no';
}

function either(all: readonly Answer[]): Answer {
  if (all.some((one) => one === 'yes')) return 'yes';
  return all.every((one) => one === 'no') ? 'no' : 'unknown';
}

/** By trying every way in which the stars can be filled. */
export function plainlyMatches(pattern: string, value: string): boolean {
  if (pattern === '') return value === '';
  const star = /^\*\*?/.exec(pattern)?.[0];
  if (star === undefined) return pattern[0] === value[0] && plainlyMatches(pattern.slice(1), value.slice(1));
  for (let end = 0; end <= value.length; end++) {
    if (star === '*' && /[/:]/.test(value.slice(0, end))) return false;
    if (plainlyMatches(pattern.slice(star.length), value.slice(end))) return true;
  }
  return false;
}

function isWellFormed(permission: string): boolean {
  const [, type, names, actions] = /^(db|system):([^:]+):([^:]+)$/.exec(permission) ?? [];
  if (names === undefined || actions === undefined) return false;
  const allOf = (list: string, form: RegExp) => list.split(',').every((one) => one.length <= 511 && form.test(one));
  if (type === 'system') return allOf(names, /^(health|metrics|ping|ready)$/) && actions === 'read';
  const database = /^(\*|_internal|[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9_-]+)?)$/;
  return allOf(names, database) && allOf(actions, /^(read|write|create|delete|describe)$/);
}

/** `type:names:actions` as single resources; separators inside a template are part of its claim. */
function resources(permissions: readonly string[]) {
  return permissions.flatMap((text) => {
    const [type, names, actions] = text.split(/:(?![^{]*\})/) as [string, string, string];
    return names.split(/,(?![^{]*\})/).flatMap((name) => actions.split(',').map((action) => ({ type, name, action })));
  });
}

/** The name with its template filled in, or null when the claim does not fit. */
function filled(name: string, claims: Claims): string | null {
  const template = /\{(.+)\}/.exec(name);
  if (template === null) return name;
  const claim = read(claims, template[1]!);
  const value = Number.isSafeInteger(claim) ? `${claim}` : claim;
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]+$/.test(value)) return null;
  const whole = name.replace(template[0], () => value);
  return /^[A-Za-z0-9]/.test(whole) ? whole : null;
}

function covered(allow: readonly string[], triple: string, claims: Claims): boolean {
  const [type, name, action] = triple.split(':') as [string, string, string];
  return resources(allow).some((one) => {
    if (one.type !== type || one.action !== action || name === '_internal') return false;
    if (name === '*') return one.name === '*';
    const own = filled(one.name, claims);
    return own !== null && plainlyMatches(own, name);
  });
}

function meets(deny: readonly string[], triple: string, claims: Claims): boolean {
  const [type, name, action] = triple.split(':') as [string, string, string];
  return resources(deny).some((one) => {
    const own = filled(one.name, claims);
    if (own === null) return true;
    if (one.type !== type || one.action !== action) return false;
    return own === '*' || name === '*' || plainlyMatches(own, name);
  });
}
