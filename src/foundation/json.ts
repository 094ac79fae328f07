// Strict JSON for hostile input (RFC 8259, with the choices of RFC 7493 "I-JSON"): duplicate keys are an error, also when one of
// them is spelled with escapes; nesting is bounded. Kept by hand on purpose: `JSON.parse` keeps the last duplicate silently, and in
// current V8 a key that holds an escape is misread once certain other texts were parsed in the same isolate
// (test/threats/primed-isolate.test.ts). So the engine never reads text that somebody else wrote. No I/O, no state.

import { WrittenNumber } from './written-number.ts';

/** Deeper documents are nobody's token and nobody's request. */
export const MAX_DEPTH = 32;

export type JsonObject = { readonly [key: string]: unknown };

/** The parsed value, or one short phrase that says what is wrong with the text. */
export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

export interface JsonLimits {
  /** Levels of lists and objects, the outermost included; `MAX_DEPTH` when left out. */
  readonly maxDepth?: number;
  /** Refuse keys that are spelled with escapes: for text that another reader will read after this one. */
  readonly plainKeys?: boolean;
  /** Keep the text of numbers that JavaScript would write otherwise, for readers that can do more with it. */
  readonly keepDigits?: boolean;
}

/**
 * Parses JSON text strictly.
 *
 * A number whose text is not the plain form of the safe integer it parses to (`1.0000000000000000001`, `1e3`, `-0`) becomes
 * `NaN`: it equals nothing, so no comparison can be fooled by rounding. Other numbers stay as parsed. With `keepDigits` every
 * number that JavaScript would write otherwise becomes a `WrittenNumber`, which equals nothing either.
 */
export function parseJson(text: string, limits: JsonLimits = {}): JsonResult {
  const { maxDepth = MAX_DEPTH, plainKeys = false, keepDigits = false } = limits;
  const cursor: Cursor = { text, at: 0, room: maxDepth, maxDepth, plainKeys, keepDigits, problem: null };
  const value = readValue(cursor);
  if (cursor.problem === null && cursor.at < text.length) cursor.problem = INVALID;
  return cursor.problem === null ? { ok: true, value } : { ok: false, problem: cursor.problem };
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof WrittenNumber);
}

/** The position of one call of `parseJson`, which makes it and never shares it. */
interface Cursor {
  readonly text: string;
  at: number;
  /** Levels that may still be opened. */
  room: number;
  readonly maxDepth: number;
  readonly plainKeys: boolean;
  readonly keepDigits: boolean;
  /** Once it is set, what the readers return means nothing. */
  problem: string | null;
}

const INVALID = 'it is not valid JSON';
const DUPLICATE = 'a key appears twice in one object';
const ESCAPED_KEY = 'a key is spelled with escapes';

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** Reads a value and the blanks on both sides of it. */
function readValue(cursor: Cursor): unknown {
  let value: unknown;
  switch (peek(cursor)) {
    case QUOTE:
      value = readString(cursor);
      break;
    case OPEN_BRACE:
      value = readNested(cursor, readObject);
      break;
    case OPEN_BRACKET:
      value = readNested(cursor, readList);
      break;
    default:
      value = readScalar(cursor);
  }
  peek(cursor);
  return value;
}

/** Moves to the next character that is not a blank, and returns it; NaN at the end. */
function peek(cursor: Cursor): number {
  for (;;) {
    const code = cursor.text.charCodeAt(cursor.at);
    if (code !== SPACE && code !== LINE_FEED && code !== CARRIAGE_RETURN && code !== TAB) return code;
    cursor.at++;
  }
}

/** Steps over a character that must come next. */
function expect(cursor: Cursor, code: number): void {
  if (cursor.text.charCodeAt(cursor.at) === code) cursor.at++;
  else cursor.problem ??= INVALID;
}

function readNested<T>(cursor: Cursor, read: (cursor: Cursor) => T): T | undefined {
  if (cursor.room === 0) {
    cursor.problem ??= `it is nested deeper than ${cursor.maxDepth} levels`;
    return undefined;
  }
  cursor.room--;
  cursor.at++;
  const value = read(cursor);
  cursor.room++;
  return value;
}

function readObject(cursor: Cursor): JsonObject {
  const object: Record<string, unknown> = {};
  if (peek(cursor) === CLOSE_BRACE) {
    cursor.at++;
    return object;
  }
  while (cursor.problem === null) {
    peek(cursor);
    const start = cursor.at;
    const key = readString(cursor);
    if (cursor.plainKeys && cursor.at - start !== key.length + 2) cursor.problem ??= ESCAPED_KEY;
    if (Object.hasOwn(object, key)) cursor.problem ??= DUPLICATE;
    peek(cursor);
    expect(cursor, COLON);
    const value = readValue(cursor);
    if (key === '__proto__') Object.defineProperty(object, key, { value, ...PLAIN_PROPERTY });
    else object[key] = value;
    if (cursor.text.charCodeAt(cursor.at) !== COMMA) break;
    cursor.at++;
  }
  expect(cursor, CLOSE_BRACE);
  return object;
}

/** An assignment to `__proto__` would set the prototype. */
const PLAIN_PROPERTY = { writable: true, enumerable: true, configurable: true };

function readList(cursor: Cursor): unknown[] {
  const list: unknown[] = [];
  if (peek(cursor) === CLOSE_BRACKET) {
    cursor.at++;
    return list;
  }
  while (cursor.problem === null) {
    list.push(readValue(cursor));
    if (cursor.text.charCodeAt(cursor.at) !== COMMA) break;
    cursor.at++;
  }
  expect(cursor, CLOSE_BRACKET);
  return list;
}

function readString(cursor: Cursor): string {
  const { text } = cursor;
  expect(cursor, QUOTE);
  let decoded = '';
  let from = cursor.at;
  while (cursor.problem === null) {
    const code = text.charCodeAt(cursor.at);
    if (code === QUOTE) {
      const rest = text.slice(from, cursor.at++);
      return decoded === '' ? rest : decoded + rest;
    }
    if (code === BACKSLASH) {
      decoded += text.slice(from, cursor.at) + readEscape(cursor);
      from = cursor.at;
    } else if (code >= SPACE) {
      cursor.at++;
    } else {
      // A bare control character, or the end.
      cursor.problem = INVALID;
    }
  }
  return decoded;
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['/', '/'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

const FOUR_HEX_DIGITS = /^[0-9A-Fa-f]{4}$/;

function readEscape(cursor: Cursor): string {
  const letter = cursor.text.charAt(cursor.at + 1);
  if (letter === 'u') {
    const digits = cursor.text.slice(cursor.at + 2, cursor.at + 6);
    cursor.at += 6;
    if (FOUR_HEX_DIGITS.test(digits)) return String.fromCharCode(Number.parseInt(digits, 16));
  } else {
    const meant = ESCAPES.get(letter);
    cursor.at += 2;
    if (meant !== undefined) return meant;
  }
  cursor.problem ??= INVALID;
  return '';
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

function readScalar(cursor: Cursor): unknown {
  const { text, at } = cursor;
  NUMBER.lastIndex = at;
  if (NUMBER.test(text)) {
    cursor.at = NUMBER.lastIndex;
    const number = text.slice(at, cursor.at);
    const value = Number(number);
    if (cursor.keepDigits && String(value) !== number) return new WrittenNumber(number);
    return Number.isSafeInteger(value) && String(value) !== number ? Number.NaN : value;
  }
  for (const [word, value] of WORDS) {
    if (text.startsWith(word, at)) {
      cursor.at += word.length;
      return value;
    }
  }
  cursor.problem ??= INVALID;
  return undefined;
}

const WORDS: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
