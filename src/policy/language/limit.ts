// The limit of a rule as explanations and lists of grants show it: what the policy says, and not how much of it is left. No I/O.

import type { Limit } from './compiled.ts';
import { formatDuration } from './duration.ts';

/** As it is written in the policy. */
export interface ShownLimit {
  readonly vends?: number;
  readonly per?: string;
  readonly live?: number;
  readonly of: Limit['of'];
}

export function showLimit({ vends, live, of }: Limit): ShownLimit {
  return {
    ...(vends === null ? {} : { vends: vends.count, per: formatDuration(vends.per) }),
    ...(live === null ? {} : { live }),
    of,
  };
}

/** For people: `100 in 1h, 10 live, for each caller`. */
export function describeLimit({ vends, per, live, of }: ShownLimit): string {
  return [
    ...(vends === undefined ? [] : [`${vends} in ${per}`]),
    ...(live === undefined ? [] : [`${live} live`]),
    ...(of === 'caller' ? ['for each caller'] : []),
  ].join(', ');
}
