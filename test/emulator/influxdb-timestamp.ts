// Timestamps in the two forms InfluxDB prints them. The server's date library drops the fraction when it is zero and
// otherwise prints 3, 6 or 9 digits, which differs from Date.prototype.toISOString. It never reads a clock.

/** RFC 3339 with Z from epoch milliseconds, as in the answer to a token creation. */
export function formatUtc(millis: number): string {
  return `${formatLocal(BigInt(millis) * 1_000_000n)}Z`;
}

/** The same without a zone from epoch nanoseconds, as in query results. */
export function formatLocal(nanos: bigint): string {
  const seconds = floorDivide(nanos, 1_000_000_000n);
  const fraction = nanos - seconds * 1_000_000_000n;
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, -5).replace(/^\+0+/, '+');
  if (fraction === 0n) return whole;
  const digits = fraction.toString().padStart(9, '0');
  return `${whole}.${digits.replace(/^(\d{3}|\d{6})0+$/, '$1').slice(0, 9)}`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}
