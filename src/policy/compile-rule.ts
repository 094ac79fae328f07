// One entry of `rules:` in its compiled form: conditions with their paths, resources taken apart, defaults filled in. No I/O.

import { type ClaimPath, parseClaimPath } from '../identity/claim.ts';
import type { TrustedIssuer } from '../identity/trusted-issuer.ts';
import { isAlwaysPresent } from './compile-issuer.ts';
import type { AllowRule, Instance, Rule } from './compiled.ts';
import type { Condition, Test } from './condition.ts';
import { formatDuration } from './duration.ts';
import type { Entry, Name } from './entry.ts';
import { INTERNAL_DATABASE, isDatabaseName, splitPermission } from './permission.ts';
import type { Report } from './report.ts';
import { equalValues } from './rule-index.ts';
import type { ConditionEntry, RuleEntry } from './schema.ts';
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
    report.error(
      [...path, 'issuer'],
      `there is no issuer "${entry.issuer}"`,
      `name one of ${Object.keys(context.issuers).join(', ')}`,
    );
    return null;
  }
  const effects = (['allow', 'deny', 'roles'] as const).filter((key) => entry[key] !== undefined);
  const [effect] = effects;
  if (effect === undefined || effects.length > 1) {
    report.error(path, 'a rule has exactly one of allow, deny and roles', 'split or complete the rule');
    return null;
  }
  if (effect === 'roles') {
    report.error([...path, 'roles'], 'roles are not built yet', 'leave the rule out');
    return null;
  }

  const when = compileConditions(entry, issuer, effect === 'deny', path, report);
  const entries = compileEntries(entry[effect]!, [...path, effect], report);
  if (effect === 'deny') {
    for (const key of ['instance', 'ttl', 'within_subject_token', 'share'] as const) {
      if (entry[key] !== undefined)
        report.error([...path, key], `a deny rule has no "${key}"`, 'remove it: a denial holds everywhere');
    }
    return { name: entry.name, issuer: entry.issuer, when, effect, entries };
  }

  refuseShadowedWildcard(entries, [...path, 'allow'], report);
  const pins = when.filter((condition) => isPin(condition, issuer));
  if (issuer.shared && pins.length === 0) {
    report.error(
      [...path, 'when'],
      `the issuer "${issuer.name}" signs for strangers too, and the rule pins no party`,
      `add one of ${issuer.pins.join(', ')} with its id, as text`,
    );
  }
  if (entry.share === true) report.error([...path, 'share'], 'sharing is not built yet', 'leave it out');
  return {
    name: entry.name,
    issuer: entry.issuer,
    // Pins first: whether a caller is known to the rule is settled by the front of the list.
    when: issuer.shared ? [...pins, ...when.filter((condition) => !pins.includes(condition))] : when,
    pins: issuer.shared ? pins.length : 0,
    effect,
    entries,
    instance: instanceOf(entry, path, context),
    ttl: lifetimeOf(entry, path, context),
    withinSubjectToken: entry.within_subject_token ?? false,
    share: entry.share ?? false,
  };
}

function compileConditions(
  entry: RuleEntry,
  issuer: TrustedIssuer,
  deny: boolean,
  path: Path,
  report: Report,
): Condition[] {
  const conditions = Object.entries(entry.when).map(([claim, wanted]): Condition => {
    const absent = deny && !isAlwaysPresent(issuer, claim) ? 'unknown' : 'as_stated';
    return { claim, path: parseClaimPath(claim), test: compileTest(wanted), absent };
  });
  if (!conditions.some(({ test }) => isPositive(test))) {
    report.error([...path, 'when'], 'the rule has no positive condition', 'add a claim that must have a value');
  }
  return conditions;
}

function isPositive(test: Test): boolean {
  return test.op !== 'not' && !(test.op === 'exists' && !test.present);
}

/** A pin is an equality, or a list of equalities, on a claim that holds an immutable id. */
function isPin({ claim, test }: Condition, issuer: TrustedIssuer): boolean {
  return issuer.pins.includes(claim) && equalValues(test) !== null;
}

function compileTest(entry: ConditionEntry): Test {
  if (typeof entry !== 'object') return { op: 'equals', value: entry };
  if (Array.isArray(entry)) return { op: 'any', of: entry.map(compileTest) };
  if ('like' in entry) return { op: 'like', pattern: entry.like };
  if ('contains' in entry) return { op: 'contains', element: compileTest(entry.contains) };
  if ('not' in entry) return { op: 'not', test: compileTest(entry.not) };
  return { op: 'exists', present: entry.exists };
}

function compileEntries(permissions: readonly string[], path: Path, report: Report): Entry[] {
  return permissions.flatMap((text, at) => {
    const split = splitPermission(text);
    if (!split.ok) {
      report.error([...path, at], `"${text}" is no permission: ${split.problem}`, 'correct it');
      return [];
    }
    const { type, names, actions } = split.value;
    return names.flatMap((name): Entry[] => {
      const parsed: Name | string = type === 'system' ? { kind: 'literal', text: name } : parseName(name);
      if (typeof parsed !== 'string') return [{ type, name: parsed, actions: [...new Set(actions)] }];
      report.error([...path, at], `"${name}" is no database name: ${parsed}`, 'correct it');
      return [];
    });
  });
}

/** A database name in a rule, or what is wrong with it. */
function parseName(text: string): Name | string {
  if (text === '*') return { kind: 'wildcard' };
  if (text === INTERNAL_DATABASE) return "it is InfluxDB's own and never granted";
  if (text.includes('{') || text.includes('}')) return parseTemplate(text);
  if (!text.includes('*')) {
    return isDatabaseName(text)
      ? { kind: 'literal', text }
      : 'it takes letters, digits, "_" and "-" and begins with a letter or digit';
  }
  if (text.includes('**')) return 'a name knows * only, and it does not match "/"';
  // Any name that the pattern can match is one where each * stands for at least something sound.
  return isDatabaseName(text.replaceAll('*', 'x'))
    ? { kind: 'pattern', text }
    : 'around * it takes letters, digits, "_" and "-"';
}

function parseTemplate(text: string): Name | string {
  const match = /^([^{}]*)\{([^{}]+)\}([^{}]*)$/.exec(text);
  if (match === null) return "it takes one {claim}: with two, one tenant could name another's database";
  const [, before, claim, after] = match as unknown as [string, string, string, string];
  if (before.includes('*') || after.includes('*'))
    return "it takes a {claim} or *, not both: one tenant could name another's database";
  if (!isDatabaseName(`${before}x${after}`)) return 'around the {claim} it takes letters, digits, "_" and "-"';
  const path: ClaimPath = parseClaimPath(claim);
  return { kind: 'template', before, claim, path, after };
}

function refuseShadowedWildcard(entries: readonly Entry[], path: Path, report: Report): void {
  const databases = entries.filter(({ type }) => type === 'db');
  const wildcard = databases.some(({ name }) => name.kind === 'wildcard');
  if (wildcard && databases.some(({ name }) => name.kind !== 'wildcard')) {
    report.error(
      path,
      'db:* stands beside named databases, whose entries shadow it in InfluxDB',
      'split the rule in two',
    );
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
