// The linter: rules that are well-formed and yet a trap. It knows what each provider's claims are worth. No I/O.

import { isAmong, type Preset } from '../../../identity/preset.ts';
import type { TrustedIssuer } from '../../../identity/trusted-issuer.ts';
import type { AllowRule, DenyRule, RolesRule, Rule } from '../../language/compiled.ts';
import type { Condition, Scalar, Test } from '../../language/condition.ts';
import { formatDuration } from '../../language/duration.ts';
import { showName } from '../../language/entry.ts';
import { equalValues } from '../../language/rule-index.ts';
import { isPin, isPositive } from '../compile-conditions.ts';
import { isAlwaysPresent } from '../issuer/compile-issuer.ts';
import { presetAt } from '../issuer/shared-address.ts';
import type { Report } from '../report.ts';
import { isClaimAddress, NO_POINTER, type PolicyFile } from '../schema.ts';
import type { Path } from '../source.ts';
import { claimFact } from './claim-facts.ts';
import { lintDeadTemplates, lintIssuerClaims, lintTestClaims } from './dead-claims.ts';
import { lintDeadCondition } from './dead-conditions.ts';
import { lintOpenEvents } from './open-events.ts';
import { isEverybodys, nameOf } from './pins.ts';
import type { PlacedRule } from './placed-rule.ts';
import { lintShadows } from './shadows.ts';
import { lintTemplates } from './templates.ts';

export function lintRules(
  file: PolicyFile,
  issuers: Readonly<Record<string, TrustedIssuer>>,
  rules: readonly PlacedRule[],
  report: Report,
): void {
  const presetOf = (name: string) => {
    const issuer = Object.hasOwn(issuers, name) ? issuers[name]! : null;
    return issuer === null ? null : presetAt(file.issuers[name], issuer.iss);
  };
  for (const [name, entry] of Object.entries(file.issuers)) {
    const preset = presetOf(name);
    if (preset !== null) lintIssuerClaims(entry, preset, ['issuers', name], report);
  }
  const denials = rules.filter((placed): placed is PlacedRule<DenyRule> => placed.rule.effect === 'deny');
  const lintWhen = (rule: Rule, path: Path) => {
    const issuer = issuers[rule.issuer]!;
    const preset = presetOf(rule.issuer)!;
    lintConditions(rule, issuer, preset, path, report);
    if (rule.effect === 'deny') return;
    lintRecyclablePins(rule, issuer, preset, path, report);
    const heard = denials.filter((denial) => issuers[denial.rule.issuer]!.iss === issuer.iss);
    lintOpenEvents(rule, heard, preset, path, report);
  };
  for (const { rule, at } of rules) {
    const preset = presetOf(rule.issuer)!;
    lintWhen(rule, ['rules', at, 'when']);
    lintDeadTemplates(rule, issuers[rule.issuer]!, preset, ['rules', at, rule.effect], report);
    if (rule.effect === 'allow') {
      if (rule.owners !== null) lintWhen(roleOfOwners(rule.name, rule.owners), ['rules', at, 'owners', 'when']);
      lintTemplateSources(rule, preset, ['rules', at, 'allow'], report);
      lintSharedWindow(rule, file.instances[rule.instance]?.sync_interval ?? 0, ['rules', at, 'share'], report);
    }
  }
  const allow = rules.filter((placed): placed is PlacedRule<AllowRule> => placed.rule.effect === 'allow');
  lintTemplates(allow, report);
  lintShadows(allow, report);
  lintTestClaims(file, presetOf, report);
}

/** To own a rule is a role, so that its conditions are held to the same. */
function roleOfOwners(name: string, owners: NonNullable<AllowRule['owners']>): RolesRule {
  return { name, ...owners, effect: 'roles', roles: [] };
}

