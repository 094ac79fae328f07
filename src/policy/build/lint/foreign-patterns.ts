// Patterns as other products write them: regular expressions, shell globs, SQL. Here they stand for themselves and match nothing. Finds
// them, and says which patterns of this language come nearest to what was meant. It knows nothing of claims. No I/O.

export interface ForeignPattern {
  /** What it is, as in "it is a regular expression". */
  readonly what: string;
  /** The same in this language, one for each alternative; empty when that cannot be told. */
  readonly meant: readonly string[];
  /** It asks for what is not this. */
  readonly negated: boolean;
}

type Sign = readonly [what: string, sign: RegExp];

const EXPRESSION = 'a regular expression';
const GLOB = "a shell's pattern";
export const UNFILLED = 'an expression that nothing fills in';

/** Signs that no name or address bears by chance. */
const ANYWHERE: readonly Sign[] = [
  [UNFILLED, /\$\{|\{\{|\$\(/],
  [EXPRESSION, /^\/?\^/],
  [EXPRESSION, /\.\+/],
  [EXPRESSION, /(?<![A-Za-z0-9*])\.\*(?!\*)/],
  [EXPRESSION, /\((\?:)?[^()]*\|[^()]*\)/],
  [EXPRESSION, /\\[dws](?=[+*{?$\]\-./]|$)/i],
  [EXPRESSION, /\\[./\-^$+?()[\]{}|]/],
  [EXPRESSION, /\[\[:\w+:\]\]|\[[^\]]*\w-\w[^\]]*\][+{]/],
  [GLOB, /\[[!^]?[^\]]*\w-\w[^\]]*\]|\[[!^]/],
  [GLOB, /\{[^{}]*,[^{}]*\}/],
  ['a negation', /^!=? ?[^ ]/],
];

/** In a pattern alone: an equality may hold an address with a query. */
const IN_PATTERNS: readonly Sign[] = [
  [GLOB, /\?(?![\w.~-]+=)/],
  [EXPRESSION, /\[[^\]]+\][*+?{]/],
  ["SQL's pattern", /^[^*]*%(?![0-9A-Fa-f]{2})[^*]*$/],
];

/** Where the claim's values have a form, which holds none of these. */
const IN_FORMS: readonly Sign[] = [
  [EXPRESSION, /[$^\\]/],
  [GLOB, /[?[\]]/],
  [EXPRESSION, /^[^|]+(\|[^|]+)+$/],
  ['a list in one text', /^[^\s,;]+([,;]\s*|\s+)\S/],
];

/** @param formed whether the values of the claim have a known form */
export function foreignPattern(text: string, inPattern: boolean, formed: boolean): ForeignPattern | null {
  const signs = [...ANYWHERE, ...(inPattern ? IN_PATTERNS : []), ...(formed ? IN_FORMS : [])];
  const found = signs.find(([, sign]) => sign.test(text));
  if (found === undefined) return null;
  const [what] = found;
  const negated = what === 'a negation';
  const translated = negated ? [text.replace(/^!=? ?/, '')] : translate(text);
  return { what, negated, meant: translated.every((one) => isPlain(one)) ? translated : [] };
}

/** Nothing of another language is left in it, and something that is meant. */
function isPlain(text: string): boolean {
  return /[A-Za-z0-9]/.test(text) && !/[\\^$()[\]{}|?+%]/.test(text.replaceAll('[bot]', ''));
}

function translate(text: string): readonly string[] {
  const bare = text
    .replace(/^\/?\^/, '')
    .replace(/\$\/?[a-z]?$/, '')
    .replaceAll('(?:', '(');
  const open = bare
    .replace(/(?<!\\)\.([*+]\??|\{\d+(,\d*)?\})/g, '*')
    .replace(/\\([./\-@:_])/g, '$1')
    .replace(/(\\[dwsDWS]|\[\[:\w+:\]\]|\[[^\]]*\w-\w[^\]]*\]|\[[!^][^\]]*\])([*+?]|\{\d+(,\d*)?\})*/g, '*')
    .replace(/(?<=\[[^\]]*\])[*+?]/g, '')
    .replace(/\?|%/g, '*');
  return alternatives(open).map((one) => one.replace(/\*{2,}/g, (stars) => (text.includes('**') ? '**' : stars[0]!)));
}

/** More are no list that anyone means. */
const MAX_ALTERNATIVES = 16;

/** Each way through `(a|b)`, `{a,b}` and, without brackets, `a|b`. */
function alternatives(text: string): readonly string[] {
  const group = /\((?:\?:)?([^()]*\|[^()]*)\)|\{([^{}]*,[^{}]*)\}/.exec(text);
  if (group === null) return /[|,;]|\s/.test(text) && !/[()]/.test(text) ? text.split(/\s*[|,;]\s*|\s+/) : [text];
  const of = group[1]?.split('|') ?? group[2]!.split(',');
  const [before, after] = [text.slice(0, group.index), text.slice(group.index + group[0].length)];
  return of.flatMap((one) => alternatives(before + one.trim() + after)).slice(0, MAX_ALTERNATIVES);
}
