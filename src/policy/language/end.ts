// The end of an allow rule: whether it is over, and how people read it. The time is always given; there is no clock here. No I/O.

import type { AllowRule } from './compiled.ts';

/** `now` in milliseconds since the epoch. A rule grants up to its end, and not at it. */
export function hasEnded({ until }: AllowRule, now: number): boolean {
  return until !== null && now >= until * 1000;
}

/** For programs: `2026-12-31T00:00:00Z`. */
export function formatEnd(until: number): string {
  return new Date(until * 1000).toISOString().replace('.000Z', 'Z');
}

/** For people: `2026-12-31 at 00:00 UTC`. */
export function describeEnd(until: number): string {
  const [date, time] = formatEnd(until).slice(0, -1).split('T') as [string, string];
  return `${date} at ${time.replace(/:00$/, '')} UTC`;
}