function lintConditions(rule: Rule, issuer: TrustedIssuer, preset: Preset, path: Path, report: Report): void {
  for (const condition of rule.when) {
    const at: Path = [...path, condition.claim];
    if (!lintTypes(condition, preset, at, report)) lintDeadCondition(rule, condition, issuer, preset, at, report);
    if (rule.effect !== 'deny') lintBareNames(condition, preset, at, report);
  }
  if (rule.effect !== 'deny') lintGates(rule, issuer, preset, path, report);
}

/** Numbers where there is text, and names where there are ids: whether it found any. */
function lintTypes(condition: Condition, preset: Preset, at: Path, report: Report): boolean {
  const values = scalarsOf(condition.test);
  const name = nameOf(condition);
  const fact = claimFact(condition.claim, preset);
  const isText = preset.textOnly === true || (fact.kind === 'sent' && fact.known.type === 'text');
  const bare = isText ? values.find((value) => typeof value !== 'string') : undefined;
  if (bare !== undefined) {
    const message = `"${condition.claim}" is always text and never equals a number or a boolean`;
    report.error(at, message, `put it in quotes: "${bare}"`);
  }
  const named = preset.numericIds?.includes(name)
    ? values.find((value) => typeof value === 'string' && !/^[0-9]+$/.test(value))
    : undefined;
  if (named !== undefined) {
    report.error(at, `"${condition.claim}" holds digits only`, `write the id, such as "123456", not ${String(named)}`);
  }
  return bare !== undefined || named !== undefined;
}

/** Names that an owner can give up, and another can take. */
function lintBareNames(condition: Condition, { bareNames }: Preset, at: Path, report: Report): void {
  if (bareNames === undefined || nameOf(condition) !== bareNames.claim) return;
  const bare = textsOf(condition.test).find((text) => bareNames.pattern.test(opened(text, bareNames.opening)));
  if (bare !== undefined) report.error(at, `"${bare}" is a name that can be renamed and recycled`, bareNames.fix);
}

/** A pattern that leaves the beginning open, such as `*:acme/app:*`, as it reads against a value that begins as they all do. */
function opened(text: string, opening: string): string {
  const star = text.indexOf('*');
  return star >= 0 && opening.startsWith(text.slice(0, star)) ? opening + text.slice(star) : text;
}

/** Beside its pins, what keeps others out must be something that they cannot choose. */
function lintGates(rule: Rule, issuer: TrustedIssuer, preset: Preset, path: Path, report: Report): void {
  const gates = rule.when.filter(
    (condition) =>
      isPositive(condition.test) && !isSoundPin(condition, issuer, preset) && !isIdle(condition, issuer, preset),
  );
  if (gates.length === 0) return;
  if (gates.every((gate) => isSpoofable(nameOf(gate), rule, preset))) {
    const names = gates.map(({ claim }) => claim).join(', ');
    const beside = gates.map((gate) => preset.needsBeside?.[nameOf(gate)]).find((one) => one !== undefined);
    const fix =
      beside === undefined
        ? 'add a claim that the provider vouches for, such as a branch, an environment or an id'
        : `add ${beside.claim}: ${String(beside.value)}, or better an id`;
    report.error(path, `the only gate is ${names}, which others can choose`, fix);
  } else if (
    gates.every((gate) => preset.calledCode?.includes(nameOf(gate)) || isSpoofable(nameOf(gate), rule, preset))
  ) {
    report.error(
      path,
      'the only gate is the called workflow, which says nothing of the job that calls it',
      'add ref, environment or event_name of the caller',
    );
  }
}

function isSoundPin(condition: Condition, issuer: TrustedIssuer, preset: Preset): boolean {
  return isPin(condition, issuer) && !isAmong(nameOf(condition), preset.spoofable);
}

/** It holds for everybody whom the pins let through, or says something of another claim only: no gate by itself. */
function isIdle(condition: Condition, issuer: TrustedIssuer, preset: Preset): boolean {
  const claim = nameOf(condition);
  if (isEverybodys(claim, preset)) return true;
  const opening = preset.openings?.[claim];
  if (opening !== undefined && takesAny(condition.test, opening)) return true;
  return condition.test.op === 'exists' && isAlwaysPresent(issuer, condition.claim);
}

