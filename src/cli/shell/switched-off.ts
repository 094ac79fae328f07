// Switches in words: what is switched off, why, and until when.
// It never decides whether a switch covers anybody.

import type { SwitchedOff, SwitchTarget } from '../../client/switches.ts';
import { plain } from './table.ts';

/** As the command takes it: "rule ci-metrics", "identity github repository_id=123". */
export function targetWords({ kind, name, issuer, claims = {} }: SwitchTarget): string {
  const pairs = Object.entries(claims).map(([claim, value]) => `${claim}=${value}`);
  return [kind, ...[name, issuer].filter((one) => one !== undefined), ...pairs].join(' ');
}

/** For the caller whom they cover. @param switches null when nobody can tell, and absent from a service that knows of none. */
export function switchedOffLines({
  switched_off: switches = [],
}: {
  readonly switched_off?: readonly SwitchedOff[] | null;
}): readonly string[] {
  if (switches === null) return ['whether anything is switched off cannot be told at the moment'];
  return switches.map(({ target, why, until }) =>
    plain(
      `switched off: ${targetWords(target)}, ${until === null ? 'until it is switched on again' : `until ${until}`}: ${why}`,
    ),
  );
}
