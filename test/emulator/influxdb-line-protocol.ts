// Reads line protocol: which lines are valid, and what they say. Lines are independent of each other, so a bad one
// never hides a good one. It knows nothing of schemas: a field that changes its type between lines is accepted.

export type FieldValue = string | number | bigint | boolean;

/** One valid line. */
export interface Point {
  line: string;
  table: string;
  tags: [key: string, value: string][];
  fields: [key: string, value: FieldValue][];
  /** Epoch nanoseconds. */
  time: bigint;
}

/** One invalid line; numbers start at 1. */
export interface LineError {
  message: string;
  lineNumber: number;
  line: string;
}

export type Precision = 'auto' | 'second' | 'millisecond' | 'microsecond' | 'nanosecond';

class LineInvalid extends Error {}

const I64_MAX = (1n << 63n) - 1n;
const U64_MAX = (1n << 64n) - 1n;
const NANOS: Record<Exclude<Precision, 'auto'>, bigint> = {
  second: 1_000_000_000n,
  millisecond: 1_000_000n,
  microsecond: 1_000n,
  nanosecond: 1n,
};

/** Parses a whole body; lines without a timestamp get the time given. */
export function parseLineProtocol(text: string, precision: Precision, nowNanos: bigint) {
  const points: Point[] = [];
  const errors: LineError[] = [];
  for (const { line, lineNumber } of splitLines(text)) {
    try {
      points.push(parseLine(line, precision, nowNanos));
    } catch (error) {
      if (!(error instanceof LineInvalid)) throw error;
      errors.push({ message: error.message, lineNumber, line });
    }
  }
  return { points, errors };
}

/** A newline inside a quoted field value belongs to the value; quotes elsewhere have no meaning. */
function splitLines(text: string): { line: string; lineNumber: number }[] {
  const lines: { line: string; lineNumber: number }[] = [];
  let start = 0;
  let inFields = false;
  let quoted = false;
  for (let i = 0; i <= text.length; i++) {
    const char = text[i];
    if (char === undefined || (char === '\n' && !quoted)) {
      lines.push({ line: text.slice(start, i).trim(), lineNumber: lines.length + 1 });
      start = i + 1;
      inFields = false;
      quoted = false;
    } else if (char === '\\' && text[i + 1] !== '\n') {
      i++;
    } else if (char === ' ' && !inFields && text.slice(start, i).trim() !== '') {
      inFields = true;
    } else if (char === '"' && inFields) {
      quoted = !quoted;
    }
  }
  return lines.filter(({ line }) => line !== '' && !line.startsWith('#'));
}

function parseLine(line: string, precision: Precision, nowNanos: bigint): Point {
  let position = 0;

  /** Takes everything up to one of the stop characters; a backslash takes away their meaning. */
  function takeUntil(stops: string): string {
    let taken = '';
    while (position < line.length && !stops.includes(line[position]!)) {
      const next = line[position + 1];
      if (line[position] === '\\' && next !== undefined && ', ='.includes(next)) position++;
      taken += line[position++];
    }
    return taken;
  }

  function takeQuoted(): string {
    let taken = '';
    for (position++; line[position] !== '"'; position++) {
      if (position >= line.length) throw new LineInvalid('Field Set Malformed');
      if (line[position] === '\\' && '"\\'.includes(line[position + 1] ?? 'none')) position++;
      taken += line[position];
    }
    position++;
    return taken;
  }

  function skipSpaces(): void {
    while (line[position] === ' ') position++;
  }

  const table = takeUntil(', ');
  if (table === '') throw new LineInvalid('Invalid measurement was provided');

  const tags = new Map<string, string>();
  while (line[position] === ',') {
    position++;
    const key = takeUntil('=, ');
    if (key === '' || line[position] !== '=') throw new LineInvalid('Tag Set Malformed');
    position++;
    const value = takeUntil(', =');
    if (value === '' || line[position] === '=') throw new LineInvalid('Tag Set Malformed');
    if (tags.has(key)) throw new LineInvalid(`Must not contain duplicate tags, but "${key}" was repeated`);
    tags.set(key, value);
  }

  skipSpaces();
  if (position >= line.length) throw new LineInvalid('No fields were provided');
  const fields: [string, FieldValue][] = [];
  do {
    if (fields.length > 0) position++;
    const key = takeUntil('=, ');
    if (key === '' || line[position] !== '=') throw new LineInvalid('No fields were provided');
    position++;
    fields.push([key, line[position] === '"' ? takeQuoted() : fieldValue(takeUntil(', '))]);
  } while (line[position] === ',');

  if (position < line.length && line[position] !== ' ') throw trailing(line.slice(position));
  skipSpaces();
  const timestamp = takeUntil(' ');
  if (position < line.length) throw trailing(line.slice(position));
  const time = timestamp === '' ? nowNanos : timestampNanos(timestamp, precision);
  return { line, table, tags: [...tags], fields, time };
}

function trailing(content: string): LineInvalid {
  return new LineInvalid(`Could not parse entire line. Found trailing content: '${content}'`);
}

function fieldValue(text: string): FieldValue {
  if (/^(t|T|true|True|TRUE)$/.test(text)) return true;
  if (/^(f|F|false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?\d+i$/.test(text)) return boundedInteger(text.slice(0, -1), -I64_MAX - 1n, I64_MAX);
  if (/^\d+u$/.test(text)) return boundedInteger(text.slice(0, -1), 0n, U64_MAX);
  if (!/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) throw trailing(text);
  const number = Number(text);
  if (!Number.isFinite(number)) throw new LineInvalid(`Unable to parse floating-point value '${text}'`);
  return number;
}

function boundedInteger(text: string, min: bigint, max: bigint): bigint {
  const value = BigInt(text.replace(/^\+/, ''));
  if (value < min || value > max) throw new LineInvalid(`Unable to parse integer value '${text}'`);
  return value;
}

function timestampNanos(text: string, precision: Precision): bigint {
  if (!/^-?\d+$/.test(text)) throw trailing(text);
  const value = BigInt(text);
  const nanos = value * NANOS[precision === 'auto' ? guessPrecision(value) : precision];
  if (nanos > I64_MAX || nanos < -I64_MAX - 1n) throw new LineInvalid(`Cannot parse timestamp value '${text}'`);
  return nanos;
}

function guessPrecision(value: bigint): Exclude<Precision, 'auto'> {
  const size = value < 0n ? -value : value;
  if (size < 5_000_000_000n) return 'second';
  if (size < 5_000_000_000_000n) return 'millisecond';
  return size < 5_000_000_000_000_000n ? 'microsecond' : 'nanosecond';
}
