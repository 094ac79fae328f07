// No token outlives its life and the sweep: what nobody received, like everything else, is gone in the end.

import type { CreateInvariant } from './invariant.ts';

export const remains: CreateInvariant = ({ world, influx }) => ({
  atEnd: () => {
    const left = [...influx.made.values()].find(({ deletedAt }) => deletedAt === null);
    if (left !== undefined) world.violate('no token is left beyond its life and the sweep', left.name);
  },
});
