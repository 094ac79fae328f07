// One entry of `rules:` in its compiled form, with its defaults filled in. No I/O.

import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';
import type { AllowRule, Instance, Limit, Owners, Rule } from '../language/compiled.ts';
import { formatDuration } from '../language/duration.ts';
import { compileConditions, compilePinned } from './compile-conditions.ts';
import { compileEntries, refuseShadowedWildcard } from './compile-entries.ts';
import type { Report } from './report.ts';
import type { LimitEntry, RuleEntry } from './schema.ts';
import type { Path } from './source.ts';

const DEFAULT_TTL = 900;

/** Keys that say something of tokens, and so of rules that give some. */
const OF_ALLOW_RULES = [
  'instance',
  'ttl',
  'within_subject_token',
  'share',
  'until',
  'limit',
  'owners',
] as const satisfies readonly (keyof RuleEntry)[];

export interface RuleContext {
  readonly issuers: Readonly<Record<string, TrustedIssuer>>;
  readonly instances: Readonly<Record<string, Instance>>;
  /** Seconds. */
  readonly maxTtl: number;
  readonly report: Report;
}

/** The rule, or null when the report says why not. */
export function compileRule(entry: RuleEntry, at: number, context: RuleContext): Rule | null {
  const { report } = context;
  const path: Path = ['rules', at];
  const issuer = Object.hasOwn(context.issuers, entry.issuer) ? context.issuers[entry.issuer]! : null;
  if (issuer === null) {
    refuseUnknownIssuer(entry.issuer, path, context.issuers, report);
    return null;
  }
  const effects = (['allow', 'deny', 'roles'] as const).filter((key) => entry[key] !== undefined);
  const [effect] = effects;
  if (effect === undefined || effects.length > 1) {
    report.error(path, 'a rule has exactly one of allow, deny and roles', 'split or complete the rule');
    return null;
  }
  if (effect !== 'allow') {
    for (const key of OF_ALLOW_RULES) {
      if (entry[key] === undefined) continue;
      const fix = key === 'instance' ? 'remove it: the rule holds everywhere' : 'remove it: it is for allow rules';
      report.error([...path, key], `a ${effect} rule has no "${key}"`, fix);
    }
  }

  const base = { name: entry.name, issuer: entry.issuer };
  if (effect === 'deny') {
    // A denial holds for every entry of the iss, and what one entry's tokens always carry another's may lack.
    const callersOf = Object.values(context.issuers).filter(({ iss }) => iss === issuer.iss);
    const when = compileConditions(entry, callersOf, true, path, report);
    return { ...base, when, effect, entries: compileEntries(entry.deny!, [...path, effect], report) };
  }
  const pinned = compilePinned(entry, issuer, path, report);
  if (effect === 'roles') return { ...base, ...pinned, effect, roles: entry.roles! };

  const entries = compileEntries(entry.allow!, [...path, effect], report);
  refuseShadowedWildcard(entries, [...path, effect], report);
  const ttl = lifetimeOf(entry, path, context);
  checkSharing(entry, ttl, path, report);
  return {
    ...base,
    ...pinned,
    effect,
    entries,
    instance: instanceOf(entry, path, context),
    ttl,
    withinSubjectToken: entry.within_subject_token ?? false,
    share: entry.share ?? false,
    until: entry.until ?? null,
    limit:
      entry.limit === undefined ? null : compileLimit(entry.limit, entry.share === true, [...path, 'limit'], report),
    owners: entry.owners === undefined ? null : compileOwners(entry.owners, [...path, 'owners'], context),
  };
}

/** What its keys mean together. */
function compileLimit({ vends, per, live, of }: LimitEntry, share: boolean, path: Path, report: Report): Limit {
  if (vends !== undefined && per === undefined) {
    report.error([...path, 'vends'], 'the limit does not say in what time', 'add per: 1h, or another time up to 24h');
  } else if (vends === undefined && per !== undefined) {
    report.error(
      [...path, 'per'],
      'the limit does not say how many tokens in that time',
      'add vends: 100, or remove per',
    );
  } else if (vends === undefined && live === undefined) {
    report.error(path, 'the limit limits nothing', 'write limit: { vends: 100, per: 1h }, or limit: { live: 10 }');
  }
  if (live !== undefined && share) {
    const message = 'a shared token is one token in the hands of many, so live tokens are no measure of them';
    report.error([...path, 'live'], message, 'remove live or share; vends with per counts how often it is handed out');
  }
  return {
    vends: vends === undefined || per === undefined ? null : { count: vends, per },
    live: live ?? null,
    of: of ?? 'rule',
  };
}

/** Null when their issuer is not there, which is reported. */
function compileOwners(
  entry: NonNullable<RuleEntry['owners']>,
  path: Path,
  { issuers, report }: RuleContext,
): Owners | null {
  const issuer = Object.hasOwn(issuers, entry.issuer) ? issuers[entry.issuer]! : null;
  if (issuer === null) {
    refuseUnknownIssuer(entry.issuer, path, issuers, report);
    return null;
  }
  return { issuer: entry.issuer, ...compilePinned(entry, issuer, path, report) };
}

function refuseUnknownIssuer(name: string, path: Path, issuers: RuleContext['issuers'], report: Report): void {
  const names = Object.keys(issuers).join(', ');
  report.error([...path, 'issuer'], `there is no issuer "${name}"`, `name one of ${names}`);
}

function checkSharing(entry: RuleEntry, ttl: AllowRule['ttl'], path: Path, report: Report): void {
  if (entry.share !== true) return;
  if (ttl.default !== ttl.max) {
    report.error([...path, 'ttl'], 'a shared token has one fixed life', 'write one duration');
  }
  if (entry.within_subject_token === true) {
    report.error([...path, 'within_subject_token'], 'a shared token outlives each subject token', 'keep share or this');
  }
}

function instanceOf(entry: RuleEntry, path: Path, { instances, report }: RuleContext): string {
  const names = Object.keys(instances);
  if (entry.instance === undefined) {
    if (names.length > 1)
      report.error(
        path,
        'there are several instances and the rule names none',
        `add "instance:", one of ${names.join(', ')}`,
      );
    if (names.length === 0) report.error(path, 'there is no instance to grant on', 'add one under "instances:"');
    return names[0] ?? '';
  }
  if (!Object.hasOwn(instances, entry.instance)) {
    report.error([...path, 'instance'], `there is no instance "${entry.instance}"`, `name one of ${names.join(', ')}`);
  }
  return entry.instance;
}

function lifetimeOf(entry: RuleEntry, path: Path, { maxTtl, report }: RuleContext): AllowRule['ttl'] {
  const ttl = entry.ttl ?? Math.min(DEFAULT_TTL, maxTtl);
  const range = typeof ttl === 'number' ? { default: ttl, max: ttl } : ttl;
  if (range.default > range.max) report.error([...path, 'ttl'], 'the default is over the maximum', 'lower it');
  if (range.max > maxTtl) {
    report.error([...path, 'ttl'], `the ttl is over max_ttl (${formatDuration(maxTtl)})`, 'lower it, or raise max_ttl');
  }
  return range;
}
