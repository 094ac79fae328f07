// Rows as aligned columns, for people. The service's answer may quote a stranger's claims, so nothing that is printed can ever steer the
// terminal. That is why it is kept by hand.

import { plain } from '../../client/plain.ts';

export { plain };

/** Two spaces between columns, none at the end of a line. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const clean = rows.map((row) => row.map(plain));
  const widths = clean.reduce<number[]>(
    (sofar, row) => row.map((cell, at) => Math.max(sofar[at] ?? 0, cell.length)),
    [],
  );
  return clean.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd(),
  );
}
