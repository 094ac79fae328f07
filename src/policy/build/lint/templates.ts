// Templates that can yield one and the same database name for two callers: one tenant would reach into another's database. No I/O.

import type { AllowRule } from '../../language/compiled.ts';
import { type Name, showName } from '../../language/entry.ts';
import type { Report } from '../report.ts';
import type { PlacedRule } from './placed-rule.ts';

type Template = Extract<Name, { kind: 'template' }>;

/** Within one rule an error, across rules of one instance a warning. */
export function lintTemplates(rules: readonly PlacedRule<AllowRule>[], report: Report): void {
  const seen: { readonly rule: AllowRule; readonly template: Template }[] = [];
  const fix = 'give them endings or beginnings of which neither contains the other';
  for (const { rule, at } of rules) {
    const path = ['rules', at, 'allow'];
    const templates = templatesOf(rule);
    for (const [position, template] of templates.entries()) {
      const own = templates.slice(0, position).find((other) => canMeet(other, template));
      const foreign = seen.find((one) => one.rule.instance === rule.instance && canMeet(one.template, template));
      if (own !== undefined) {
        report.error(path, `${showName(own)} and ${showName(template)} can yield the same name for two callers`, fix);
      } else if (foreign !== undefined) {
        const { name } = foreign.rule;
        const message = `${showName(template)} can yield the same name as ${showName(foreign.template)} of rule "${name}"`;
        report.warn(path, message, fix);
      }
    }
    if (seen.length < MAX_TEMPLATES) seen.push(...templates.map((template) => ({ rule, template })));
  }
}

/** Bounds the pairs across a table of thousands of templated rules; within one rule all are looked at. */
const MAX_TEMPLATES = 500;

function templatesOf(rule: AllowRule): readonly Template[] {
  const distinct = new Map<string, Template>();
  for (const { name } of rule.entries) if (name.kind === 'template') distinct.set(showName(name), name);
  return [...distinct.values()];
}

/**
 * Whether two different values can make one name. That is so when what stands before the claims agrees as far as the shorter goes,
 * likewise what stands after them, and the claims' alphabet can fill the difference. A claim holds no slash and a name at most one:
 * one slash in the difference keeps the names apart, two may be the same one (`x/{t}` and `{t}/y` both make `x/y`).
 */
function canMeet(a: Template, b: Template): boolean {
  if (a.before === b.before && a.after === b.after) return a.claim !== b.claim;
  const [longBefore, shortBefore] = byLength(a.before, b.before);
  const [longAfter, shortAfter] = byLength(a.after, b.after);
  const rest = longBefore.slice(shortBefore.length) + longAfter.slice(0, longAfter.length - shortAfter.length);
  return longBefore.startsWith(shortBefore) && longAfter.endsWith(shortAfter) && rest.split('/').length !== 2;
}

function byLength(a: string, b: string): readonly [long: string, short: string] {
  return a.length >= b.length ? [a, b] : [b, a];
}
