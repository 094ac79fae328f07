// Conditions that can never hold: on a claim that no token of the provider has, or for a value that the claim never has. Where a rule
// grants that is a rule without use, and a warning; where a rule denies it is an open door or a closed one, and an error. No I/O.

import type { KnownClaim, Preset } from '../../../identity/preset.ts';
import { PRESET_NAMES, PRESETS } from '../../../identity/presets.ts';
import type { TrustedIssuer } from '../../../identity/trusted-issuer.ts';
import type { Rule } from '../../language/compiled.ts';
import type { Condition } from '../../language/condition.ts';
import type { Report } from '../report.ts';
import type { Path } from '../source.ts';
import { claimFact } from './claim-facts.ts';
import { deadValue, type Leaf, leavesOf } from './dead-values.ts';
import { nameOf } from './pins.ts';
import { canBe, canMatch, meantValues, yamlValues } from './value-advice.ts';

export function lintDeadCondition(
  rule: Rule,
  condition: Condition,
  issuer: TrustedIssuer,
  preset: Preset,
  at: Path,
  report: Report,
): void {
  const say = rule.effect === 'deny' ? report.error : report.warn;
  const { claim, test } = condition;
  const fact = claimFact(claim, preset);
  if (fact.kind === 'never') {
    const outcome = rule.effect === 'deny' ? denyOfAbsent(condition) : grantOnAbsent(condition);
    say(at, `tokens of "${issuer.name}" never hold "${claim}"${outcome}`, writeInstead(condition, fact.meant, preset));
    return;
  }
  if (test.op === 'exists' && !test.present && preset.alwaysPresent?.includes(nameOf(condition))) {
    const outcome = rule.effect === 'deny' ? 'the rule denies nobody' : 'the rule never matches';
    say(at, `every token of "${issuer.name}" holds "${claim}", so ${outcome}`, 'remove the condition');
    return;
  }
  const leaves = leavesOf(test, at);
  const known = fact.kind === 'sent' ? fact.known : null;
  const dead = leaves.flatMap((leaf) => {
    const found = deadValue(claim, leaf, known, preset);
    return found === null ? [] : [{ leaf, ...found }];
  });
  // Beside values that can be, one that cannot leaves a denial that holds.
  const all = dead.length === leaves.length;
  const tell = all ? say : report.warn;
  for (const { leaf, problem, fix } of dead) {
    tell(leaf.path, `${problem}${outcomeOf(leaf, rule.effect === 'deny', all)}`, fix);
  }
}

function outcomeOf({ negated }: Leaf, deny: boolean, all: boolean): string {
  if (deny)
    return !all ? ', so it decides nothing' : negated ? ', so the rule denies everyone' : ', so the rule never denies';
  if (negated) return ', so it keeps nobody out';
  return all ? ', so the rule never matches' : ', so it lets nobody in';
}

function denyOfAbsent({ test }: Condition): string {
  return test.op === 'exists' && !test.present
    ? ', so the rule denies everyone'
    : ', and an absent claim is unknown, so the rule denies everyone';
}

function grantOnAbsent({ test }: Condition): string {
  return test.op === 'exists' && !test.present ? ', so it keeps nobody out' : ', so the rule never matches';
}

/** The condition under the claim that was meant, with its value in the form that this claim has. */
function writeInstead({ claim, test }: Condition, meant: string | null, preset: Preset): string {
  if (meant === null) return `write a claim that they hold${examplesOf(preset)}`;
  const fact = claimFact(meant, preset);
  const text = test.op === 'equals' ? test.value : test.op === 'like' ? test.pattern : null;
  if (typeof text !== 'string' || fact.kind !== 'sent') return `did you mean "${meant}"?`;
  const fits = test.op === 'like' ? canMatch(text, fact.known) : canBe(text, fact.known);
  const values = fits ? [text] : meantValues(text, likeFirst(fact.known, claim));
  if (values === null) return `did you mean "${meant}"?`;
  const value = yamlValues(values);
  return `did you mean ${meant}: ${fact.known.type === 'list' ? `{ contains: ${value} }` : value}?`;
}

/** With the examples in front that speak of what the claim was called, such as those of tags. */
function likeFirst(known: KnownClaim, claim: string): KnownClaim {
  if (known.form === undefined || !/tag/i.test(claim)) return known;
  const examples = known.form.examples.toSorted((a, b) => Number(b.includes('tag')) - Number(a.includes('tag')));
  return { ...known, form: { ...known.form, examples } };
}

/** Further claims than these are on the provider's page. */
const MAX_CLAIMS = 6;

export function examplesOf(preset: Preset): string {
  const page = PRESET_NAMES.find((name) => PRESETS[name] === preset);
  const some = [...new Set([...(preset.pins ?? []), ...(preset.alwaysPresent ?? [])])].slice(0, MAX_CLAIMS);
  return `, such as ${some.join(', ')}; docs/providers/${page}.md says more`;
}
