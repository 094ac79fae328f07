// RFC 7519 section 2: a NumericDate is a JSON number of seconds, which may have a fraction or an exponent. Read from its digits, since a
// double would round before we do. No I/O, no clock.

import { WrittenNumber } from '../foundation/written-number.ts';

const NUMBER = /^(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;
/** A safe integer has 16 digits; beyond this no exponent leads to a time. */
const MAX_EXPONENT = 400;

/** Whole seconds; null when it is no number or far from any time. */
export function numericDate(value: unknown, rounded: 'up' | 'down'): number | null {
  if (Number.isSafeInteger(value)) return value as number;
  if (typeof value !== 'number' && !(value instanceof WrittenNumber)) return null;
  const match = NUMBER.exec(String(value));
  if (match === null) return null;
  const [, sign, whole, fraction = '', exponent = '0'] = match as unknown as [string, string, string, string?, string?];
  const shift = Number(exponent);
  if (Math.abs(shift) > MAX_EXPONENT) return null;
  const digits = whole + fraction;
  const point = whole.length + shift;
  const before = point <= 0 ? '' : digits.slice(0, point).padEnd(point, '0');
  const rest = /[1-9]/.test(point <= 0 ? digits : digits.slice(point));
  const magnitude = Number(before);
  // Away from zero where the sign and the direction agree.
  const seconds = rest && (sign === '-') === (rounded === 'down') ? magnitude + 1 : magnitude;
  if (!Number.isSafeInteger(seconds)) return null;
  return sign === '-' && seconds !== 0 ? -seconds : seconds;
}
