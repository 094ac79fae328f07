// One entry of `rules:` in its compiled form, with its defaults filled in. No I/O.

import type { TrustedIssuer } from '../../identity/trusted-issuer.ts';
import type { AllowRule, Instance, Rule } from '../language/compiled.ts';
import { formatDuration } from '../language/duration.ts';
import { compileConditions, isPin } from './compile-conditions.ts';
import { compileEntries, refuseShadowedWildcard } from './compile-entries.ts';
import type { Report } from './report.ts';
import type { RuleEntry } from './schema.ts';
import type { Path } from './source.ts';

const DEFAULT_TTL = 900;

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
    const names = Object.keys(context.issuers).join(', ');
    report.error([...path, 'issuer'], `there is no issuer "${entry.issuer}"`, `name one of ${names}`);
    return null;
  }
  const effects = (['allow', 'deny', 'roles'] as const).filter((key) => entry[key] !== undefined);
  const [effect] = effects;
  if (effect === undefined || effects.length > 1) {
    report.error(path, 'a rule has exactly one of allow, deny and roles', 'split or complete the rule');
    return null;
  }
  if (effect !== 'allow') {
    for (const key of ['instance', 'ttl', 'within_subject_token', 'share'] as const) {
      if (entry[key] === undefined) continue;
      report.error([...path, key], `a ${effect} rule has no "${key}"`, 'remove it: the rule holds everywhere');
    }
  }

  // A denial holds for every entry of the iss, and what one entry's tokens always carry another's may lack.
  const callersOf =
    effect === 'deny' ? Object.values(context.issuers).filter(({ iss }) => iss === issuer.iss) : [issuer];
  const when = compileConditions(entry, callersOf, effect === 'deny', path, report);
  const base = { name: entry.name, issuer: entry.issuer };
  if (effect === 'deny')
    return { ...base, when, effect, entries: compileEntries(entry.deny!, [...path, effect], report) };

  const pins = when.filter((condition) => isPin(condition, issuer));
  if (issuer.shared && pins.length === 0) {
    report.error(
      [...path, 'when'],
      `the issuer "${issuer.name}" signs for strangers too, and the rule pins no party`,
      `add one of ${issuer.pins.join(', ')} with its id, as text and outright`,
    );
  }
  const pinned = {
    // Pins first: whether a caller is known to the rule is settled by the front of the list.
    when: issuer.shared ? [...pins, ...when.filter((condition) => !pins.includes(condition))] : when,
    pins: issuer.shared ? pins.length : 0,
  };
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
  };
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
