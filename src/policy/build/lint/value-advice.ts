// What to write in place of a value that a claim never has: the value that the author most likely meant, as YAML. It looks at what is
// known of the claim's values and decides nothing. No I/O.

import type { KnownClaim } from '../../../identity/preset.ts';
import { nearestKey } from '../../language/nearest-key.ts';
import { matchesPattern } from '../../language/pattern.ts';
import { overlaps, patternAutomaton } from './automaton.ts';
import type { ForeignPattern } from './foreign-patterns.ts';
import { formAutomaton } from './form.ts';

/** Whether a claim with these facts can be this text. */
export function canBe(text: string, { values, form }: KnownClaim): boolean {
  if (values !== undefined && !values.some((value) => value === text)) return false;
  return form === undefined || form.pattern.test(text);
}

/** Whether a claim with these facts can be what the pattern matches. Where that cannot be told, it can. */
export function canMatch(pattern: string, { values, form }: KnownClaim): boolean {
  if (values !== undefined) return values.some((value) => typeof value === 'string' && matchesPattern(pattern, value));
  if (form === undefined) return true;
  const opening = pattern.slice(0, pattern.indexOf('*'));
  const refused = refusedOpening(form.pattern);
  if (!pattern.includes('*')) return form.pattern.test(pattern);
  if (refused?.test(opening) === true) return false;
  const automaton = formAutomaton(form.pattern);
  return automaton === null || overlaps(patternAutomaton(pattern), automaton);
}

/** Of a form `^(?!x)`, the values that begin with x: an automaton cannot say so, and presets use it for nothing else. */
function refusedOpening({ source }: RegExp): RegExp | null {
  const opening = /^\^\(\?!((?:[^()]|\([^()]*\))*)\)/.exec(source)?.[1];
  return opening === undefined ? null : new RegExp(`^(?:${opening})`);
}

/** As YAML takes it inside braces. */
export function yamlScalar(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return /^[A-Za-z_/][\w./@-]*(:[\w./@-]+)*$/.test(value) && !/^(true|false|null|~)$/i.test(value)
    ? value
    : JSON.stringify(value);
}

function yamlPattern(pattern: string): string {
  return pattern.includes('*') ? `{ like: ${JSON.stringify(pattern)} }` : yamlScalar(pattern);
}

export function yamlValues(texts: readonly string[]): string {
  const written = texts.map(yamlPattern);
  return written.length === 1 ? written[0]! : `[${written.join(', ')}]`;
}

/** The value or values that were meant, or null. */
export function meantValues(text: string, known: KnownClaim): readonly string[] | null {
  const single = meantValue(text, known);
  if (single !== null) return [single];
  const parts = text.split(/\s*[,|;]\s*|\s+(?:or\s+)?/).filter((part) => part !== '');
  const meant = parts.map((part) => (fits(part, known) ? part : meantValue(part, known)));
  return parts.length > 1 && meant.every((one) => one !== null) ? meant : null;
}

function fits(text: string, known: KnownClaim): boolean {
  return text.includes('*') ? canMatch(text, known) : canBe(text, known);
}

function meantValue(text: string, known: KnownClaim): string | null {
  const listed = known.values?.filter((value): value is string => typeof value === 'string' && value !== '') ?? [];
  const same = listed.find((value) => letters(value) === letters(text)) ?? nearestKey(text, listed);
  if (same !== null && same !== undefined) return same;
  const trimmed = text.trim().replace(/^["']|["']$/g, '');
  const bare = trimmed.replace(/^\/|\/$/g, '');
  const inner = trimmed.replace(/^(origin|remotes\/origin)\//, '');
  const candidates = [
    ...(text.includes('*') ? [text.replace(/\*+/g, '**')] : []),
    ...[
      trimmed,
      bare,
      trimmed.replace(/^[a-z]+:\/\//, ''),
      bare.toLowerCase(),
      bare.toLowerCase().replace(/[-\s.]+/g, '_'),
    ],
    ...(known.form?.examples ?? []).flatMap((example) => underOpening(inner.replace(/^\//, ''), example)),
    ...[trimmed.replace(/^refs\/(heads|tags|pull|merge-requests)\//, ''), `{${trimmed}}`],
    ...[/^\W*\d+\W*$/.test(trimmed) ? trimmed.replace(/\D/g, '') : ''],
  ];
  return candidates.find((one) => one !== text && one !== '' && one !== '**' && fits(one, known)) ?? null;
}

/** The text behind the opening of an example, such as `main` as `refs/heads/main`; what of the opening is there already stays. */
function underOpening(text: string, example: string): readonly string[] {
  const opening = example.slice(0, Math.max(example.lastIndexOf('/'), example.lastIndexOf(':')) + 1);
  if (opening === '') return [];
  const scheme = /^[a-z]+:\/\//.exec(opening)?.[0];
  if (scheme !== undefined && !text.startsWith(scheme)) return [scheme + text];
  const parts = opening.split(/(?<=[/:])/);
  for (let kept = 0; kept < parts.length; kept++) {
    const there = parts.slice(kept).join('');
    if (text.toLowerCase().startsWith(there.toLowerCase())) return [opening + text.slice(there.length)];
  }
  return text.startsWith(parts[0]!) ? [] : [opening + text];
}

/** What a pattern of another language most likely means, with ** where * would stop short. */
export function meantByPattern({ meant }: ForeignPattern, known: KnownClaim | null): readonly string[] | null {
  const fitting = meant.map((one) => {
    if (known === null || fits(one, known)) return one;
    const wide = one.replace(/\*+/g, '**');
    return fits(wide, known) ? wide : meantValue(one, known);
  });
  return fitting.length > 0 && fitting.every((one) => one !== null) ? fitting : null;
}

/** Without a better idea: what such a value looks like. */
export function exampleOf({ values, form }: KnownClaim): string | null {
  const shown = (values ?? form?.examples ?? []).filter((value) => value !== '').slice(0, MAX_EXAMPLES);
  return shown.length === 0 ? null : shown.map(yamlScalar).join(values === undefined ? ' or ' : ', ');
}

const MAX_EXAMPLES = 8;

function letters(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}
