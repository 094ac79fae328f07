// Which rules are used, for operators who want to remove those that nobody needs. It says nothing of who used them.

import type { Usage } from '../admission/gate/usage.ts';
import type { TrailReader } from '../admission/trail-reader.ts';
import type { Receipt, Recorded } from '../audit/recorder.ts';
import { failure, type Result, success } from '../foundation/failure.ts';
import { knownRules, rolesOf } from '../policy/decision/candidates.ts';
import { strangerRefusal } from '../policy/decision/refusal.ts';
import type { CompiledPolicy } from '../policy/language/compiled.ts';
import type { Identify } from './identify.ts';

export type AskUsage = (receipt: Receipt, subjectToken: Result<string>) => Promise<Result<Usage>>;

export interface UsageDependencies {
  readonly identify: Identify;
  readonly policy: CompiledPolicy;
  readonly trail: Pick<TrailReader, 'usage'>;
  readonly recorded: Recorded;
}

export function createUsage({ identify, policy, trail, recorded }: UsageDependencies): AskUsage {
  return (receipt, subjectToken) =>
    recorded('usage', receipt, async (note) => {
      if (!subjectToken.ok) return subjectToken;
      const identity = await identify(subjectToken.value, note);
      if (!identity.ok) return identity;
      const { issuer, claims } = identity.value;
      const caller = { issuer: issuer.name, claims };
      if (knownRules(policy, caller).isEmpty) return { ok: false, failure: strangerRefusal(issuer, caller) };
      if (!rolesOf(policy, caller).has('operator')) {
        return failure('operator_required', 'Only operators may see which rules are used.');
      }
      const usage = await trail.usage();
      // What one gate knows could be the only use of a rule.
      if (usage === null) return failure('state_unavailable', 'Not every gate says what it has counted. Ask again.');
      return success(usage);
    });
}
