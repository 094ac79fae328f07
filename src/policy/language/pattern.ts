// The pattern language of `like` and of database names in rules: `*` stops at "/" and ":", `**` does not, everything else stands for
// itself. A pattern matches the whole value or nothing. There are no regular expressions: time is linear in the value. Kept by hand
// on purpose: glob libraries mean other things by `*`, and backtrack. No I/O.

const STAR = -1;
const DOUBLE_STAR = -2;
const SLASH = 0x2f;
const COLON = 0x3a;
const ASTERISK = 0x2a;

interface Pattern {
  readonly tokens: readonly number[];
  /** What stands before the first star and after the last. Most values differ there, and nothing has to be simulated. */
  readonly before: string;
  readonly after: string;
}

/** True when the pattern matches the whole value. Simulates the pattern's automaton: at most pattern times value steps. */
export function matchesPattern(pattern: string, value: string): boolean {
  const { tokens, before, after } = parsePattern(pattern);
  if (!value.startsWith(before) || !value.endsWith(after)) return false;
  // `seenAt[p]` is the step at which position p was last entered, so that no position is entered twice in one step.
  const seenAt = new Int32Array(tokens.length + 1).fill(-1);
  let active = enter([], seenAt, tokens, before.length, before.length);
  for (let at = before.length; at < value.length && active.length > 0; at++) {
    const code = value.charCodeAt(at);
    const next: number[] = [];
    for (const position of active) {
      const token = tokens[position];
      if (token === DOUBLE_STAR || (token === STAR && code !== SLASH && code !== COLON)) {
        enter(next, seenAt, tokens, position, at + 1);
      } else if (token === code) {
        enter(next, seenAt, tokens, position + 1, at + 1);
      }
    }
    active = next;
  }
  return active.includes(tokens.length);
}

/** Patterns stand in rules, so there are few of them and each is used again and again. */
const parsedPatterns = new Map<string, Pattern>();
const MAX_PARSED = 4_096;

function parsePattern(text: string): Pattern {
  const known = parsedPatterns.get(text);
  if (known !== undefined) return known;
  const [before, after] = [text.split('*', 1)[0]!, text.slice(text.lastIndexOf('*') + 1)];
  const pattern = { tokens: tokenise(text), before, after };
  if (parsedPatterns.size >= MAX_PARSED) parsedPatterns.clear();
  parsedPatterns.set(text, pattern);
  return pattern;
}

/** Adds a position and those that a star before them lets in without consuming anything. */
function enter(into: number[], seenAt: Int32Array, tokens: readonly number[], from: number, step: number): number[] {
  for (let position = from; position <= tokens.length; position++) {
    if (seenAt[position] === step) break;
    seenAt[position] = step;
    into.push(position);
    if (tokens[position] !== STAR && tokens[position] !== DOUBLE_STAR) break;
  }
  return into;
}

function tokenise(pattern: string): number[] {
  const tokens: number[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const code = pattern.charCodeAt(at);
    if (code !== ASTERISK) {
      tokens.push(code);
    } else if (pattern.charCodeAt(at + 1) === ASTERISK) {
      tokens.push(DOUBLE_STAR);
      at++;
    } else {
      tokens.push(STAR);
    }
  }
  return tokens;
}
