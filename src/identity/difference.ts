// What two texts differ in when they look alike: the difference that nobody sees in a log. For people; never used to decide. No I/O.

/** A phrase for a difference that is easily overlooked, or null when the two plainly differ. */
export function slightDifference(a: string, b: string): string | null {
  if (a === b) return null;
  if (a.toLowerCase() === b.toLowerCase()) return 'they differ only in case';
  if (a.replace(/\/$/, '') === b.replace(/\/$/, '')) return 'they differ only in the slash at the end';
  if (a.replace(/\s/gu, '') === b.replace(/\s/gu, '')) return 'they differ only in white space';
  return null;
}
