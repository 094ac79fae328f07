// Durations as people write them: an integer of seconds, or digits with an optional s, m, h or d. Kept by hand on purpose: libraries
// accept more than a policy should say. No I/O.

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Whole seconds, or null when it is no duration. However large, it is still a duration: limits are the caller's business. */
export function parseDuration(value: unknown): number | null {
  if (typeof value === 'number') return Number.isInteger(value) && value >= 0 ? value : null;
  if (typeof value !== 'string') return null;
  const match = /^([0-9]+)([smhd]?)$/.exec(value);
  if (match === null) return null;
  return Number(match[1]) * SECONDS[match[2] || 's']!;
}

/** The shortest exact form, such as "15m" for 900. */
export function formatDuration(seconds: number): string {
  const unit = (['d', 'h', 'm'] as const).find((name) => seconds >= SECONDS[name]! && seconds % SECONDS[name]! === 0);
  return unit === undefined ? `${seconds}s` : `${seconds / SECONDS[unit]!}${unit}`;
}
