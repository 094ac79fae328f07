// The query of `GET /v1/tokens`, and the cursor that leads from page to page.
// A cursor never widens what its caller may see.

import * as z from 'zod/mini';
import { decodeBase64urlText, encodeBase64url } from '../foundation/base64url.ts';
import type { ListFilter } from '../service/list.ts';
import { described, lazySchema } from '../web/lazy-schema.ts';

/** Enough for any name: a page may end with a name that we did not make, and InfluxDB sets no limit. */
const MAX_CURSOR_LENGTH = 4_000;

const name = () => z.string().check(z.regex(/^[a-z0-9-]{1,40}$/, 'a name is 1 to 40 of a-z, 0-9 and "-"'));

export const listQuery = lazySchema(() =>
  z.strictObject({
    all: described(z.enum(['true', 'false'], 'true or false'), "Everybody's tokens; for operators."),
    ended: described(
      z.enum(['true', 'false'], 'true or false'),
      "The caller's own tokens that have ended within a day, and why, instead of those that live. Not with `all`.",
    ),
    rule: described(name(), 'Only tokens that this rule granted.'),
    instance: described(name(), 'Only tokens of this InfluxDB instance.'),
    cursor: described(
      z.string().check(
        z.maxLength(MAX_CURSOR_LENGTH),
        z.refine((cursor) => readCursor(cursor) !== null, 'pass the cursor of the page before as it is'),
      ),
      'Leads to the next page.',
    ),
  }),
);

export function listFilter({ all, ended, rule, instance, cursor }: z.output<ReturnType<typeof listQuery>>): ListFilter {
  return {
    all: all === 'true',
    ended: ended === 'true',
    ...(rule === undefined ? {} : { rule }),
    ...(instance === undefined ? {} : { instance }),
    ...(cursor === undefined ? {} : { after: readCursor(cursor) ?? '' }),
  };
}

export function cursorOf(next: string | null): string | null {
  return next === null ? null : encodeBase64url(next);
}

/** The name in a cursor that we made, or null for any other text. */
function readCursor(cursor: string): string | null {
  const name = decodeBase64urlText(cursor);
  return name === '' ? null : name;
}
