// One value or pattern of a condition that its claim can never have: of another type, excluded by the form of the claim's values, or
// written in the language of another product. Says what is wrong and what to write. It reports nothing itself. No I/O.

import type { KnownClaim, Preset } from '../../../identity/preset.ts';
import type { Scalar, Test } from '../../language/condition.ts';
import type { Path } from '../source.ts';
import { claimsInside } from './claim-facts.ts';
import { type ForeignPattern, foreignPattern, UNFILLED } from './foreign-patterns.ts';
import { canBe, canMatch, exampleOf, meantByPattern, meantValues, yamlScalar, yamlValues } from './value-advice.ts';

/** A value or pattern at any depth of a condition. */
export interface Leaf {
  readonly test: Extract<Test, { op: 'equals' | 'like' }>;
  readonly path: Path;
  /** Held against the elements of a list. */
  readonly inList: boolean;
  readonly negated: boolean;
  /** It is the whole of the condition. */
  readonly whole: boolean;
}

export interface DeadValue {
  readonly problem: string;
  readonly fix: string;
}

export function leavesOf(test: Test, path: Path): readonly Leaf[] {
  const walk = (one: Test, at: Path, inList: boolean, negated: boolean): readonly Leaf[] => {
    switch (one.op) {
      case 'equals':
        return [{ test: one, path: at, inList, negated, whole: one === test }];
      case 'like':
        return [{ test: one, path: [...at, 'like'], inList, negated, whole: one === test }];
      case 'any':
        return one.of.flatMap((part, index) => walk(part, [...at, index], inList, negated));
      case 'contains':
        return walk(one.element, [...at, 'contains'], true, negated);
      case 'not':
        return walk(one.test, [...at, 'not'], inList, !negated);
      default:
        return [];
    }
  };
  return walk(test, path, false, false);
}

/** What is wrong with it, or null. @param known null where nothing is known of the claim */
export function deadValue(claim: string, leaf: Leaf, known: KnownClaim | null, preset: Preset): DeadValue | null {
  const written = (value: string) => (leaf.whole ? `write ${claim}: ${value}` : `write ${value}`);
  const ofType = known === null ? null : wrongType(claim, leaf, known, preset);
  if (ofType !== null) return ofType;
  if (leaf.test.op === 'like') return deadPattern(claim, leaf.test.pattern, known, written);
  const { value } = leaf.test;
  return typeof value === 'string' ? deadText(claim, value, leaf, known, written) : null;
}

function deadText(
  claim: string,
  text: string,
  leaf: Leaf,
  known: KnownClaim | null,
  written: (value: string) => string,
): DeadValue | null {
  const foreign = foreignPattern(text, false, isFormed(known));
  if (foreign?.negated === true) {
    const meant = meantByPattern(foreign, known);
    return {
      problem: `"${text}" is compared as it stands, "!" included`,
      fix: `write ${claim}: { not: ${yamlValues(meant ?? foreign.meant)} }`,
    };
  }
  const excluded = known !== null && !canBe(text, known);
  if (text.includes('*') && !leaf.inList && foreign === null && (known === null || excluded || isFormed(known))) {
    const fits = known === null || canMatch(text, known);
    const meant = fits ? [text] : (meantValues(text, known) ?? [text]);
    const fix = text === '*' || text === '**' ? `${claim}: { exists: true }` : null;
    return {
      problem: `"${text}" is no pattern here: an equality takes * as itself`,
      fix: fix === null ? written(yamlValues(meant)) : `write ${fix}`,
    };
  }
  if (foreign !== null) {
    const meant = meantByPattern(foreign, known);
    return {
      problem: `"${text}" is ${foreign.what}, and stands for itself here`,
      fix: adviceOn(foreign, meant, written),
    };
  }
  return excluded ? { problem: `"${claim}" is never "${text}"`, fix: adviceFor(claim, text, known, written) } : null;
}

