// Decodes JSON request bodies as strictly as the server does and words the failures the way it does
// ("serde json error: …"). Integers are kept apart from floating point numbers and are exact, as bigint.
// Unknown members are ignored. The positions in messages are approximate: they always point at the end of the body.
import { Refusal } from './influxdb-http.ts';

/** Turns a parsed value into a T or throws a DecodeError. */
export type Decoder<T> = (value: unknown) => T;

class DecodeError extends Error {}

/** Decodes a body, or refuses it with 400. */
export function decodeJson<T>(text: string, decoder: Decoder<T>): T {
  const lines = text.trimEnd().split('\n');
  const position = `at line ${lines.length} column ${lines.at(-1)!.length}`;
  const refuse = (reason: string) => new Refusal(400, `serde json error: ${reason} ${position}`);
  let value: unknown;
  try {
    value = parseExact(text);
  } catch (error) {
    if (text.trim() === '') throw refuse('EOF while parsing a value');
    throw refuse(/end of JSON|unterminated/i.test(String(error)) ? 'EOF while parsing an object' : 'expected value');
  }
  try {
    return decoder(value);
  } catch (error) {
    if (error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
}

function parseExact(text: string): unknown {
  // The third argument is newer than the typings of JSON.parse; without the source text 1.0 and 1 are the same.
  const reviver = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && /^-?\d+$/.test(context?.source ?? '') ? BigInt(context!.source!) : value;
  return JSON.parse(text, reviver);
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `string ${JSON.stringify(value)}`;
  if (typeof value === 'boolean') return `boolean \`${value}\``;
  if (typeof value === 'bigint') return `integer \`${value}\``;
  if (typeof value === 'number') return `floating point \`${Number.isInteger(value) ? value.toFixed(1) : value}\``;
  return Array.isArray(value) ? 'sequence' : 'map';
}

function wrongType(value: unknown, expected: string): DecodeError {
  return new DecodeError(`invalid type: ${describe(value)}, expected ${expected}`);
}

/** A JSON string. */
export const string: Decoder<string> = (value) => {
  if (typeof value !== 'string') throw wrongType(value, 'a string');
  return value;
};

/** An integer that fits into 64 bits without a sign. */
export const u64: Decoder<bigint> = (value) => {
  if (typeof value !== 'bigint') throw wrongType(value, 'u64');
  if (value < 0n) throw new DecodeError(`invalid value: integer \`${value}\`, expected u64`);
  if (value >= 1n << 64n) throw wrongType(Number(value), 'u64');
  return value;
};

/** Absent and null are the same. */
export function optional<T>(decoder: Decoder<T>): Decoder<T | null> {
  return (value) => (value === undefined || value === null ? null : decoder(value));
}

/** A JSON array. */
export function list<T>(decoder: Decoder<T>): Decoder<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw wrongType(value, 'a sequence');
    return value.map(decoder);
  };
}

/** A JSON object whose members are scalars, such as query parameters. */
export const scalars: Decoder<Record<string, string | number | bigint | boolean | null>> = (value) => {
  if (!isObject(value)) throw wrongType(value, 'a map');
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) throw wrongType(member, 'a scalar parameter value');
  }
  return value as Record<string, string | number | bigint | boolean | null>;
};

/** An object with the given members; type errors are found in document order, missing members after that. */
export function struct<T extends object>(name: string, fields: { [K in keyof T]: Decoder<T[K]> }): Decoder<T> {
  return (value) => {
    if (!isObject(value)) throw wrongType(value, `struct ${name}`);
    const decoded: Partial<T> = {};
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(fields, key)) decoded[key as keyof T] = fields[key as keyof T](value[key]);
    }
    for (const key of Object.keys(fields) as (keyof T & string)[]) {
      if (!Object.hasOwn(decoded, key)) decoded[key] = absent(fields[key], key);
    }
    return decoded as T;
  };
}

function absent<T>(decoder: Decoder<T>, key: string): T {
  try {
    return decoder(undefined);
  } catch {
    throw new DecodeError(`missing field \`${key}\``);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