/** Whether a pattern says nothing after the opening, or one pattern of a list does. */
function takesAny(test: Test, opening: RegExp): boolean {
  if (test.op === 'any') return test.of.some((one) => takesAny(one, opening));
  if (test.op !== 'like' || !test.pattern.includes('*')) return false;
  return !isPositive({ op: 'like', pattern: `${test.pattern.replace(opening, '')}*` });
}

function isSpoofable(claim: string, rule: Rule, preset: Preset): boolean {
  if (!isAmong(claim, preset.spoofable)) return false;
  const beside = preset.needsBeside?.[claim];
  return !rule.when.some((other) => nameOf(other) === beside?.claim && isExactly(other.test, beside.value));
}

function isExactly(test: Test, value: Scalar): boolean {
  return test.op === 'equals' && test.value === value;
}

/** A domain of a Workspace is given up and registered by others, who are then let in. */
function lintRecyclablePins(rule: Rule, issuer: TrustedIssuer, preset: Preset, path: Path, report: Report): void {
  const pins = issuer.shared ? rule.when.filter((condition) => isPin(condition, issuer)) : [];
  const { recyclable = [] } = preset;
  const [first] = pins;
  if (first === undefined || pins.some((pin) => !recyclable.includes(nameOf(pin)))) return;
  const ids = issuer.pins.filter((pin) => !recyclable.includes(pin));
  const fix =
    ids.length === 0
      ? 'make sure that it stays yours'
      : `pin ${ids.join(' or ')} too, or make sure that it stays yours`;
  report.warn([...path, first.claim], `"${nameOf(first)}" can change hands, and lets its new owner in`, fix);
}

/** A template hands the choice of the database to anyone who chooses the claim. */
function lintTemplateSources(rule: AllowRule, preset: Preset, path: Path, report: Report): void {
  for (const { name } of rule.entries) {
    if (name.kind !== 'template') continue;
    if (!isClaimAddress(name.claim)) report.error(path, `"${name.claim}": ${NO_POINTER}`, 'write ~0 for "~"');
    const claim = nameOf(name);
    const held = rule.when.some((condition) => nameOf(condition) === claim && equalValues(condition.test) !== null);
    if (held) continue;
    if (isAmong(claim, preset.spoofable)) {
      report.warn(
        path,
        `${showName(name)} is made from a claim that the caller can choose`,
        'use a claim that the provider vouches for',
      );
    } else if (preset.recyclable?.includes(claim)) {
      report.warn(path, `${showName(name)} is made from a name that can be renamed and recycled`, 'use an id');
    }
  }
}

/** A shared token is handed out for half of its life; the one for the time after is minted at most half of that ahead. */
function lintSharedWindow({ share, ttl }: AllowRule, syncInterval: number, path: Path, report: Report): void {
  if (!share || ttl.default / 4 >= syncInterval) return;
  report.warn(
    path,
    "callers can meet shared tokens that the cluster's other nodes do not know yet",
    `make the ttl at least ${formatDuration(4 * syncInterval)}, four times the instance's sync_interval`,
  );
}

/** The plain values that a test names, at any depth. */
function scalarsOf(test: Test): readonly Scalar[] {
  switch (test.op) {
    case 'equals':
      return [test.value];
    case 'any':
      return test.of.flatMap(scalarsOf);
    case 'not':
      return scalarsOf(test.test);
    case 'contains':
      return scalarsOf(test.element);
    case 'word':
      return test.words;
    case 'like':
    case 'exists':
      return [];
  }
}

/** The texts that a test would accept, patterns included. */
function textsOf(test: Test): readonly string[] {
  switch (test.op) {
    case 'equals':
      return typeof test.value === 'string' ? [test.value] : [];
    case 'like':
      return [test.pattern];
    case 'any':
      return test.of.flatMap(textsOf);
    case 'contains':
      return textsOf(test.element);
    case 'word':
      return test.words;
    case 'not':
    case 'exists':
      return [];
  }
}
