// Rules that let in the two events of GitHub which run with the rights of the repository for changes that a stranger has made. They carry
// the base branch's ref, so a rule that asks for ids and a branch does not keep them out. No I/O.

import type { Preset } from '../../../identity/preset.ts';
import { PRESETS } from '../../../identity/presets.ts';
import type { AllowRule, DenyRule, Rule } from '../../language/compiled.ts';
import { type Condition, evaluateCondition, type Test } from '../../language/condition.ts';
import { matchesPattern } from '../../language/pattern.ts';
import type { Report } from '../report.ts';
import type { Path } from '../source.ts';
import { overlaps, patternAutomaton } from './automaton.ts';
import { formAutomaton } from './form.ts';
import { nameOf } from './pins.ts';
import type { PlacedRule } from './placed-rule.ts';
import { coversEntry, implies } from './shadows.ts';

const EVENTS = ['pull_request_target', 'workflow_run'];

/** @param denials the deny rules that hold for the same callers */
export function lintOpenEvents(
  rule: Exclude<Rule, DenyRule>,
  denials: readonly PlacedRule<DenyRule>[],
  preset: Preset,
  path: Path,
  report: Report,
): void {
  if (preset !== PRESETS['github-actions'] || rule.when.some(settlesEvent)) return;
  const open = EVENTS.filter((event) => !isDenied(rule, event, denials));
  if (open.length === 0) return;
  report.warn(
    path,
    `the rule also admits ${open.join(' and ')}, which strangers can set off`,
    'add event_name: [push, workflow_dispatch], or those that are meant; or environment:; or deny the two events in a rule of their own',
  );
}

/** Names the event or the environment, or asks for a ref that those events never have. */
function settlesEvent(condition: Condition): boolean {
  const { test } = condition;
  switch (nameOf(condition)) {
    case 'event_name':
    case 'environment':
    case 'environment_node_id':
      return test.op !== 'exists';
    case 'ref':
      return isPlain(test) && !canAccept(test, BRANCH);
    case 'ref_type':
      return isPlain(test) && !canAccept(test, /^branch$/);
    case 'sub':
      return isPlain(test) && !canAccept(test, SUB_OF_BRANCH);
    default:
      return false;
  }
}

const BRANCH = /^refs\/heads\/.+$/;
/** By its usual template, and by any other that names neither event nor environment. */
const SUB_OF_BRANCH = /^.*:ref:refs\/heads\/.+$/;

/** It says which values it takes, rather than which it does not. */
function isPlain(test: Test): boolean {
  return test.op === 'equals' || test.op === 'like' || (test.op === 'any' && test.of.every(isPlain));
}

function canAccept(test: Test, form: RegExp): boolean {
  switch (test.op) {
    case 'equals':
      return form.test(String(test.value));
    case 'like':
      return overlaps(patternAutomaton(test.pattern), formAutomaton(form)!);
    case 'any':
      return test.of.some((one) => canAccept(one, form));
    default:
      return true;
  }
}

/** Some deny rules together refuse everything that the rule allows to callers with this event. Nothing refuses a role. */
function isDenied(rule: Exclude<Rule, DenyRule>, event: string, denials: readonly PlacedRule<DenyRule>[]): boolean {
  if (rule.effect === 'roles') return false;
  const holding = denials.filter(({ rule: denial }) => denial.when.every((one) => holdsFor(one, event, rule)));
  const denied = holding.flatMap(({ rule: denial }) => denial.entries);
  return singles(rule).every((entry) => denied.some((other) => coversEntry(other, entry) || isAll(other, entry)));
}

function holdsFor(condition: Condition, event: string, rule: AllowRule): boolean {
  if (nameOf(condition) === 'event_name') return evaluateCondition(condition, { event_name: event }) !== 'no';
  return rule.when.some((given) => implies(given, condition));
}

type Entry = AllowRule['entries'][number];

/** One entry for each action: several deny rules may share the actions among them. */
function singles({ entries }: AllowRule): readonly Entry[] {
  return entries.flatMap((entry) => entry.actions.map((action) => ({ ...entry, actions: [action] })));
}

/** A denial of all databases meets patterns and templates too. */
function isAll(denied: Entry, { type, name, actions }: Entry): boolean {
  const every = denied.name.kind === 'wildcard';
  const around =
    denied.name.kind === 'pattern' && name.kind === 'pattern' && matchesPattern(denied.name.text, name.text);
  return denied.type === type && (every || around) && actions.every((action) => denied.actions.includes(action));
}
