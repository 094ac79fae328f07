// Schemas of requests, made when the first request needs them and not at the start of each isolate. They are written with the small form of
// zod, of which the bundle holds only what is used. It never checks anything itself.

import * as z from 'zod/mini';
import en from 'zod/v4/locales/en.js';

// The small form comes without words.
z.config(en());

export function lazySchema<Schema>(make: () => Schema): () => Schema {
  let made: Schema | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/** A field that may be left out, and its description in the API's document. */
export function described<Schema extends z.ZodMiniType>(
  schema: Schema,
  description: string,
): z.ZodMiniOptional<Schema> {
  return z.optional(schema).check(z.describe(description));
}
