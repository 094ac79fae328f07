// How long an admin token that the command makes may live.
// It only reads the option, and never makes a token.

import { parseDuration } from '../../policy/language/duration.ts';
import type { Parsed } from '../../policy/language/permission.ts';

const SHORTEST_LIFE = 3_600;
const LONGEST_LIFE = 366 * 86_400;

export const DEFAULT_ADMIN_LIFE = '90d';

/** `--expires` in seconds. */
export function readAdminLife(text: string): Parsed<number> {
  const life = parseDuration(text);
  return life === null || life < SHORTEST_LIFE || life > LONGEST_LIFE
    ? { ok: false, problem: '--expires takes a duration from 1h to 366d, such as 90d' }
    : { ok: true, value: life };
}
