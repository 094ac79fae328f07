// The facts of an admission, as the record has them before InfluxDB is asked. No I/O, no clock.

import type { Facts } from '../admission/record.ts';
import type { Grant } from '../policy/decision/decide.ts';
import { joinTriples } from '../policy/language/permission.ts';
import { finalFrom } from './deletion.ts';

/** @param madeAt when the name was made, milliseconds since the epoch. @param policy the digest of the policy that granted it. */
export function factsOf(
  kind: 'vend' | 'hand_out' | 'mint',
  { instance, rule, permissions, ttl }: Grant,
  policy: string,
  madeAt: number,
): Facts & { readonly policy: string } {
  return {
    kind,
    actor: kind === 'mint' ? 'service' : 'caller',
    rule,
    instance: instance.name,
    policy,
    permissions: joinTriples(permissions),
    ttl,
    final_at: finalFrom(madeAt, instance.syncInterval),
  };
}
