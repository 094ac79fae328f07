// A rule and where it stands, which is what the parts of the linter are given. No I/O.

import type { Rule } from '../../language/compiled.ts';

/** A compiled rule and its position in the file. */
export interface PlacedRule<R extends Rule = Rule> {
  readonly rule: R;
  readonly at: number;
}
