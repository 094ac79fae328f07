// What differs between two policies, in words: rules, issuers and instances that came, went or changed. It compares what policies mean,
// not how their files are written. No I/O.

import type { PageLogin, TrustedIssuer } from '../../identity/trusted-issuer.ts';
import type { AllowRule, CompiledPolicy, Instance, Rule } from '../language/compiled.ts';
import { describeCondition } from '../language/condition-words.ts';
import { formatDuration } from '../language/duration.ts';
import { describeEnd } from '../language/end.ts';
import { showName } from '../language/entry.ts';

export interface PolicyChange {
  readonly of: 'policy' | 'issuer' | 'instance' | 'rule' | 'preconfigured';
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What it says, or what it says no longer and says now. */
  readonly details: readonly string[];
}

/** Statements about one thing, each under a key that stays the same when its content changes. */
export type Statements = ReadonlyMap<string, string>;

export function diffPolicies(before: CompiledPolicy, after: CompiledPolicy): readonly PolicyChange[] {
  const rulesOf = ({ rules }: CompiledPolicy) => Object.fromEntries(rules.map((rule) => [rule.name, rule]));
  return [
    ...diffTables('policy', { '': before }, { '': after }, statementsOfPolicy),
    ...diffTables('issuer', before.issuers, after.issuers, statementsOfIssuer),
    ...diffTables('instance', before.instances, after.instances, statementsOfInstance),
    ...diffTables('rule', rulesOf(before), rulesOf(after), statementsOfRule),
    ...diffOrder(before, after),
  ];
}

export function diffTables<T>(
  of: PolicyChange['of'],
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
  statementsOf: (one: T) => Statements,
): readonly PolicyChange[] {
  const changes: PolicyChange[] = [];
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const old = Object.hasOwn(before, name) ? statementsOf(before[name]!) : null;
    const now = Object.hasOwn(after, name) ? statementsOf(after[name]!) : null;
    if (old === null) changes.push({ of, name, change: 'added', details: [...now!.values()] });
    else if (now === null) changes.push({ of, name, change: 'removed', details: [...old.values()] });
    else {
      const details = diffStatements(old, now);
      if (details.length > 0) changes.push({ of, name, change: 'changed', details });
    }
  }
  return changes;
}

function diffStatements(old: Statements, now: Statements): readonly string[] {
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
    const was = old.get(key);
    const is = now.get(key);
    if (was === is) return [];
    if (was === undefined) return [`new: ${is}`];
    return is === undefined ? [`no longer: ${was}`] : [`was: ${was}; now: ${is}`];
  });
}

function statementsOfPolicy({ audience, audit }: CompiledPolicy): Statements {
  return new Map([
    ...(audience === null ? [] : [['audience', `audience ${audience}`] as const]),
    ['keep', `keeps events for ${formatDuration(audit.keep)}`],
  ]);
}

function statementsOfIssuer(issuer: TrustedIssuer): Statements {
  const { name: _, description: __, run: ___, jwks, login, proxiesPage: ____, ...rest } = issuer;
  const statements = new Map(
    Object.entries(rest).map(([key, value]) => [key, `${ISSUER_KEYS[key as keyof typeof rest]} ${showValue(value)}`]),
  );
  if (jwks !== undefined) statements.set('jwks', `keys in the policy: ${keyIds(jwks.keys)}`);
  for (const [where, client] of Object.entries(login ?? {})) {
    const { clientId, clientSecret, scope, audience, token } = client as Partial<PageLogin>;
    const asked = [scope && `for the scope ${scope}`, audience && `for the audience ${audience}`].filter(Boolean);
    const secret = clientSecret === undefined ? '' : `, with the secret ${clientSecret}`;
    statements.set(
      `login.${where}`,
      `login.${where}: an ${token} token of the client ${clientId} ${asked.join(' and ')}`.trimEnd() + secret,
    );
  }
  return statements;
}

/** As the policy file spells them. */
const ISSUER_KEYS: Readonly<
  Record<keyof Omit<TrustedIssuer, 'name' | 'description' | 'run' | 'jwks' | 'login' | 'proxiesPage'>, string>
