// The form of a claim's value, a regular expression of a preset, as an automaton. It knows the plain constructs that presets use; of a
// form with others (look-ahead, back references, Unicode classes) it says nothing. No I/O.

import { ANYTHING, type Automaton, build, complement, one, type Part } from './automaton.ts';

type Ranges = Extract<Part, { kind: 'set' }>['ranges'];

/** Presets are a few dozen, and each form is asked about by many rules; the linter owns what it has read. */
const known = new WeakMap<RegExp, Automaton | null>();

/** Null when the form holds a construct that is not read here. */
export function formAutomaton(form: RegExp): Automaton | null {
  const read = known.get(form);
  if (read !== undefined) return read;
  const part = parseForm(form);
  const automaton = part === null ? null : build(part);
  known.set(form, automaton);
  return automaton;
}

const CLASSES: Readonly<Record<string, Ranges>> = {
  d: [[0x30, 0x39]],
  w: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  s: [
    [0x09, 0x0d],
    [0x20, 0x20],
    [0xa0, 0xa0],
  ],
};

function parseForm({ source, flags }: RegExp): Part | null {
  return /[^iu]/.test(flags) ? null : createParser([...source], flags.includes('i')).whole();
}

function createParser(text: readonly string[], anyCase: boolean) {
  // Owned by this parser, and used up by one call of whole().
  let at = 0;
  let readable = true;
  /** What follows is not looked at any more. */
  const unread = (): Part => {
    readable = false;
    at = text.length;
    return ANYTHING;
  };
  const take = (wanted: string) => {
    if (text.slice(at, at + wanted.length).join('') !== wanted) return false;
    at += wanted.length;
    return true;
  };
  const set = (ranges: Ranges): Part => ({ kind: 'set', ranges: anyCase ? withBothCases(ranges) : ranges });

  /** Of the whole expression each alternative has anchors of its own. */
  const whole = (): Part | null => {
    const of: Part[] = [];
    do {
      const opened = take('^');
      const body = sequence();
      const closed = take('$');
      of.push({ kind: 'sequence', of: [...(opened ? [] : [ANYTHING]), body, ...(closed ? [] : [ANYTHING])] });
    } while (take('|'));
    return readable && at === text.length ? { kind: 'choice', of } : null;
  };
  const sequence = (): Part => {
    const of: Part[] = [];
    while (at < text.length && !'|)$'.includes(text[at]!)) of.push(quantified(atom()));
    return { kind: 'sequence', of };
  };
  const atom = (): Part => {
    const character = text[at++]!;
    if (character === '(') return group();
    if (character === '[') return set(characterClass());
    if (character === '.') return { kind: 'set', ranges: complement([]) };
    if (character === '\\') return set(escaped());
    return '^*+?{'.includes(character) ? unread() : set(rangesOf(one(character)));
  };
  const group = (): Part => {
    if (!take('?:') && text[at] === '?' && !(text[at + 1] === '<' && /[A-Za-z]/.test(text[at + 2] ?? '')))
      return unread();
    if (take('?<')) at = text.indexOf('>', at) + 1;
    const of = [sequence()];
    while (take('|')) of.push(sequence());
    return take(')') ? { kind: 'choice', of } : unread();
  };
  const escaped = (): Ranges => {
    const character = text[at++];
    if (character === undefined) return rangesOf(unread());
    const known = CLASSES[character.toLowerCase()];
    if (known !== undefined) return character === character.toLowerCase() ? known : complement(known);
    return rangesOf(/[A-Za-z0-9]/.test(character) ? unread() : one(character));
  };
  const characterClass = (): Ranges => {
    const negated = take('^');
    const ranges: Ranges[number][] = [];
    while (readable && !take(']')) {
      const from = classMember();
      if (from.length !== 1 || text[at] !== '-' || text[at + 1] === ']') {
        ranges.push(...from);
        continue;
      }
      at++;
      ranges.push([from[0]![0], classMember()[0]?.[1] ?? from[0]![1]]);
    }
    return negated ? complement(ranges) : ranges;
  };
  const classMember = (): Ranges => {
    const character = text[at++];
    if (character === undefined) return rangesOf(unread());
    return character === '\\' ? escaped() : rangesOf(one(character));
  };
  const quantified = (part: Part): Part => {
    const bounds = quantifier();
    if (bounds === null) return part;
    take('?');
    return { kind: 'repeat', part, least: bounds[0], most: bounds[1] };
  };
  const quantifier = (): readonly [number, number | null] | null => {
    if (take('*')) return [0, null];
    if (take('+')) return [1, null];
    if (take('?')) return [0, 1];
    const counted = /^\{(\d+)(,(\d*))?\}/.exec(text.slice(at).join(''));
    if (counted === null) return null;
    at += counted[0].length;
    const least = Number(counted[1]);
    if (counted[2] === undefined) return [least, least];
    return [least, counted[3] === '' ? null : Number(counted[3])];
  };
  return { whole };
}

function rangesOf(part: Part): Ranges {
  return part.kind === 'set' ? part.ranges : [];
}

const CASE_APART = 0x20;

function withBothCases(ranges: Ranges): Ranges {
  const shifted = (low: number, high: number, by: number): Ranges =>
    ranges.flatMap(([from, to]) => {
      const [a, b] = [Math.max(from, low), Math.min(to, high)];
      return a <= b ? [[a + by, b + by] as const] : [];
    });
  return [...ranges, ...shifted(0x41, 0x5a, CASE_APART), ...shifted(0x61, 0x7a, -CASE_APART)];
}
