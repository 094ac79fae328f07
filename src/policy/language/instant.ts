// A point in time as people write it in a policy: a date, which is its first moment in UTC, or a time of RFC 3339 with its offset. Kept by
// hand because `Date.parse` accepts other forms, some of them in the time zone of the machine. No I/O. No clock.

export const NO_INSTANT = 'it is a day such as 2026-12-31, or a time with its offset such as 2026-12-31T18:00:00+01:00';

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** RFC 3339 section 5.6. A leap second is no time of a rule. */
const TIME =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d+)?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** Whole seconds since the epoch, a fraction cut off; null when it is no point in time. */
export function parseInstant(text: string): number | null {
  if (DAY.test(text)) return startOf(text);
  const [, day, hours, minutes, seconds, sign, offsetHours = '0', offsetMinutes = '0'] = TIME.exec(text) ?? [];
  const start = day === undefined ? null : startOf(day);
  if (start === null) return null;
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * (sign === '-' ? -60 : 60);
  return start + (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds) - offset;
}

/** Null for a day that no month has. */
function startOf(day: string): number | null {
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day) ? time / 1000 : null;
}

/** The point in time that somebody most likely meant, in the form that is read; null where that is a guess. */
export function instantMeant(given: unknown): string | null {
  const match =
    /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[Tt ]+(\d{1,2}:\d{2})(:\d{2})?(?:\.\d+)?)?\s*([Zz]|UTC|GMT|[+-]\d{2}:?\d{2})?$/.exec(
      String(given),
    );
  if (match === null) return null;
  const [, year, month, day, time, seconds = ':00', zone = 'Z'] = match as unknown as [string, ...string[]];
  const date = `${year}-${month!.padStart(2, '0')}-${day!.padStart(2, '0')}`;
  const offset = /^[+-]/.test(zone) ? zone.replace(/^(...):?(..)$/, '$1:$2') : 'Z';
  const written = time === undefined ? date : `${date}T${time.padStart(5, '0')}${seconds}${offset}`;
  return parseInstant(written) === null ? null : written;
}
