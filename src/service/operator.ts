// Whether a subject token belongs to an operator, for pages that show an operator more than others. A token that fails is recorded and
// counts as nobody's; it never causes a refusal.

import type { Receipt, Recorded } from '../audit/recorder.ts';
import { failure, success } from '../foundation/failure.ts';
import { rolesOf } from '../policy/decision/candidates.ts';
import type { CompiledPolicy } from '../policy/language/compiled.ts';
import type { Identify } from './identify.ts';

export type IsOperator = (receipt: Receipt, subjectToken: string) => Promise<boolean>;

export interface IsOperatorDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly recorded: Recorded;
}

export function createIsOperator({ identify, policy, recorded }: IsOperatorDependencies): IsOperator {
  return async (receipt, subjectToken) => {
    const result = await recorded('ready', receipt, async (note) => {
      const identity = await identify(subjectToken, note);
      if (!identity.ok) return identity;
      const { issuer, claims } = identity.value;
      if (rolesOf(policy, { issuer: issuer.name, claims }).has('operator')) return success(null);
      return failure('operator_required', 'Only operators see each check.');
    });
    return result.ok;
  };
}
