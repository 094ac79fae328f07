// Strict JSON for hostile input (RFC 8259, with the choices of RFC 7493 "I-JSON"): duplicate keys are an error, also when one of
// them is spelled with escapes; nesting is bounded. `JSON.parse` alone keeps the last duplicate silently, so that two readers
// of one token could see two different claims. No I/O.

/** Deeper documents are nobody's token and nobody's request. */
export const MAX_DEPTH = 32;

export type JsonObject = { readonly [key: string]: unknown };

/** The parsed value, or one short phrase that says what is wrong with the text. */
export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: string };

/**
 * Parses JSON text strictly.
 *
 * A number whose text is not the plain form of the safe integer it parses to (`1.0000000000000000001`, `1e3`, `-0`) becomes
 * `NaN`: it equals nothing, so no comparison can be fooled by rounding. Other numbers stay as parsed.
 */
export function parseJson(text: string): JsonResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'it is not valid JSON' };
  }
  const scan = scanStructure(text);
  if (scan.problem !== null) return { ok: false, problem: scan.problem };
  return { ok: true, value: scan.roundedNumbers ? parseExactly(text) : value };
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Scan {
  readonly problem: string | null;
  readonly roundedNumbers: boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;

const NUMBER = /-?[0-9][0-9.eE+-]*/y;

/** Walks text that `JSON.parse` has accepted, so it need not check the grammar again. */
function scanStructure(text: string): Scan {
  // One entry for every open bracket: the keys seen so far in an object, or null in an array.
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  let roundedNumbers = false;

  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at + 1);
      if (expectKey) {
        const keys = open[open.length - 1];
        const raw = text.slice(at + 1, end);
        const key = raw.includes('\\') ? (JSON.parse(text.slice(at, end + 1)) as string) : raw;
        if (keys?.has(key)) return { problem: 'a key appears twice in one object', roundedNumbers };
        keys?.add(key);
        expectKey = false;
      }
      at = end;
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (open.length === MAX_DEPTH) return { problem: `it is nested deeper than ${MAX_DEPTH} levels`, roundedNumbers };
      open.push(code === OPEN_BRACE ? new Set() : null);
      expectKey = code === OPEN_BRACE;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop();
      expectKey = false;
    } else if (code === COMMA) {
      expectKey = open[open.length - 1] !== null;
    } else if (code === MINUS || (code >= 0x30 && code <= 0x39)) {
      NUMBER.lastIndex = at;
      const token = NUMBER.exec(text)![0];
      roundedNumbers ||= isRounded(token);
      at += token.length - 1;
    } else if (code === COLON) {
      expectKey = false;
    }
  }
  return { problem: null, roundedNumbers };
}

function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (isEscaped(text, end, from)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, quote: number, from: number): boolean {
  let backslashes = 0;
  while (quote - 1 - backslashes >= from && text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

function isRounded(token: string): boolean {
  const value = Number(token);
  return Number.isSafeInteger(value) && String(value) !== token;
}

function parseExactly(text: string): unknown {
  // On Node 20, where the command may run, there is no context: then no number of such a text is taken for exact.
  const reviver = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && (context?.source === undefined || isRounded(context.source)) ? Number.NaN : value;
  // TypeScript's library does not know the third argument yet (ECMAScript proposal "JSON.parse source text access").
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}
