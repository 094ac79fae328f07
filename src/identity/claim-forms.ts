// The forms that claims commonly have, for the tables of what each provider sends. A form excludes only what no token can hold, so that
// a finding that leans on it is right; it says nothing of whether the provider knows such a value. Forms keep to constructs that the linter
// can read: no looking ahead, and anchors only at the ends of an alternative of the whole. No I/O.

import type { KnownClaim } from './preset.ts';

export const text: KnownClaim = { type: 'text' };
export const number: KnownClaim = { type: 'number' };
export const boolean: KnownClaim = { type: 'boolean' };
export const list: KnownClaim = { type: 'list' };
export const object: KnownClaim = { type: 'object' };

export const oneOf = (...values: readonly string[]): KnownClaim => ({ type: 'text', values });

export const formed = (pattern: RegExp, ...examples: readonly string[]): KnownClaim => ({
  type: 'text',
  form: { pattern, examples },
});

/** A truth value as text, as some providers write it. */
export const flag = oneOf('true', 'false');

/** A number as text. */
export const digits = formed(/^[0-9]+$/, '123456');

/** The name of a branch or a tag without what stands before it in a ref. Another may begin like one, but nobody means that. */
export const bareRef = formed(
  /^[^r]|^r[^e]|^re[^f]|^ref[^s]|^refs[^/]|^refs\/[^ht]|^(r|re|ref|refs|refs\/)?$/,
  'main',
  'v1.0',
);

/** Hexadecimal digits in groups, in lower case as providers write them. */
export const uuid = formed(/^[0-9a-f]+(-[0-9a-f]+)*$/, '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f');

export const commit = formed(/^[0-9a-f]+$/, '5f1d2c3b4a59687786950a1b2c3d4e5f60718293');

/** A single word of small letters and underscores, such as the name of an event. */
export const word = (...examples: readonly string[]): KnownClaim => formed(/^[a-z]+(_[a-z]+)*$/, ...examples);

/** An id that begins with the kind of thing it names. */
export const prefixed = (prefix: string): KnownClaim =>
  formed(new RegExp(`^${prefix}[0-9A-Za-z_-]+$`), `${prefix}Qm9va3MTjRz4cZpL`);

/** The claims of a table at another place, such as under a JSON pointer. */
export const under = (
  prefix: string,
  claims: Readonly<Record<string, KnownClaim>>,
): Readonly<Record<string, KnownClaim>> =>
  Object.fromEntries(Object.entries(claims).map(([name, known]) => [prefix + name, known]));