function deadPattern(
  claim: string,
  pattern: string,
  known: KnownClaim | null,
  written: (value: string) => string,
): DeadValue | null {
  const foreign = foreignPattern(pattern, true, isFormed(known));
  if (foreign !== null) {
    const meant = meantByPattern(foreign, known);
    if (foreign.negated)
      return {
        problem: `"!" stands for itself in the pattern "${pattern}"`,
        fix: `write ${claim}: { not: ${yamlValues(meant ?? foreign.meant)} }`,
      };
    return {
      problem: `"${pattern}" is ${foreign.what}, and all but * and ** stands for itself here`,
      fix: adviceOn(foreign, meant, written),
    };
  }
  if (known === null || canMatch(pattern, known)) return null;
  const stops = pattern.includes('*') && canMatch(pattern.replace(/\*+/g, '**'), known);
  const why = stops ? ' (* stops at "/" and ":", ** does not)' : '';
  return { problem: `"${claim}" is never like "${pattern}"${why}`, fix: adviceFor(claim, pattern, known, written) };
}

function adviceOn(
  { what }: ForeignPattern,
  meant: readonly string[] | null,
  written: (value: string) => string,
): string {
  if (what === UNFILLED) return 'write the value itself: nothing is filled in here';
  return meant === null ? PATTERN_ADVICE : written(yamlValues(meant));
}

const PATTERN_ADVICE =
  'write { like: } with what stands before and after, * for anything up to the next "/" or ":", ** for anything at all, and a list for alternatives';

function adviceFor(claim: string, text: string, known: KnownClaim, written: (value: string) => string): string {
  const meant = meantValues(text, known);
  if (meant !== null) return written(yamlValues(meant));
  const example = exampleOf(known);
  return example === null ? `write a value that "${claim}" has` : `write a value such as ${example}`;
}

/** Its values have a form or are few, and none of them holds what patterns are made of. */
function isFormed(known: KnownClaim | null): boolean {
  const shown = known?.values ?? known?.form?.examples;
  return shown !== undefined && !shown.some((one) => /[*?[\]^$\\|]/.test(String(one)));
}

const TYPES = { text: 'text', number: 'a number', boolean: 'true or false', list: 'a list', object: 'an object' };

function wrongType(claim: string, leaf: Leaf, { type }: KnownClaim, preset: Preset): DeadValue | null {
  const { test, inList } = leaf;
  const wanted: Scalar = test.op === 'like' ? test.pattern : test.value;
  const value = test.op === 'like' ? yamlValues([test.pattern]) : yamlScalar(wanted);
  const wrong = (problem: string, fix: string) => ({ problem: `"${claim}" is ${TYPES[type]}${problem}`, fix });
  switch (type) {
    case 'list':
      return inList ? null : wrong(', which is never one value', `write ${claim}: { contains: ${value} }`);
    case 'object': {
      const inside = claimsInside(claim, preset).slice(0, 3);
      const at = claim.startsWith('/') ? claim : `/${claim.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      const named = inside.length === 0 ? `${at}/KEY` : inside.join(' or ');
      return wrong(', which is never one value', `address a value in it, as ${named}`);
    }
    case 'text':
      return null;
    case 'number':
      if (inList) return wrong(', and "contains" looks into lists', `write ${claim}: ${value}`);
      if (typeof wanted === 'number') return null;
      return wrong(
        ' and never equals text',
        /^\d+$/.test(String(wanted)) ? `write ${claim}: ${wanted}, without quotes` : `write ${claim}: 12, a number`,
      );
    case 'boolean':
      if (inList) return wrong(', and "contains" looks into lists', `write ${claim}: ${value}`);
      if (typeof wanted === 'boolean') return null;
      return wrong(
        ', without quotes',
        /^(false|no|off|0)$/i.test(String(wanted)) ? `write ${claim}: false` : `write ${claim}: true`,
      );
  }
}