> = {
  iss: 'issuer',
  audiences: 'audience',
  multipleAudiences: 'multiple_audiences',
  algorithms: 'algorithms',
  typ: 'typ',
  ignoreHeader: 'ignore_header',
  jwksUri: 'jwks_uri',
  jwksHosts: 'jwks_hosts',
  subject: 'subject',
  alwaysPresent: 'always_present',
  clockSkew: 'clock_skew (seconds)',
  maxTokenAge: 'max_token_age (seconds)',
  maxLifetime: 'max_lifetime (seconds)',
  singleUse: 'single_use',
  boundTokens: 'bound_tokens',
  shared: 'shared',
  pins: 'pins',
};

function showValue(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? '(none)' : value.map((one) => [one].flat().join(' or ')).join(', ');
}

/** With the material, so that a key that changes under its id shows. */
function keyIds(keys: readonly unknown[]): string {
  return keys
    .map((key) => {
      const { kid, n, x } = key as Readonly<Record<string, unknown>>;
      return `${String(kid ?? '(no id)')} (${String(n ?? x ?? '').slice(0, 12)}…)`;
    })
    .join(', ');
}

function statementsOfInstance(instance: Instance): Statements {
  return new Map([
    ['url', `url ${instance.url}`],
    ['public_url', `public_url ${instance.publicUrl}`],
    ['admin_token', `admin token in ${instance.adminTokens.join(', then ')}`],
    ...Object.entries(instance.headers ?? {}).map(
      ([header, secret]) => [`header ${header}`, `header ${header} from ${secret}`] as const,
    ),
    ['sync_interval', `sync_interval ${formatDuration(instance.syncInterval)}`],
  ]);
}

function statementsOfRule(rule: Rule): Statements {
  const statements = new Map([['issuer', `for callers of ${rule.issuer}`]]);
  for (const condition of rule.when) statements.set(`when ${condition.claim}`, `when ${describeCondition(condition)}`);
  if (rule.effect === 'roles') {
    for (const role of rule.roles) statements.set(`role ${role}`, `gives the role ${role}`);
    return statements;
  }
  for (const { type, name, actions } of rule.entries) {
    for (const action of actions) {
      const permission = `${type}:${showName(name)}:${action}`;
      statements.set(`${rule.effect} ${permission}`, `${rule.effect === 'allow' ? 'allows' : 'denies'} ${permission}`);
    }
  }
  if (rule.effect === 'deny') return statements;
  statements.set('instance', `on instance "${rule.instance}"`);
  statements.set('ttl default', `for ${formatDuration(rule.ttl.default)} unless asked otherwise`);
  statements.set('ttl max', `for ${formatDuration(rule.ttl.max)} at most`);
  if (rule.withinSubjectToken) statements.set('within', 'within the life of the subject token');
  if (rule.share) statements.set('share', 'shared among callers');
  if (rule.until !== null) statements.set('until', `until ${describeEnd(rule.until)}`);
  for (const [key, text] of boundsOf(rule)) statements.set(key, text);
  return statements;
}

/** What a rule gives at most, and who may switch it off. */
function boundsOf({ limit, owners }: AllowRule): Statements {
  const bounds = new Map<string, string>();
  const whose = limit?.of === 'caller' ? ' for each caller' : '';
  if (limit?.vends) {
    const { count, per } = limit.vends;
    bounds.set('limit vends', `gives ${count} tokens in ${formatDuration(per)} at most${whose}`);
  }
  if (limit?.live) bounds.set('limit live', `gives ${limit.live} tokens that live at once at most${whose}`);
  if (owners !== null) {
    bounds.set('owners issuer', `owned by callers of ${owners.issuer}`);
    for (const condition of owners.when)
      bounds.set(`owners when ${condition.claim}`, `owned by callers whose ${describeCondition(condition)}`);
  }
  return bounds;
}

/** The first allow rule that covers a request grants it, so their order counts. */
function diffOrder(before: CompiledPolicy, after: CompiledPolicy): readonly PolicyChange[] {
  const namesOf = (one: CompiledPolicy, other: CompiledPolicy) =>
    one.rules.flatMap(({ name }) =>
      Object.hasOwn(one.allowByName, name) && Object.hasOwn(other.allowByName, name) ? [name] : [],
    );
  const old = namesOf(before, after);
  const now = namesOf(after, before);
  const at = now.findIndex((name, place) => name !== old[place]);
  if (at < 0) return [];
  const details = [`the allow rules stand in another order: now "${now[at]}" where "${old[at]}" stood`];
  return [{ of: 'policy', name: '', change: 'changed', details }];
}
