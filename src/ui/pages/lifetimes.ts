// The lifetimes to choose from under a rule: round ones within its bounds, its own default and its maximum. No I/O.

import type { OfferedRule } from '../../service/offer.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ROUND = [5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, DAY, 7 * DAY, 30 * DAY];
/** What fits into one look. */
const MAX_CHOICES = 6;

export interface Lifetime {
  readonly seconds: number;
  readonly chosen: boolean;
}

export function lifetimesOf({ ttl, share }: Pick<OfferedRule, 'ttl' | 'share'>): readonly Lifetime[] {
  // A shared token has one life alone.
  const round = share ? [] : ROUND.filter((seconds) => seconds < ttl.max).slice(1 - MAX_CHOICES);
  const own = share ? [ttl.max] : [ttl.default, ttl.max];
  const all = [...new Set([...round, ...own])].sort((a, b) => a - b);
  const kept = all.length <= MAX_CHOICES ? all : all.filter((seconds, at) => at > 0 || seconds === ttl.default);
  return kept.map((seconds) => ({ seconds, chosen: seconds === (share ? ttl.max : ttl.default) }));
}
