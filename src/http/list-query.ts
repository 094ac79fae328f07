// The query of `GET /v1/tokens`, and the cursor that leads from page to page.

import { base64url } from 'jose';
import * as z from 'zod';
import type { ListFilter } from '../list.ts';

const name = z.string().regex(/^[a-z0-9-]{1,40}$/, 'a name is 1 to 40 of a-z, 0-9 and "-"');

export const listQuery = z.strictObject({
  all: z.enum(['true', 'false'], 'true or false').optional(),
  rule: name.optional(),
  instance: name.optional(),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,400}$/, 'pass the cursor of the page before as it is')
    .optional(),
});

export function listFilter({ all, rule, instance, cursor }: z.output<typeof listQuery>): ListFilter {
  return {
    all: all === 'true',
    ...(rule === undefined ? {} : { rule }),
    ...(instance === undefined ? {} : { instance }),
    ...(cursor === undefined ? {} : { after: new TextDecoder().decode(base64url.decode(cursor)) }),
  };
}

export function cursorOf(next: string | null): string | null {
  return next === null ? null : base64url.encode(next);
}
